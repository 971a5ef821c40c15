import { readFileSync } from "node:fs";
import { join } from "node:path";
import { INCIDENTS } from "../../src/model/incidents";

const ROOT = join(__dirname, "../..");
const [, alarms = "", incidents = ""] = readFileSync(join(ROOT, "docs/operations.md"), "utf8").split(
  /^## (?:Alarms|Incidents)$/m,
);
const sections = (text: string) => [...text.matchAll(/^### ([a-z-]+)/gm)].map(([, name = ""]) => name);

describe("docs/operations.md", () => {
  test("has a section for each alarm, and for no other", () => {
    // GIVEN
    const source = readFileSync(join(ROOT, "constructs/alarms.ts"), "utf8");
    const rendered = [...source.matchAll(/render\(\s*"([a-z_]+)"/g)].map(([, id = ""]) => id.replace(/_/g, "-"));

    // THEN
    expect(rendered.length).toBeGreaterThan(0);
    expect(sections(alarms).sort()).toEqual(rendered.sort());
  });

  test("has a section for each incident, and for no other", () => {
    expect(sections(incidents).sort()).toEqual(Object.values(INCIDENTS).sort());
  });
});
