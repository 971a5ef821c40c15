import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

describe("quickstart", () => {
  const saved = { ...process.env };
  let outdir: string;

  beforeEach(() => {
    outdir = mkdtempSync(join(tmpdir(), "quickstart-"));
    process.env["CDKTF_OUTDIR"] = outdir;
    process.env["OPENAI_PROJECT_ID"] = "proj_quickstart";
  });

  afterEach(() => {
    process.env = { ...saved };
    rmSync(outdir, { recursive: true });
  });

  test("renders what it always has", () => {
    // WHEN
    runQuickstart();
    // THEN
    const text = readFileSync(join(outdir, "stacks", "ai-keys", "cdk.tf.json"), "utf8")
      .replaceAll(process.cwd(), "CWD")
      .replace(/"source_code_hash": "[^"]+"/g, '"source_code_hash": "HASH"')
      .replace(/(assets\/[\w-]+)\/[0-9a-f]{32}\//g, "$1/HASH/");
    expect(withoutMetadata(JSON.parse(text))).toMatchSnapshot();
  });

  test("and says what to do when the project is not set", () => {
    // GIVEN
    delete process.env["OPENAI_PROJECT_ID"];
    // THEN
    expect(runQuickstart).toThrow(/\[SK151\] ai-keys\/openai: .*\n.*undefined/);
  });
});

function runQuickstart(): void {
  jest.isolateModules(() => {
    require("../../examples/quickstart/main");
  });
}

function withoutMetadata(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMetadata);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "//")
      .map(([key, inner]) => [key, withoutMetadata(inner)]),
  );
}
