import { readFileSync, statSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { basename, resolve } from "node:path";
import * as v from "valibot";
import { redact, shorten } from "../model/redact";

/** Far above what an adapter with its schemas takes; below it the zip of a function stays small. */
export const ADAPTER_MAX_BYTES = 1_048_576;
const MESSAGE_MAX_LENGTH = 300;

export type AdapterProblem =
  /** There is no such file, or it is too large. */
  | "unreadable"
  /** It throws while it is loaded. */
  | "not_loaded"
  /** It exports no vendor, or one that cannot be used. */
  | "malformed";

/** What is wrong with an adapter file, in one clause. */
export class AdapterFileError extends Error {
  override readonly name = "AdapterFileError";

  constructor(
    readonly problem: AdapterProblem,
    message: string,
  ) {
    super(message);
  }
}

/** @returns the bytes of the file, which are at most `ADAPTER_MAX_BYTES` */
export function readAdapterFile(path: string): Buffer {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw new AdapterFileError("unreadable", "it is not a file");
    if (stat.size > ADAPTER_MAX_BYTES) throw new AdapterFileError("unreadable", `it has ${stat.size} bytes`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof AdapterFileError) throw error;
    throw new AdapterFileError("unreadable", `it cannot be read (${codeOf(error)})`);
  }
}

const codeSchema = v.object({ code: v.string() });

function codeOf(error: unknown): string {
  return v.is(codeSchema, error) ? error.code : nameOf(error);
}

/**
 * Runs a CommonJS file that stands alone, and answers what it exports. At synthesis, in the
 * functions and in tests alike: what is not a module of Node itself cannot be required, since only
 * the file is deployed.
 */
export function runAdapterFile(path: string, source: string): unknown {
  const file = resolve(path);
  const nodeRequire = createRequire(__filename);
  const builtinRequire = (id: string): unknown => {
    if (isBuiltin(id)) return nodeRequire(id);
    throw new AdapterFileError("not_loaded", `it requires "${id}", which is not in the file`);
  };
  const module: { exports: unknown } = { exports: {} };
  try {
    // In the realm of the caller: `vm` would give a test runner's sandbox errors and arrays of
    // another one.
    const run = new Function(
      "exports",
      "require",
      "module",
      "__filename",
      `${source}\n//# sourceURL=${basename(file)}`,
    );
    Reflect.apply(run, module.exports, [module.exports, builtinRequire, module, file]);
  } catch (error) {
    if (error instanceof AdapterFileError) throw error;
    throw new AdapterFileError("not_loaded", `it throws ${shorten(redact(textOf(error)), MESSAGE_MAX_LENGTH)}`);
  }
  return module.exports;
}

const errorSchema = v.object({ name: v.string(), message: v.string() });

function textOf(error: unknown): string {
  return v.is(errorSchema, error) ? `${error.name}: ${error.message}` : nameOf(error);
}

/** What was thrown, without its text. */
export function nameOf(error: unknown): string {
  return v.is(v.object({ name: v.string() }), error) ? shorten(redact(error.name), 60) : typeof error;
}
