import { RENDERED } from "../../../src/model/rendered";
import { type Attributes, isAttributes } from "../../../src/review/attributes";
import { OwnedNames, partsIn } from "../../../src/review/owned/parts";
import { readPlan } from "../../../src/review/read-plan";
import { readStack } from "../../../src/review/read-stack";
import type { Base } from "./bases";
import { ofForeign } from "./foreign";
import type { Random } from "./random";

export interface Mutant {
  readonly json: Attributes;
  /** What was done where. */
  readonly words: string;
  /** What the change is of, before and after. */
  readonly before: unknown;
  readonly after: unknown;
  /** Whether whoever lets it pass as harmless is wrong, whatever else is told. */
  readonly widens: boolean;
}

/** Makes mutants of a base. */
export type Generator = (base: Base, random: Random) => Mutant | undefined;

type Path = ReadonlyArray<string | number>;

/** Addresses of what the constructs render. */
function ownedIn({ name, kind, json, beside }: Base): string[] {
  const snapshot = kind === "plan" ? readPlan("base", json).after : readStack(name, "base", json, beside);
  return [...partsIn(snapshot.resources, new OwnedNames([snapshot])).keys()];
}

const owned = new WeakMap<Base, readonly string[]>();

/** Where the attributes of a resource stand. */
function placeOf({ kind, json }: Base, address: string): Path {
  if (kind === "folder") return ["resource", ...address.split(".")];
  const changes = json["resource_changes"];
  const index = Array.isArray(changes) ? changes.findIndex((change) => change.address === address) : -1;
  return ["resource_changes", index, "change", "after"];
}

export const ofOwned: Generator = (base, random) => {
  const addresses = owned.get(base) ?? ownedIn(base);
  owned.set(base, addresses);
  const address = random.of(addresses);
  const place = placeOf(base, address);
  const before = at(base.json, place);
  const leaves = [...leavesOf(before, [])];
  const mutation = random.of(MUTATIONS);
  const path = random.of(leaves);
  const after = mutation.change(before, path, random, base);
  if (after === undefined) return undefined;
  return {
    json: put(base.json, place, after.value) as Attributes,
    words: `${mutation.name} ${address}.${after.path.join(".")}`,
    before,
    after: after.value,
    widens: mutation.widens && !isNoWidening(address, after.path, before),
  };
};

function isNoWidening(address: string, path: Path, before: unknown): boolean {
  return (
    HARMLESS.test(path.join(".")) ||
    isGrantsName(address, path) ||
    isFirstBoundary(address, path, before) ||
    isOverlapOfNothing(path, before)
  );
}

/** A boundary where there was none takes rights away. */
function isFirstBoundary(address: string, path: Path, before: unknown): boolean {
  return (
    address.startsWith("aws_iam_role.") && path.join(".") === "permissions_boundary" && at(before, path) === undefined
  );
}

/** A key that does not rotate has no overlap. */
function isOverlapOfNothing(path: Path, before: unknown): boolean {
  return path.at(-1) === "overlapSeconds" && at(before, [...path.slice(0, -1), "rotateEverySeconds"]) === undefined;
}

/** A policy that lets read a key may have any name. */
function isGrantsName(address: string, path: Path): boolean {
  return /^aws_iam_role_policy\..*_reads_/.test(address) && path.join(".") === "name_prefix";
}

/** Every leaf of everything owned, made wider; and something beside each. */
export function* wideningsOf(base: Base, of: RegExp): Generator_<Mutant> {
  for (const address of ownedIn(base).filter((each) => of.test(each))) {
    const place = placeOf(base, address);
    const before = at(base.json, place);
    const made = (path: Path, words: string, after: unknown): Mutant => ({
      json: put(base.json, place, after) as Attributes,
      words: `${words} ${address}.${path.join(".")}`,
      before,
      after,
      widens: true,
    });
    for (const path of leavesOf(before, [])) {
      const wider = widened(at(before, path));
      if (wider !== undefined) yield made(path, "widen", put(before, path, wider));
    }
    for (const [name, value] of base.kind === "plan" ? SIBLINGS : [...SIBLINGS, ...BLOCKS]) {
      if (!(name in Object(before))) yield made([name], "add", put(before, [name], value));
    }
  }
}

