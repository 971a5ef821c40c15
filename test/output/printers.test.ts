import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "@swc/core";

const ROOT = join(__dirname, "../..");
const files = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));

/** What writes to a person, or into a file, without asking whether the text was escaped. */
const WRITERS: ReadonlySet<string> = new Set([
  "writeFile",
  "writeFileSync",
  "appendFile",
  "appendFileSync",
  "createWriteStream",
]);
/** Files of the demo's own, which hold nothing from outside. */
const OWN_FILES: ReadonlySet<string> = new Set(["src/cli/demo/workspace.ts"]);

interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof Object(value).type === "string";
}

function* nodes(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const item of value) yield* nodes(item);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  if (isNode(value)) yield value;
  for (const field of Object.values(value)) yield* nodes(field);
}

/** Ways around the escapers in one source. */
function waysAround(source: string): string[] {
  const found: string[] = [];
  for (const node of nodes(parseSync(source, { syntax: "typescript", target: "es2022" }))) {
    if (node.type === "Identifier" && node["value"] === "console") found.push("console");
    if (node.type === "Identifier" && WRITERS.has(String(node["value"]))) found.push(String(node["value"]));
    if (node.type === "Identifier" && node["value"] === "printableAs") found.push("printableAs");
    if (node.type === "TsAsExpression" && JSON.stringify(node["typeAnnotation"]).includes("Printable"))
      found.push("as Printable");
    if (node.type === "MemberExpression") {
      const [object, property] = [node["object"], node["property"]].map((part) => String(Object(part).value));
      if (object === "process" && (property === "stdout" || property === "stderr")) found.push(`process.${property}`);
    }
  }
  return found;
}

describe("no printer of the command line goes around the escapers:", () => {
  const printers = [...files("src/cli"), ...files("src/review")];

  test("all of them are looked at", () => {
    expect(printers.length).toBeGreaterThan(80);
    expect(waysAround('console.log("x")')).toEqual(["console"]);
    expect(waysAround('process.stdout.write("x")')).toEqual(["process.stdout"]);
    expect(waysAround("const { stdout } = process; writeFileSync(a, b)")).toEqual(["writeFileSync"]);
    expect(waysAround("x as Printable")).toEqual(["as Printable"]);
  });

  test.each(printers.filter((file) => !OWN_FILES.has(file)))("%s", (file) => {
    expect(waysAround(readFileSync(join(ROOT, file), "utf8"))).toEqual(
      file === MARKER ? ["printableAs", "printableAs"] : [],
    );
  });

  test("only modules of src/output write what they were given", () => {
    const streams = files("src/output").filter((file) =>
      waysAround(readFileSync(join(ROOT, file), "utf8")).some((way) => way !== "printableAs" && way !== "as Printable"),
    );
    expect(streams).toEqual(["src/output/streams.ts"]);
  });
});

/** Its first line is made of letters and digits that it has chosen itself. */
const MARKER = "src/review/report/markdown.ts";
