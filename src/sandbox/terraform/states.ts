/**
 * Which states are a run's. A state says so itself: the guard begins each with a lineage that names
 * the run, and Terraform keeps the lineage of a state as long as the state lives. The run's folder
 * remembers where it began them. Only what the watchdog may load.
 */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ACCOUNT_ID } from "../aws/account";

const MARK = "scoped-keys-sandbox-";

export type Owner =
  /** Nothing is there. */
  | "absent"
  /** This run began it. */
  | "run"
  /** Another run began it, and it holds nothing: whoever begins anew loses nothing. */
  | "empty"
  /** Another run began it. It has ended without cleaning up, or somebody went on with the state. */
  | "other-run"
  | "foreign"
  /** It is there, and is no state that can be read. */
  | "unreadable";

interface State {
  readonly lineage: string;
  readonly serial: number;
  readonly empty: boolean;
  /** Something in it is in an AWS account that no sandbox has. */
  readonly real: boolean;
}

export function ownerOf(file: string, run: string): Owner {
  const entry = lstatSync(file, { throwIfNoEntry: false });
  if (entry === undefined) return "absent";
  const state = readState(file);
  if (state === undefined) return "unreadable";
  // Terraform outside of the sandbox went on with it, in the same folder at the same time: the mark
  // of the run stays in it.
  if (state.real) return "foreign";
  if (state.lineage.startsWith(`${MARK}${run}-`)) return "run";
  if (!state.lineage.startsWith(MARK)) return "foreign";
  return state.empty ? "empty" : "other-run";
}

/** Begins a state that holds nothing. Nobody else reads it. */
export function beginState(file: string, run: string, runFolder: string): void {
  const madeFolders = missingFolders(dirname(file));
  mkdirSync(dirname(file), { recursive: true });
  const record = join(registerOf(runFolder), `${digest(file)}.json`);
  mkdirSync(dirname(record), { recursive: true, mode: 0o700 });
  writeFileSync(record, JSON.stringify({ file, madeFolders }), { mode: 0o600 });
  const state = {
    version: 4,
    terraform_version: "1.5.0",
    serial: 0,
    lineage: `${MARK}${run}-${digest(file)}`,
    outputs: {},
    resources: [],
    check_results: null,
  };
  const text = `${JSON.stringify(state, undefined, 2)}\n`;
  // What comes to lie there meanwhile is somebody's: only what is known to hold nothing is
  // replaced.
  const flag = ownerOf(file, run) === "empty" ? "w" : "wx";
  try {
    writeFileSync(file, text, { mode: 0o600, flag });
  } catch (error) {
    // Another call of the same run was first.
    if (ownerOf(file, run) !== "run") throw error;
  }
}

/** Remembers a place where a state of the run may come to lie. */
export function noteState(file: string, runFolder: string): void {
  const record = join(registerOf(runFolder), `${digest(file)}.json`);
  mkdirSync(dirname(record), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(record, JSON.stringify({ file, madeFolders: missingFolders(dirname(file)) }), {
      mode: 0o600,
      flag: "wx",
    });
  } catch (error) {
    // It is remembered already.
    if (lstatSync(record, { throwIfNoEntry: false }) === undefined) throw error;
  }
}

/**
 * Removes the states of a run that names what has ended with it. One that Terraform emptied itself
 * (`destroy`) stays, since it names nothing; so does every state that is not the run's.
 * @param untilMillis what was written after this time stays
 */
export function endStates(run: string, runFolder: string, untilMillis: number): void {
  for (const { file, madeFolders } of recorded(runFolder)) {
    for (const state of [file, ...backupsOf(file)]) {
      const entry = lstatSync(state, { throwIfNoEntry: false });
      if (entry === undefined || entry.mtimeMs > untilMillis) continue;
      const owner = ownerOf(state, run);
      const ended = owner === "run" && !(state === file && isEmptied(state));
      // Cut off in the middle of a write: the file was begun by this run, or was not there.
      if (ended || (owner === "unreadable" && isCut(state))) rmSync(state, { force: true });
    }
    if (ownerOf(file, run) === "absent") rmSync(lockFileOf(file), { force: true });
    for (const folder of madeFolders) removeIfEmpty(folder);
  }
}

