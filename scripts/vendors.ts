// Writes what follows from the folders of the vendors and their descriptors: the lists that name
// each vendor, and the tables in README and docs/vendors, and the JSON Schema of keys files.
// `npm run vendors`; with `--check`, changes nothing and fails where something is out of date.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeSeconds } from "../src/model/units";
import type { Dimension, VendorDescriptor } from "../src/model/vendor-descriptor";
import { keysSchema } from "./keys-schema";

const ROOT = join(__dirname, "..");
const GENERATED = "// Written by `npm run vendors` from the folders of src/vendors.";

const DIMENSIONS: ReadonlyArray<readonly [Dimension, string, string]> = [
  ["permissions", "permissions (`scopes`)", "scopes"],
  ["endpoints", "endpoints", "endpoints"],
  ["models", "models", "models"],
  ["requestsPerMinute", "requests per minute", "requests"],
  ["tokensPerMinute", "tokens per minute", "tokens"],
  ["spend", "spend", "spend"],
  ["characters", "characters per month", "characters"],
  ["expiry", "expiry", "expiry"],
  ["sourceIp", "source IP (`networks`)", "networks"],
];
const STRATEGIES: Readonly<Record<VendorDescriptor["strategy"], string>> = {
  additive: "a second vendor key beside the first",
  in_place: "a new value, the old one works on for a while",
  slot_pair: "two slots in turn",
  manual: "by a person, then `scoped-keys adopt`",
};

/** Names that a vendor's files export. */
interface Names {
  readonly id: string;
  readonly descriptor: string;
  readonly adapter: string;
  readonly simulator: string;
}

function exported(file: string, pattern: RegExp): string {
  const path = join(ROOT, file);
  const [, name] = (existsSync(path) && pattern.exec(readFileSync(path, "utf8"))) || [];
  if (name === undefined) throw new Error(`${file} exports nothing that matches ${pattern.source}`);
  return name;
}