/**
 * Attributes whose change says nothing about reach, or may be tighter. A repair sets what is
 * declared.
 */
const HARMLESS =
  /repair$|description|tags|purpose|owner|ADMIN_CALLS|retention_in_days|filename|source_code_hash|deny|schedule_expression|Sid|Effect/i;

/** Paths of all leaves and of the inner nodes, into texts that are JSON as well. */
function* leavesOf(value: unknown, path: Path): Generator_<Path> {
  const inner = typeof value === "string" ? (jsonIn(value) ?? value) : value;
  if (path.length > 0 && path.at(-1) !== "//") yield path;
  if (path.includes("//")) return;
  if (Array.isArray(inner)) {
    for (const [i, each] of inner.entries()) yield* leavesOf(each, [...path, i]);
  } else if (isAttributes(inner)) {
    for (const [name, each] of Object.entries(inner)) {
      if (name !== "//") yield* leavesOf(each, [...path, name]);
    }
  }
}
type Generator_<T> = globalThis.Generator<T>;

/** Expressions of Terraform are cut off: what is before the repair token is JSON. */
const REPAIR = /,"repair":\$\{.*\}\}$/s;

function jsonIn(text: string): Attributes | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const parsed: unknown = JSON.parse(text.replace(REPAIR, "}"));
    return isAttributes(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function at(value: unknown, path: Path): unknown {
  let found = value;
  for (const step of path) {
    const inner = typeof found === "string" ? jsonIn(found) : found;
    found = Object(inner)[step];
  }
  return found;
}

/** The same value with another one at a path; `REMOVED` takes it away. */
function put(value: unknown, path: Path, replacement: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return replacement;
  if (typeof value === "string") {
    const json = jsonIn(value);
    if (json === undefined) return value;
    const repair = REPAIR.exec(value)?.[0];
    const text = JSON.stringify(put(json, path, replacement));
    return repair === undefined ? text : `${text.slice(0, -1)}${repair}`;
  }
  if (Array.isArray(value)) {
    const items = [...value];
    const next = put(items[Number(step)], rest, replacement);
    if (next === REMOVED) items.splice(Number(step), 1);
    else items[Number(step)] = next;
    return items;
  }
  const next = put(Object(value)[step], rest, replacement);
  const entries = Object.entries(Object(value));
  if (next === REMOVED) return Object.fromEntries(entries.filter(([name]) => name !== step));
  return { ...Object.fromEntries(entries), [step]: next };
}

const REMOVED = Symbol("removed");

interface Mutation {
  readonly name: string;
  readonly widens: boolean;
  readonly change: (
    resource: unknown,
    path: Path,
    random: Random,
    base: Base,
  ) => { readonly path: Path; readonly value: unknown } | undefined;
}

const replacing = (
  name: string,
  widens: boolean,
  by: (value: unknown, random: Random, base: Base) => unknown,
): Mutation => ({
  name,
  widens,
  change: (resource, path, random, base) => {
    const replacement = by(at(resource, path), random, base);
    return replacement === undefined ? undefined : { path, value: put(resource, path, replacement) };
  },
});

function widened(value: unknown): unknown {
  if (typeof value === "number") return value * 1_000 + 1;
  if (typeof value === "boolean") return !value;
  if (typeof value === "string") return value.startsWith("{") ? undefined : "*";
  return Array.isArray(value) ? [...value, "*"] : undefined;
}

const SIBLINGS: readonly (readonly [string, unknown])[] = [
  ["layers", ["arn:aws:lambda:us-east-1:999999999999:layer:x:1"]],
  ["image_uri", "999999999999.dkr.ecr.us-east-1.amazonaws.com/x:latest"],
  ["permissions_boundary", "arn:aws:iam::999999999999:policy/x"],
  ["managed_policy_arns", ["arn:aws:iam::aws:policy/AdministratorAccess"]],
  ["inline_policy", [{ name: "x", policy: "{}" }]],
  ["state", "DISABLED"],
  ["actions_enabled", false],
  ["qualifier", "1"],
  ["triggers", { at: "now" }],
  ["publish", true],
  ["role_arn", "arn:aws:iam::999999999999:role/x"],
  ["principal_org_id", "o-abcdefghij"],
  ["block_public_policy", false],
  ["force_overwrite_replica_secret", true],
  ["NODE_OPTIONS", "--require /opt/x.js"],
  ["AWS_LAMBDA_EXEC_WRAPPER", "/opt/x"],
  ["anything_else", "x"],
];

const MUTATIONS: readonly Mutation[] = [
  replacing("delete", false, () => REMOVED),
  replacing("null", false, () => null),
  replacing("empty", false, (value) => (Array.isArray(value) ? [] : isAttributes(value) ? {} : "")),
  replacing("change the type of", false, (value) =>
    typeof value === "string"
      ? [value]
      : typeof value === "number"
        ? String(value)
        : Array.isArray(value)
          ? value[0]
          : [value, value],
  ),
  replacing("widen", true, widened),
  replacing("extend", false, (value, random) =>
    typeof value === "string" && !value.startsWith("{") ? `${value}${random.of(["x", "*", "/", " "])}` : undefined,
  ),
  {
    name: "swap",
    widens: false,
    change: (resource, path, random) => {
      const other = random.of([...leavesOf(resource, [])]);
      const value = at(resource, other);
      return other.join(".").startsWith(path.join(".")) ? undefined : { path, value: put(resource, path, value) };
    },
  },
  {
    name: "duplicate",
    widens: false,
    change: (resource, path) => {
      const value = at(resource, path);
      const doubled = Array.isArray(value)
        ? [...value, value.at(-1)]
        : isAttributes(value)
          ? [value, value]
          : undefined;
      return doubled === undefined ? undefined : { path, value: put(resource, path, doubled) };
    },
  },
  {
    name: "add a sibling to",
    widens: true,
    change: (resource, path, random) => {
      const [name, value] = random.of(SIBLINGS);
      const sibling = [...path.slice(0, -1), name];
      const parent = at(resource, path.slice(0, -1));
      const inner = typeof parent === "string" ? jsonIn(parent) : parent;
      if (!isAttributes(inner) || name in inner) return undefined;
      return { path: sibling, value: put(resource, sibling, value) };
    },
  },
  {
    name: "add a block to",
    widens: true,
    change: (resource, _, random, { kind }) => {
      if (kind === "plan") return undefined;
      const [name, value] = random.of(BLOCKS);
      return { path: [name], value: put(resource, [name], value) };
    },
  },
];

const BLOCKS: readonly (readonly [string, unknown])[] = [
  ["lifecycle", { ignore_changes: ["policy"] }],
  ["lifecycle", { prevent_destroy: true }],
  ["lifecycle", { replace_triggered_by: ["null_resource.x"] }],
  ["provisioner", [{ "local-exec": { command: "true" } }]],
  ["connection", { host: "x" }],
  ["count", 2],
  ["for_each", { a: "b" }],
  ["provider", "aws.other"],
  ["timeouts", { create: "1h" }],
];

/** Whole resources. */
export const ofResources: Generator = (base, random) => {
  if (base.kind === "plan") return undefined;
  const addresses = owned.get(base) ?? ownedIn(base);
  owned.set(base, addresses);
  const address = random.of(addresses);
  const place = placeOf(base, address);
  const resource = at(base.json, place);
  const [kind, type, id] = place;
  switch (random.below(2)) {
    case 0:
      return {
        json: put(base.json, place, REMOVED) as Attributes,
        words: `remove ${address}`,
        before: resource,
        after: undefined,
        widens: false,
      };
    default:
      return {
        json: put(base.json, [kind ?? "", type ?? "", `${id}_2`], resource) as Attributes,
        words: `copy ${address}`,
        before: undefined,
        after: resource,
        widens: true,
      };
  }
};

export const GENERATORS: readonly Generator[] = [
  ofOwned,
  ofOwned,
  ofOwned,
  ofOwned,
  ofOwned,
  ofOwned,
  ofResources,
  ofForeign,
  ofForeign,
];

/** That the table and the bases fit. */
export const PARTS = Object.keys(RENDERED);
