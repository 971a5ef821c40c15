import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { proseLines, sentencesOf } from "./sentences";

const ROOT = join(__dirname, "../..");
/** Written from docstrings, which wrap near 100 columns. */
const GENERATED: ReadonlySet<string> = new Set(["docs/api.md"]);

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md"))
    .map((path) => relative(ROOT, join(ROOT, "docs", path)))
    .filter((path) => !GENERATED.has(path)),
];

test.each(pages)("%s has one sentence a line", (path) => {
  const lines = proseLines(readFileSync(join(ROOT, path), "utf8"));

  const several = lines.filter(({ text }) => sentencesOf(text).length > 1);
  const broken = lines.filter(({ text, goesOn }) => goesOn && !/[.!?:][)"'*_`]*$/.test(text));

  expect(several.map(({ number, text }) => `${number}: ${text}`)).toEqual([]);
  expect(broken.map(({ number, text }) => `${number}: ${text}`)).toEqual([]);
});

describe("sentencesOf", () => {
  test.each([
    ["One. Two! Three?", ["One.", "Two!", "Three?"]],
    ["- **Label.** Then (in brackets.) `code` starts.", ["- **Label.** Then (in brackets.)", "`code` starts."]],
    ["Some, e.g. Node.js 20.12, and `a. B` are no end.", ["Some, e.g. Node.js 20.12, and `a. B` are no end."]],
  ])("splits %p", (text, sentences) => {
    expect(sentencesOf(text)).toEqual(sentences);
  });
});
