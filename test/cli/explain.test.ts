import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GUARDRAIL_RULE_IDS, GUARDRAIL_RULES } from "../../src/model/guardrail-rules";
import { scopedKeys } from "./support/scoped-keys";

const PAGE = join(__dirname, "../../docs/cli/explain.md");

describe("scoped-keys explain", () => {
  test("docs/cli/explain.md shows what it prints; UPDATE_DOCS=1 writes it", async () => {
    // GIVEN
    const page = readFileSync(PAGE, "utf8");
    const blocks = [...page.matchAll(/^```console\n\$ scoped-keys ([^\n]+)\n.*?^```$/gms)];
    expect(blocks).toHaveLength(3);
    // WHEN
    let shown = page;
    for (const [block, line = ""] of blocks) {
      const { stdout, stderr } = await scopedKeys(line.split(" ")).ended;
      shown = shown.replace(block, () => `\`\`\`console\n$ scoped-keys ${line}\n${stdout}${stderr}\`\`\``);
    }
    if (process.env["UPDATE_DOCS"] === "1") writeFileSync(PAGE, shown);
    // THEN
    expect(readFileSync(PAGE, "utf8")).toBe(shown);
  });

  test("explains every rule in the words of its data, and lists all of them", async () => {
    const { stdout, code } = await scopedKeys(["explain", "--json"]).ended;
    expect(code).toBe(0);
    const explained: Array<{ rule: keyof typeof GUARDRAIL_RULES; why: string; packs: object }> = JSON.parse(stdout);
    expect(explained.map(({ rule }) => rule)).toEqual(GUARDRAIL_RULE_IDS);
    for (const { rule, why } of explained) expect(why).toBe(GUARDRAIL_RULES[rule].why);
    const one = await scopedKeys(["explain", "kms-key-required", "--json"]).ended;
    expect(JSON.parse(one.stdout)).toEqual(explained.find(({ rule }) => rule === "kms-key-required"));
  });

  test("answers a name that is near one with that one, another with none, and ends with 2", async () => {
    const near = await scopedKeys(["explain", "OWNER-MATCH"]).ended;
    expect([near.code, near.stdout]).toEqual([2, ""]);
    expect(near.stderr).toContain("(Did you mean owner-matches?)\n");
    const far = await scopedKeys(["explain", "toString"]).ended;
    expect([far.code, far.stdout]).toEqual([2, ""]);
    expect(far.stderr).toContain("'toString' is invalid for argument 'RULE'");
    expect(far.stderr).not.toContain("Did you mean");
  });

  test("prints no colours and has examples and exit codes in its help", async () => {
    const { stdout } = await scopedKeys(["explain", "--help"]).ended;
    expect(stdout).toMatch(/Examples:\n {2}\$ scoped-keys explain /);
    expect(stdout).toMatch(/Exit codes: 0 /);
    const { stdout: text } = await scopedKeys(["explain", "owner-matches"]).ended;
    expect(text).not.toContain("\u001b");
  });
});
