import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "../..");

/**
 * Where an error is made, with the expression of its code; or where a text begins as its message
 * does.
 */
const MADE = /new Scoped(?:KeyError|KeysRuntimeError)\(\s*([^,]+),/g;
const QUOTED = /(?:"|`)\[(SK\d{3})\]/g;
const CODE = /"(SK\d{3})"/g;
const CONSTANT = /^(?:export )?const (\w+) = "(SK\d{3})";$/gm;

function placesByCode(): Map<string, string[]> {
  const places = new Map<string, string[]>();
  for (const folder of ["src", "constructs"]) {
    for (const file of readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts")) continue;
      const path = join(folder, file);
      const text = readFileSync(join(ROOT, path), "utf8");
      for (const [code, at] of codesOf(text))
        places.set(code, [...(places.get(code) ?? []), `${path}:${lineOf(text, at)}`]);
    }
  }
  return places;
}

function codesOf(text: string): Array<readonly [code: string, at: number]> {
  const constants = new Map([...text.matchAll(CONSTANT)].map(([, name = "", code = ""]) => [name, code]));
  const made = [...text.matchAll(MADE)].flatMap(({ 1: expression = "", index }) => {
    const constant = constants.get(expression);
    const codes = constant === undefined ? [...expression.matchAll(CODE)].map(([, code = ""]) => code) : [constant];
    return codes.map((code) => [code, index] as const);
  });
  const quoted = [...text.matchAll(QUOTED)].map(({ 1: code = "", index }) => [code, index] as const);
  return [...made, ...quoted];
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split("\n").length;
}

describe("codes of errors", () => {
  const places = placesByCode();

  test("no two errors share one", () => {
    expect([...places].filter(([, at]) => at.length > 1)).toEqual([]);
  });

  test("each that is documented is seen here", () => {
    const documented = readFileSync(join(ROOT, "docs/errors.md"), "utf8").matchAll(/^### (SK\d{3}) /gm);
    expect([...documented].map(([, code]) => code).filter((code) => !places.has(code ?? ""))).toEqual([]);
  });
});
