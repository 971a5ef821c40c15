import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runReview } from "../../../src/cli/review/run-review";
import { removeFolders, synthesised } from "../../review/support";
import { CHANGES } from "./changes";

const GOLDEN = join(__dirname, "golden");
const names = Object.keys(CHANGES);
const fileOf = (name: string) => join(GOLDEN, `${name.replace(/[^A-Za-z]+/g, "-")}.md`);
const withoutCode = (text: string) => text.replace(/(?<=^ *(?:- )?code: `?release )\S+/gm, "VERSION");
const OPTIONS = { failOn: [], name: "" };

afterEach(removeFolders);

/**
 * What a reviewer sees in a terminal and in a pull request. `UPDATE_GOLDEN=1` writes the files
 * anew, for a person to read them.
 */
describe("reviews of changes", () => {
  test("are at least 30, each with a file of its own and no file without a change", () => {
    expect(names.length).toBeGreaterThanOrEqual(30);
    expect(readdirSync(GOLDEN).sort()).toEqual(
      [...new Set(names.map(fileOf))].map((file) => file.slice(GOLDEN.length + 1)).sort(),
    );
    expect(new Set(names.map(fileOf)).size).toBe(names.length);
  });

  test.each(Object.entries(CHANGES))("%s", async (name, change) => {
    // GIVEN
    const [before, after] = [synthesised(change.before), synthesised(change.after)];
    // WHEN
    const terminal = await runReview(before, after, { ...OPTIONS, format: "terminal" });
    const markdown = await runReview(before, after, { ...OPTIONS, format: "markdown" });
    // THEN
    // The functions' code is another one with every release.
    const shown = withoutCode(`\`\`\`text\n${terminal.text}\n\`\`\`\n\n${markdown.text}\n`);
    if (process.env["UPDATE_GOLDEN"] !== undefined) writeFileSync(fileOf(name), shown);
    expect(shown).toBe(readFileSync(fileOf(name), "utf8"));
  });

  test.each(Object.entries(CHANGES))("%s, undone, is the opposite", async (_, change) => {
    // GIVEN
    const [before, after] = [synthesised(change.before), synthesised(change.after)];
    const counts = async (from: string, to: string): Promise<Record<string, number>> =>
      JSON.parse((await runReview(from, to, { ...OPTIONS, format: "json" })).text).counts;
    // WHEN
    const [done, undone] = [await counts(before, after), await counts(after, before)];
    // THEN
    expect([undone["loosened"], undone["issued"], undone["renamed"]]).toEqual([
      done["tightened"],
      done["retired"],
      done["renamed"],
    ]);
    expect([undone["tightened"], undone["retired"]]).toEqual([done["loosened"], done["issued"]]);
  });
});
