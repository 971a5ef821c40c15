import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GUARDS } from "../chaos/guards";

const ROOT = join(__dirname, "../..");
const page = readFileSync(join(ROOT, "docs/reliability.md"), "utf8");
const CASES = 27;

describe("docs/reliability.md", () => {
  test("names for each case the file that has its test, and no other file has one", () => {
    // GIVEN
    const rows = [...page.matchAll(/^\| (\d+) \| .* \| (test\/\S+) \|$/gm)];
    const named = new Map(rows.map(([, number = "", file = ""]) => [Number(number), file]));
    const files = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" }).filter((f) =>
      f.endsWith(".test.ts"),
    );
    const found = files.flatMap((file) => {
      const text = readFileSync(join(ROOT, "test", file), "utf8");
      return [...text.matchAll(/"case (\d+): /g)].map(
        ([, number = ""]) => [Number(number), join("test", file)] as const,
      );
    });

    // THEN
    expect([...named.keys()]).toEqual(Array.from({ length: CASES }, (_, n) => n + 1));
    expect(found.sort(([a], [b]) => a - b)).toEqual([...named]);
  });

  test("has a row for each guard that chaos takes away", () => {
    for (const { name } of GUARDS) expect(page).toMatch(new RegExp(`^\\| ${name} \\| \\d+ \\| .+ \\|$`, "m"));
  });
});
