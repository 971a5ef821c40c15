import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "../..");
const documented = readFileSync(join(ROOT, "docs/errors.md"), "utf8");

/** Every code of run time and of the command line that the sources throw. */
function thrownCodes(): string[] {
  const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((p) =>
    p.endsWith(".ts"),
  );
  const texts = sources.map((path) => readFileSync(join(ROOT, "src", path), "utf8"));
  return [
    ...new Set(
      texts.flatMap((text) =>
        [...text.matchAll(/"(SK[23]\d\d)"|\[(SK[23]\d\d)\]/g)].map(([, code, quoted = ""]) => code ?? quoted),
      ),
    ),
  ].sort();
}

describe("documentation of the errors of run time", () => {
  const OF_SYNTHESIS: ReadonlySet<string> = new Set(["SK245", "SK259", "SK260", "SK267", "SK360", "SK361"]);
  const sections = [...documented.matchAll(/^### (SK[23]\d\d) \S/gm)]
    .map(([, code = ""]) => code)
    .filter((code) => !OF_SYNTHESIS.has(code));

  test("has a section for each code that is thrown, and for no other", () => {
    expect(thrownCodes().length).toBeGreaterThan(0);
    expect([...sections].sort()).toEqual(thrownCodes());
  });

  test.each(["Run time", "Command line"])("has the sections of %s in order", (chapter) => {
    const [, text = ""] = documented.split(new RegExp(`^## ${chapter}$`, "m"));
    const inside = [...(text.split(/^## /m)[0] ?? "").matchAll(/^### (SK\d{3}) /gm)].map(([, code]) => code);
    expect(inside.length).toBeGreaterThan(10);
    expect(inside).toEqual([...inside].sort());
  });

  test("can be linked to by code, and says what to do", () => {
    for (const code of sections) {
      const [, section = ""] = documented.split(
        new RegExp(`^<a id="${code.toLowerCase()}"></a>\n\n### ${code} .*$`, "m"),
      );
      expect(section.split(/^### /m)[0]).toMatch(/^Remedy: \S/m);
    }
  });
});