/**
 * `terraform.tfstate.backup`, and those that `terraform state` makes:
 * `terraform.tfstate.1700000000.backup`.
 */
function backupsOf(file: string): string[] {
  let names: string[];
  try {
    names = readdirSync(dirname(file));
  } catch {
    return [];
  }
  return names
    .filter(
      (name) =>
        name.startsWith(`${basename(file)}.`) && /^(?:\d+\.)?backup$/.test(name.slice(basename(file).length + 1)),
    )
    .map((name) => join(dirname(file), name));
}

/** As Terraform's local backend names it. */
function lockFileOf(file: string): string {
  return join(dirname(file), `.${basename(file)}.lock.info`);
}

function isEmptied(file: string): boolean {
  const state = readState(file);
  return state?.empty === true && state.serial > 0;
}

function isCut(file: string): boolean {
  try {
    const text = readFileSync(file, "utf8");
    return text === "" || (text.startsWith("{") && text.includes(MARK));
  } catch {
    return false;
  }
}

function recorded(runFolder: string): Array<{ file: string; madeFolders: readonly string[] }> {
  const register = registerOf(runFolder);
  let names: string[];
  try {
    names = readdirSync(register);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    try {
      const record: unknown = JSON.parse(readFileSync(join(register, name), "utf8"));
      return isRecord(record) ? [record] : [];
    } catch {
      // Cut off as the run was killed: nothing had been begun yet.
      return [];
    }
  });
}

function isRecord(value: unknown): value is { file: string; madeFolders: string[] } {
  if (typeof value !== "object" || value === null || !("file" in value) || !("madeFolders" in value)) return false;
  return typeof value.file === "string" && Array.isArray(value.madeFolders);
}

function registerOf(runFolder: string): string {
  return join(runFolder, "terraform", "states");
}

/** Undefined where it is no state. */
function readState(file: string): State | undefined {
  try {
    return stateOf(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}

/** @param json content of a state file, as Terraform 0.12 and later writes it */
export function stateOf(json: unknown): State | undefined {
  if (typeof json !== "object" || json === null || !("lineage" in json) || typeof json.lineage !== "string") {
    return undefined;
  }
  const serial = "serial" in json && typeof json.serial === "number" ? json.serial : Number.NaN;
  const empty =
    "resources" in json &&
    isEmpty(json.resources) &&
    isEmpty("outputs" in json ? json.outputs : undefined) &&
    !("encrypted_data" in json);
  return { lineage: json.lineage, serial, empty, real: "resources" in json && namesRealAccount(json.resources) };
}

const OWN_ARN = /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/;

/**
 * By the names that AWS gave to managed resources: what a policy of theirs says of other accounts
 * is no sign.
 */
function namesRealAccount(resources: unknown): boolean {
  return listOf(resources)
    .filter((resource) => memberOf(resource, "mode") === "managed")
    .flatMap((resource) => listOf(memberOf(resource, "instances")))
    .map((instance) => memberOf(instance, "attributes"))
    .flatMap((attributes) => [memberOf(attributes, "arn"), memberOf(attributes, "id")])
    .some((name) => {
      const account = typeof name === "string" ? OWN_ARN.exec(name)?.[1] : undefined;
      return account !== undefined && account !== ACCOUNT_ID;
    });
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}

/** Whether this run began the state with that lineage. */
export function isOfRun(lineage: string, run: string): boolean {
  return lineage.startsWith(`${MARK}${run}-`);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0);
}

/** Outermost first. */
function missingFolders(folder: string): string[] {
  const missing: string[] = [];
  for (let each = folder; lstatSync(each, { throwIfNoEntry: false }) === undefined; each = dirname(each))
    missing.push(each);
  return missing;
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Something else lies there.
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