/** Folders of vendors, in the order of their ids. */
export const vendorIds = readdirSync(join(ROOT, "src/vendors"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

const vendors: readonly Names[] = vendorIds.map((id) => ({
  id,
  descriptor: exported(`src/vendors/${id}/descriptor.ts`, /^export const (\w+Descriptor)\b/m),
  adapter: exported(`src/vendors/${id}/adapter.ts`, /^export const (\w+): Vendor\b/m),
  simulator: exported(`src/vendors/${id}/simulator/simulator.ts`, /^export function (create\w+Simulator)\b/m),
}));

/** As `npm run format` leaves it. */
function formatted([path, text]: readonly [string, string]): readonly [string, string] {
  const biome = join(ROOT, "node_modules/.bin/biome");
  const args = ["check", "--write", `--stdin-file-path=${path}`];
  return [path, execFileSync(biome, args, { cwd: ROOT, input: text, encoding: "utf8" })];
}

const lines = (of: (vendor: Names) => string) => vendors.map(of).join("\n");

function listFiles(): Record<string, string> {
  const files = {
    "src/vendors/descriptors.ts": `${GENERATED}
${lines(({ id, descriptor }) => `import { ${descriptor} } from "./${id}/descriptor";`)}
import type { VendorDescriptor } from "../model/vendor-descriptor";

/** Plain data of every vendor, without code: constructs and documentation are made from it. */
export const vendorDescriptors: readonly VendorDescriptor[] = [
${lines(({ descriptor }) => `  ${descriptor},`)}
];
`,
    "src/vendors/registry.ts": `${GENERATED}
${lines(({ id, adapter }) => `import { ${adapter} } from "./${id}/adapter";`)}
import type { Vendor } from "./vendor";

const vendors: readonly Vendor[] = [
${lines(({ adapter }) => `  ${adapter},`)}
];

/**
 * For the CLI and the sandbox. The functions import their one vendor directly, so that no bundle
 * carries all of them; constructs read \`descriptors.ts\`, which holds no code.
 */
export function vendorById(id: string): Vendor | undefined {
  return vendors.find((vendor) => vendor.descriptor.id === id);
}
`,
    "src/sandbox/vendors/index.ts": `${GENERATED}
import type { Clock, VendorSimulator } from "./simulator";
${lines(({ id, simulator }) => `import { ${simulator} } from "../../vendors/${id}/simulator/simulator";`)}

/** One simulator of each vendor that the library knows. */
export function createSimulators(clock: Clock): VendorSimulator[] {
  return [
${lines(({ simulator }) => `    ${simulator}({ clock }),`)}
  ];
}
`,
    "constructs/vendors/index.ts": `${GENERATED}
${lines(({ id }) => `export * from "./${id}";`)}
`,
  };
  return Object.fromEntries(Object.entries(files).map(formatted));
}

/** The part of a page between the two comments, replaced. */
function withTable(page: string, table: readonly string[]): string {
  const text = readFileSync(join(ROOT, page), "utf8");
  const parts = /^(.*<!-- table from [^\n]*-->\n).*?(<!-- end of table -->.*)$/s.exec(text);
  if (parts === null) throw new Error(`${page} has no table to write`);
  return `${parts[1]}${table.join("\n")}\n${parts[2]}`;
}

/** Who enforces a dimension, and whether an issuer declares it. */
function level({ enforcement, account }: VendorDescriptor, dimension: Dimension): string {
  return account?.[dimension] === undefined ? enforcement[dimension] : `${enforcement[dimension]}, on the issuer`;
}

export function vendorTable(descriptor: VendorDescriptor): string[] {
  const { enforcement, inPlace, account } = descriptor;
  const rows = DIMENSIONS.map(([dimension, words]) => {
    const can = dimension === "expiry" ? inPlace.expiry : inPlace.grant;
    const ofKey = enforcement[dimension] !== "key" ? "" : can ? "yes" : "no: a new vendor key";
    const property = account?.[dimension];
    return `| ${words} | ${level(descriptor, dimension)} | ${property === undefined ? ofKey : `yes: \`${property}\``} |`;
  });
  const times = [
    ["until a new key works everywhere", descriptor.activation],
    ["until a revoked key is refused everywhere", descriptor.revocation],
  ] as const;
  const waits = times.map(([words, time]) =>
    time === undefined
      ? `| ${words} | not known | not known | |`
      : `| ${words} | ${describeSeconds(time.typicalSeconds)} | ${describeSeconds(time.worstSeconds)} | ${time.source} |`,
  );
  return [
    "| what | enforced per | changed in place |",
    "|---|---|---|",
    ...rows,
    "",
    "| time | typically | assumed at most | source |",
    "|---|---|---|---|",
    ...waits,
    "",
    "| [an account that is gone](../cli/revoke.md#an-account-that-is-gone) | |",
    "|---|---|",
    ...goneRows(descriptor),
  ];
}

function goneRows({ accountGone }: VendorDescriptor): string[] {
  if (accountGone === undefined) return ["| proof | not known |"];
  if ("noProof" in accountGone) return [`| proof | none: ${accountGone.noProof} |`];
  const { proof, reversal, revivesKeys } = accountGone;
  const watched = revivesKeys ? "; the sweep keeps checking" : "";
  return [`| proof | ${proof} |`, `| if somebody reverses it | ${reversal}${watched} |`];
}

export function overviewTable(descriptors: readonly VendorDescriptor[]): string[] {
  const head = ["vendor", ...DIMENSIONS.map(([, , short]) => short), "rotation"];
  const rows = descriptors.map((descriptor) => {
    const { id, displayName, strategy } = descriptor;
    const levels = DIMENSIONS.map(([dimension]) => level(descriptor, dimension).replace("nobody", "–"));
    return `| ${[`[${displayName}](docs/vendors/${id}.md)`, ...levels, STRATEGIES[strategy]].join(" | ")} |`;
  });
  return [`| ${head.join(" | ")} |`, `|${"---|".repeat(head.length)}`, ...rows];
}

/** Path -> text, of every file that is made here. */
export function generatedFiles(descriptors: readonly VendorDescriptor[]): Record<string, string> {
  const pages = descriptors.map((descriptor) => {
    const page = `docs/vendors/${descriptor.id}.md`;
    return [page, withTable(page, vendorTable(descriptor))] as const;
  });
  return {
    ...listFiles(),
    ...Object.fromEntries(pages),
    "README.md": withTable("README.md", overviewTable(descriptors)),
    ...Object.fromEntries([formatted(["schemas/keys.schema.json", JSON.stringify(keysSchema(descriptors))])]),
  };
}

async function main(check: boolean): Promise<void> {
  if (!check) for (const [path, text] of Object.entries(listFiles())) writeFileSync(join(ROOT, path), text);
  // Not before its list is written.
  const { vendorDescriptors } = await import("../src/vendors/descriptors.js");
  const stale = Object.entries(generatedFiles(vendorDescriptors)).filter(
    ([path, text]) => !existsSync(join(ROOT, path)) || readFileSync(join(ROOT, path), "utf8") !== text,
  );
  if (!check) for (const [path, text] of stale) writeFileSync(join(ROOT, path), text);
  else if (stale.length > 0) {
    console.error(`out of date, write them with \`npm run vendors\`: ${stale.map(([path]) => path).join(", ")}`);
    process.exitCode = 1;
  }
}

if (require.main === module) void main(process.argv.includes("--check"));
