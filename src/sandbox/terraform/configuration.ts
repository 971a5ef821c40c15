import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { DuplicateMemberError, parseStrictJson } from "../../model/strict-json";
import { namesIn } from "../processes/names-in";
import { type HclBlock, HclError, parseHcl } from "./hcl";

/** Where a configuration keeps its state. */
export interface Backend {
  /** `local`, `s3`, …; `cloud` for HCP Terraform. */
  readonly type: string;
  /** Name of the file that declares it. */
  readonly file: string;
  /** Of the local backend, as written; `"unknown"` where it is no plain text. */
  readonly path?: string | undefined;
  readonly workspaceDir?: string | undefined;
}

export interface Configuration {
  /**
   * Every backend that can be in force: one, or those that Terraform would call a contradiction.
   */
  readonly backends: readonly Backend[];
  /** States of others that it reads. */
  readonly remoteStates: readonly Backend[];
  /** Names of the providers that it configures, once for each configuration. */
  readonly providers: readonly string[];
}

/** A file that cannot be read as Terraform reads it, so that nobody knows where the state is. */
export class UnreadableConfiguration extends Error {
  override readonly name = "UnreadableConfiguration";
  constructor(
    readonly file: string,
    readonly problem: string,
  ) {
    super(`${file}: ${problem}`);
  }
}

/** What the value of an attribute is that Terraform computes. */
export const UNKNOWN = "unknown";

type Found = Configuration;

/**
 * Reads the root module of a working folder: primary files, then override files in the order of
 * their names, the last of which replaces what was declared before.
 * https://developer.hashicorp.com/terraform/language/files/override
 * @param tofu OpenTofu reads `.tofu` files as well
 * @throws UnreadableConfiguration
 */
export function readConfiguration(folder: string, tofu: boolean): Configuration {
  const extensions = tofu ? [".tofu.json", ".tf.json", ".tofu", ".tf"] : [".tf.json", ".tf"];
  const files = readdirSync(folder)
    .sort()
    .flatMap((file) => {
      const extension = extensions.find((each) => file.endsWith(each));
      return extension === undefined || isIgnored(file) ? [] : [{ file, stem: file.slice(0, -extension.length) }];
    });
  const primary: Backend[] = [];
  const overrides: Backend[][] = [];
  const remoteStates: Backend[] = [];
  const providers: string[] = [];
  for (const { file, stem } of files) {
    const found = read(folder, file);
    remoteStates.push(...found.remoteStates);
    providers.push(...found.providers);
    if (stem !== "override" && !stem.endsWith("_override")) primary.push(...found.backends);
    else if (found.backends.length > 0) overrides.push([...found.backends]);
  }
  return { backends: overrides.at(-1) ?? primary, remoteStates, providers };
}

function isIgnored(file: string): boolean {
  return file.startsWith(".") || file.endsWith("~") || (file.startsWith("#") && file.endsWith("#"));
}

function read(folder: string, file: string): Found {
  return parsed(folder, file, {
    hcl: (root) => ofHcl(file, root),
    json: (root) => ofJson(file, root),
  });
}

/**
 * The first file of tests in a folder, which need not be there, that has a backend of its own: a
 * run of a test may name any state.
 * @throws UnreadableConfiguration
 */
export function testWithBackend(folder: string, tofu: boolean): string | undefined {
  const extension = tofu ? /\.(?:tftest|tofutest)\.(?:hcl|json)$/ : /\.tftest\.(?:hcl|json)$/;
  return namesIn(folder)
    .filter((file) => extension.test(file) && !isIgnored(file))
    .find((file) => parsed(folder, file, { hcl: hasBackend, json: namesBackend }));
}

function hasBackend({ blocks }: HclBlock): boolean {
  return blocks.some((block) => block.type === "backend" || block.type === "cloud" || hasBackend(block));
}

function namesBackend(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(namesBackend);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([name, inner]) => name === "backend" || name === "cloud" || namesBackend(inner));
}

function parsed<Result>(
  folder: string,
  file: string,
  as: { readonly hcl: (root: HclBlock) => Result; readonly json: (root: unknown) => Result },
): Result {
  const text = readFileSync(join(folder, file), "utf8");
  try {
    return file.endsWith(".json") ? as.json(parseStrictJson(text)) : as.hcl(parseHcl(text));
  } catch (error) {
    if (error instanceof HclError) throw new UnreadableConfiguration(file, error.message);
    // Terraform reads both members, most parsers the last.
    if (error instanceof DuplicateMemberError) throw new UnreadableConfiguration(file, error.message);
    if (error instanceof SyntaxError) throw new UnreadableConfiguration(file, "it is no JSON");
    throw error;
  }
}

function ofHcl(file: string, root: HclBlock): Found {
  const inTerraform = root.blocks.filter(({ type }) => type === "terraform").flatMap(({ blocks }) => blocks);
  const backends = inTerraform.flatMap((block): Backend[] => {
    if (block.type === "cloud") return [{ type: "cloud", file }];
    if (block.type !== "backend") return [];
    return [
      {
        type: block.labels[0] ?? UNKNOWN,
        file,
        path: plain(block, "path"),
        workspaceDir: plain(block, "workspace_dir"),
      },
    ];
  });
  const remoteStates = root.blocks
    .filter(({ type, labels }) => type === "data" && labels[0] === "terraform_remote_state")
    .map((block) => ({ type: plain(block, "backend") ?? UNKNOWN, file }));
  const providers = root.blocks.filter(({ type }) => type === "provider").map(({ labels }) => labels[0] ?? UNKNOWN);
  return { backends, remoteStates, providers };
}

function plain({ attributes }: HclBlock, name: string): string | undefined {
  return attributes.has(name) ? (attributes.get(name) ?? UNKNOWN) : undefined;
}

/** In Terraform's JSON a block is an object, or an array of objects where there may be several. */
function objectsIn(value: unknown): Array<Readonly<Record<string, unknown>>> {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  const object = v.safeParse(v.record(v.string(), v.unknown()), value);
  return object.success ? [object.output] : [];
}

function ofJson(file: string, root: unknown): Found {
  const top = objectsIn(root);
  const backends = top
    .flatMap((part) => objectsIn(part["terraform"]))
    .flatMap((terraform): Backend[] => [
      ...objectsIn(terraform["cloud"]).map(() => ({ type: "cloud", file })),
      ...objectsIn(terraform["backend"]).flatMap((byType) =>
        Object.entries(byType).flatMap(([type, bodies]): Backend[] => {
          if (type === "//") return [];
          const [body = {}] = objectsIn(bodies);
          return [{ type, file, path: text(body, "path"), workspaceDir: text(body, "workspace_dir") }];
        }),
      ),
    ]);
  const remoteStates = top
    .flatMap((part) => objectsIn(part["data"]))
    .flatMap((data) => objectsIn(data["terraform_remote_state"]))
    .flatMap((byName) => Object.values(byName).flatMap(objectsIn))
    .map((body) => ({ type: text(body, "backend") ?? UNKNOWN, file }));
  const providers = top
    .flatMap((part) => objectsIn(part["provider"]))
    .flatMap(Object.entries)
    .flatMap(([name, bodies]) => objectsIn(bodies).map(() => name));
  return { backends, remoteStates, providers };
}

function text(body: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" && !/[$%]\{/.test(value) ? value : UNKNOWN;
}
