import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HEAD_END, rulePages } from "../../scripts/rules";
import { GUARDRAIL_RULE_IDS, GUARDRAIL_RULES } from "../../src/model/guardrail-rules";

const ROOT = join(__dirname, "../..");

describe("docs/rules", () => {
  test("has a page for each rule, and for no other", () => {
    const pages = readdirSync(join(ROOT, "docs/rules"));
    expect(pages.sort()).toEqual(GUARDRAIL_RULE_IDS.map((id) => `${id}.md`).sort());
  });

  test("says what the rules' data says", () => {
    for (const [path, text] of Object.entries(rulePages())) {
      expect([path, readFileSync(join(ROOT, path), "utf8")]).toEqual([path, text]);
    }
  });

  test.each(GUARDRAIL_RULE_IDS)("%s: says below that what the rule sees", (id) => {
    const [, body = ""] = readFileSync(join(ROOT, `docs/rules/${id}.md`), "utf8").split(`${HEAD_END}\n`);
    expect(body).toMatch(/^\n## What it sees\n\n\S/);
  });

  test.each(Object.entries(GUARDRAIL_RULES))("%s: has texts that read as sentences", (_, { title, why, remedy }) => {
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(why).toMatch(/^[A-Z].*\.$/);
    expect(remedy).toMatch(/^[a-z].*[^.]$/);
  });
});
