import { readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import * as v from "valibot";
import { DuplicateMemberError, parseStrictJson } from "../../model/strict-json";
import { isWrapped } from "../../model/wrapped-output";
import {
  memberTwice,
  notAPlan,
  notJson,
  notReadable,
  notSynthesised,
  tooLarge,
  wrappedPlan,
} from "../../review/errors";
import { readStack } from "../../review/read-stack";
import type { Snapshot } from "../../review/resources";
import { stackFolder } from "./stack-folder";

/** 1,000 keys make about 10 MB. */
const MEGABYTE = 1_000_000;
const LARGEST_MEGABYTES = 256;

/** @param name of a file, or `-`. Throws SK283, SK310, SK311, SK312, SK313 or SK318. */
export async function readJson(name: string): Promise<unknown> {
  if (name === "-") return parsed("standard input", await piped());
  if (isFolder(name)) throw notAPlan(name, "a folder alone (two of them can be compared: BEFORE AFTER)");
  return parsed(name, read(name));
}

/** One or more synthesised stacks, and where each is. */
export interface Folder {
  readonly snapshot: Snapshot;
  readonly files: ReadonlyMap<string, string>;
}

const STACK_FILE = "cdk.tf.json";
const manifestSchema = v.object({ stacks: v.record(v.string(), v.object({ synthesizedStackPath: v.string() })) });
const nameSchema = v.object({ "//": v.object({ metadata: v.object({ stackName: v.string() }) }) });

/**
 * @param name of a folder that `cdktf synth` wrote, or of one stack's folder in it. Throws SK310,
 * SK311, SK313, SK314 or SK318.
 * @param ranIn folder that the app ran in, where that is known
 */
export function readFolder(name: string, ranIn?: string): Folder {
  if (!isFolder(name)) throw notSynthesised(name, "a file");
  const manifest = find(join(name, "manifest.json"));
  const files =
    manifest === undefined ? [join(name, STACK_FILE)] : stackFiles(name, parsed(join(name, "manifest.json"), manifest));
  const stacks = files.map((file) => {
    const written = find(file);
    if (written === undefined) throw notSynthesised(name, `a folder without ${relative(name, file)}`);
    const json = parsed(file, written);
    const named = v.safeParse(nameSchema, json);
    const stack = named.success ? named.output["//"].metadata.stackName : "";
    return { stack, file, snapshot: readStack(stack, file, json, stackFolder(file, json, ranIn)) };
  });
  return {
    snapshot: {
      resources: stacks.flatMap(({ snapshot }) => snapshot.resources),
      observed: new Map(),
      asked: new Set(stacks.flatMap(({ snapshot }) => [...(snapshot.asked ?? [])])),
      guardrails: new Map(stacks.flatMap(({ snapshot }) => [...snapshot.guardrails])),
      blocks: new Map(stacks.flatMap(({ snapshot }) => [...snapshot.blocks])),
      configurations: new Map(stacks.flatMap(({ snapshot }) => [...snapshot.configurations])),
    },
    files: new Map(stacks.map(({ stack, file }) => [stack, file])),
  };
}

/** What the manifest names, inside of the folder alone. */
function stackFiles(name: string, manifest: unknown): string[] {
  const result = v.safeParse(manifestSchema, manifest);
  if (!result.success) throw notSynthesised(name, "a manifest.json of something else");
  return Object.values(result.output.stacks).map(({ synthesizedStackPath }) => {
    const file = resolve(name, synthesizedStackPath);
    if (relative(resolve(name), file).startsWith(".."))
      throw notSynthesised(name, "a manifest.json that leads out of the folder");
    return file;
  });
}

function isFolder(name: string): boolean {
  try {
    return statSync(name).isDirectory();
  } catch (error) {
    throw notReadable(name, reason(error));
  }
}

/** Undefined where there is no such file. */
function find(file: string): Buffer | undefined {
  try {
    statSync(file);
  } catch {
    return undefined;
  }
  return read(file);
}

function read(file: string): Buffer {
  try {
    if (statSync(file).size > LARGEST_MEGABYTES * MEGABYTE) throw tooLarge(file, LARGEST_MEGABYTES);
    return readFileSync(file);
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("E"))
      throw notReadable(file, reason(error));
    throw error;
  }
}

function reason(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

async function piped(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    size += bytes.length;
    if (size > LARGEST_MEGABYTES * MEGABYTE) throw tooLarge("standard input", LARGEST_MEGABYTES);
  }
  return Buffer.concat(chunks);
}

/** Nothing of the content is in an error: plans hold values that are nobody's business. */
function parsed(what: string, bytes: Buffer): unknown {
  if (bytes.subarray(0, 2).toString("latin1") === "PK") throw notAPlan(what, "the binary plan file itself");
  const text = decoded(bytes).trim();
  if (text === "") throw notJson(what, "it is empty");
  try {
    return parseStrictJson(text);
  } catch (error) {
    if (isWrapped(text)) throw wrappedPlan(what);
    if (error instanceof DuplicateMemberError) throw memberTwice(what, `at character ${error.position}`);
    // The log of `terraform plan -json` has an object in each line.
    if (/^\{"@level":/.test(text)) throw notAPlan(what, "the log of terraform plan -json, which holds no values");
    const message = error instanceof Error ? error.message : "";
    const position = /at position (\d+)/.exec(message)?.[1];
    const ended = /end of JSON input|Unterminated/.test(message);
    throw notJson(
      what,
      ended || position === undefined
        ? `it breaks off after ${text.length} characters`
        : `an error at character ${position}`,
    );
  }
}

/** PowerShell's `>` writes UTF-16. */
function decoded(bytes: Buffer): string {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return bytes.toString(utf16 ? "utf16le" : "utf8").replace(/^\ufeff/, "");
}
