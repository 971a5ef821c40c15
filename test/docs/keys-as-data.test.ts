import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ScopedKeys } from "../../constructs";
import { type Block, newIssuer, newStack, refusal } from "../constructs/support";

// The example imports the package by its name; here it gets the sources instead of what was built
// last.
jest.mock("cdktf-scoped-keys", () => jest.requireActual("../../constructs"), { virtual: true });

const ROOT = join(__dirname, "..", "..");
const EXAMPLE = join(ROOT, "examples/keys-as-data");
const page = readFileSync(join(ROOT, "docs/keys-as-data.md"), "utf8");

const blocks = (language: string) =>
  [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)]
    .filter((match) => match[1] === language)
    .map((match) => match[2] ?? "");

test("the example on the page is the one in examples/, but for the way to the schema", () => {
  const inPackage = "./node_modules/cdktf-scoped-keys/schemas/keys.schema.json";
  expect(blocks("yaml")[0]?.replace(inPackage, "../../schemas/keys.schema.json")).toBe(
    readFileSync(join(EXAMPLE, "keys.yaml"), "utf8"),
  );
  expect(blocks("ts")[0]).toBe(readFileSync(join(EXAMPLE, "main.ts"), "utf8"));
});

describe("the example", () => {
  const saved = { ...process.env };
  let outdir: string;

  beforeAll(() => {
    outdir = mkdtempSync(join(tmpdir(), "keys-as-data-"));
    process.env["CDKTF_OUTDIR"] = outdir;
    process.env["OPENAI_PROJECT_ID"] = "proj_example";
    require("../../examples/keys-as-data/main");
  });
  afterAll(() => {
    process.env = saved;
    rmSync(outdir, { recursive: true });
  });

  /** Policies by the name of the key. */
  function policies(environment: string): Block {
    const text = readFileSync(join(outdir, "stacks", `ai-keys-${environment}`, "cdk.tf.json"), "utf8");
    const { resource } = JSON.parse(text) as { resource: Record<string, Block> };
    const inputs = Object.values(resource["aws_lambda_invocation"] ?? {}).map(({ input }) => input as string);
    const read = inputs.map((input) => JSON.parse(`${input.slice(0, input.indexOf(',"repair":'))}}`));
    return Object.fromEntries(read.map(({ key, policy }) => [key, policy]));
  }

  test("declares in each environment what the page says", () => {
    const staging = policies("staging");
    const production = policies("production");
    expect(Object.keys(staging).sort()).toEqual(["archive-reader", "load-test", "summariser", "translator"]);
    expect(Object.keys(production).sort()).toEqual(["archive-reader", "summariser", "translator"]);
    expect(staging["translator"].limits).toEqual({ spend: { usd: 25, per: "month" } });
    expect(production["translator"].limits).toEqual({ spend: { usd: 200, per: "month" } });
    expect(production["archive-reader"]).toMatchObject({
      owner: "data-team@example.com",
      scopes: ["api.archive.read", "api.files.read"],
      lifetime: { overlapSeconds: 0, expirySeconds: 2_592_000 },
    });
  });
});

test("the error on the page is what is said", () => {
  // GIVEN
  const folder = mkdtempSync(join(tmpdir(), "keys-as-data-"));
  const back = process.cwd();
  process.chdir(folder);
  try {
    writeFileSync(
      "keys.yaml",
      "defaults:\n  issuer: openai\n  owner: a@example.com\n  liftime: { after: 7 days }\nkeys: {}\n",
    );
    const stack = newStack();
    const openai = newIssuer(stack);
    // WHEN
    const error = refusal(() => ScopedKeys.fromFile(stack, "keys", { file: "keys.yaml", issuers: { openai } }));
    // THEN
    expect(blocks("")).toEqual([`${error.message}\n`]);
  } finally {
    process.chdir(back);
    rmSync(folder, { recursive: true });
  }
});

test("the table of fields has every field of a key", () => {
  const schema: unknown = JSON.parse(readFileSync(join(ROOT, "schemas/keys.schema.json"), "utf8"));
  const { definitions } = schema as { definitions: object };
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  const named = rows.flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map((match) => match[1]));
  expect(named.sort()).toEqual([...Object.keys(definitions), "purpose", "keyName", "existingSecretArn"].sort());
});
