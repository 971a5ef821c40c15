import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FAIL_ON } from "../../../src/cli/review/review-options";
import { runReview } from "../../../src/cli/review/run-review";
import { VERDICTS } from "../../../src/review/review";
import { removeFolders, synthesised } from "../../review/support";
import { CHANGES } from "./changes";

const PAGE = join(__dirname, "../../../docs/cli/review.md");
const OUTPUT = /<!-- output: ([^,]+), (terminal|markdown) -->\n```(?:text|markdown)\n([\s\S]*?)```/g;

afterEach(removeFolders);

describe("docs/cli/review.md", () => {
  test("shows what the command prints", async () => {
    // GIVEN
    const page = readFileSync(PAGE, "utf8");
    let expected = page;
    const shown = [...page.matchAll(OUTPUT)];
    expect(shown).toHaveLength(2);
    // WHEN
    for (const [block, name = "", format, written = ""] of shown) {
      const change = CHANGES[name] ?? fail();
      const options = { format: format === "markdown" ? format : "terminal", failOn: [], name: "prod" } as const;
      const { text } = await runReview(synthesised(change.before), synthesised(change.after), options);
      expected = expected.replace(block, () => `${block.slice(0, -written.length - 3)}${text}\n\`\`\``);
    }
    // THEN
    if (process.env["UPDATE_GOLDEN"] !== undefined) writeFileSync(PAGE, expected);
    else expect(page).toBe(expected);
  });

  test("explains each word, and each that a pipeline can stop at", () => {
    const page = readFileSync(PAGE, "utf8");
    for (const verdict of VERDICTS) expect(page).toContain(`| ${verdict} |`);
    expect(page).toContain(FAIL_ON.map((each) => `\`${each}\``).join(", "));
  });
});
