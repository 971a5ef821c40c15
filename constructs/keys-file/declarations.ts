import * as v from "valibot";
import { type KeyLayer, type KeysFile, keysFileSchema } from "../../src/model/keys-file";
import { nearest } from "../../src/model/nearest";
import * as errors from "../errors";
import { quoted } from "../given";
import type { IConstruct } from "../terraform";
import { FileDocument, type Path } from "./document";

const NEEDED = ["issuer", "owner", "purpose", "lifetime"] as const;

/** A key that a file declares, all layers put together. */
export interface KeyDeclaration {
  readonly name: string;
  readonly fields: KeyLayer & { readonly [Field in (typeof NEEDED)[number]]: NonNullable<KeyLayer[Field]> };
  /**
   * Of the layer that the property is from, e.g. `limits.spend`; of the key, where no layer has it.
   */
  locate(property: string | undefined): errors.FileLocation;
}

/** A part of the file that says something of a key, and where it is. */
interface Layer {
  readonly path: Path;
  readonly fields: KeyLayer;
}

const SHOWN_MAX = 80;

/** Keys that a file declares, in its order; then those of the environment alone. */
export function readDeclarations(at: IConstruct, file: string, environment: string | undefined): KeyDeclaration[] {
  const document = new FileDocument(at, file);
  const content = parsed(at, document);
  const { defaults, keys, environments = {} } = content;
  if (environment !== undefined && !Object.hasOwn(environments, environment)) {
    const known = Object.keys(environments);
    const location = document.locate(["environments"], "name");
    throw errors.unknownName(
      at,
      location,
      "no environment in the file",
      environment,
      known,
      nearest(environment, known),
    );
  }
  const own = environment === undefined ? undefined : environments[environment];
  const inEnvironment = ["environments", environment ?? ""];
  const names = new Set([...document.names(["keys"]), ...document.names([...inEnvironment, "keys"])]);
  return [...names].map((name) => {
    const layers = [
      ...layer(["defaults"], defaults),
      ...layer([...inEnvironment, "defaults"], own?.defaults),
      ...layer(["keys", name], keys[name]),
      ...layer([...inEnvironment, "keys", name], own?.keys?.[name]),
    ];
    return declaration(at, document, name, layers, Object.keys(keys));
  });
}

function layer(path: Path, fields: KeyLayer | undefined): Layer[] {
  return fields === undefined ? [] : [{ path, fields }];
}

function declaration(
  at: IConstruct,
  document: FileDocument,
  name: string,
  layers: readonly Layer[],
  declared: readonly string[],
): KeyDeclaration {
  const fields = layers.map((each) => each.fields).reduce(together, {});
  // The last layer is the key's own.
  const here = () => document.locate(layers.at(-1)?.path ?? [], "name");
  const { issuer, owner, purpose, lifetime } = fields;
  if (issuer === undefined || owner === undefined || purpose === undefined || lifetime === undefined) {
    const missing = NEEDED.find((field) => fields[field] === undefined) ?? "";
    const meant = declared.includes(name) ? undefined : nearest(name, declared);
    throw errors.missingField(at, here(), `the key ${quoted(name)}`, missing, meant);
  }
  return {
    name,
    fields: { ...fields, issuer, owner, purpose, lifetime },
    locate: (property) => (property === undefined ? undefined : located(document, layers, property)) ?? here(),
  };
}

/** A later layer goes before an earlier one; limits and tags are put together one by one. */
function together(earlier: KeyLayer, later: KeyLayer): KeyLayer {
  return {
    ...earlier,
    ...later,
    ...(earlier.limits === undefined ? {} : { limits: { ...earlier.limits, ...later.limits } }),
    ...(earlier.tags === undefined ? {} : { tags: { ...earlier.tags, ...later.tags } }),
  };
}

/** Errors name these without the lifetime that they are part of. */
const PARTS_OF_LIFETIME = new Set(["every", "overlap", "expiry", "after"]);
/** Fields that can be from several layers. */
const PUT_TOGETHER = new Set(["limits", "tags"]);

function located(document: FileDocument, layers: readonly Layer[], property: string): errors.FileLocation | undefined {
  const path = PARTS_OF_LIFETIME.has(property) ? ["lifetime", property] : property.split(".");
  const [field = ""] = path;
  const part = PUT_TOGETHER.has(field) ? layers.findLast(({ fields }) => holds(fields, path)) : undefined;
  const holder = part ?? layers.findLast(({ fields }) => holds(fields, [field]));
  return holder === undefined ? undefined : document.find([...holder.path, ...path]);
}

function holds(fields: unknown, path: Path): boolean {
  let value = fields;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return false;
    value = Object.entries(value).find(([name]) => name === part)?.[1];
  }
  return true;
}

function parsed(at: IConstruct, document: FileDocument): KeysFile {
  const result = v.safeParse(keysFileSchema, document.value);
  if (result.success) return result.output;
  throw refusal(
    at,
    document,
    result.issues.flatMap((issue) => findings(issue)),
  );
}

/** One thing that is wrong. */
interface Finding {
  readonly issue: v.BaseIssue<unknown>;
  readonly path: Path;
}

const isUnknown = ({ issue }: Finding) => issue.type === "strict_object" && issue.expected === "never";
const isMissing = ({ issue }: Finding) =>
  issue.type === "strict_object" && issue.received === "undefined" && issue.expected !== "never";

/**
 * Of a choice, what is wrong inside of the one that was meant; the choice itself, where none can be
 * told.
 */
function findings(issue: v.BaseIssue<unknown>, above: Path = []): Finding[] {
  const path = [...above, ...(issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)))];
  const inside = (issue.issues ?? []).filter((each) => each.path !== undefined);
  return inside.length === 0 ? [{ issue, path }] : inside.flatMap((each) => findings(each, path));
}

function refusal(at: IConstruct, document: FileDocument, found: readonly Finding[]): errors.ScopedKeyError {
  // A misspelt field is missing under its right name as well.
  const finding = found.find(isUnknown) ?? found[0];
  if (finding === undefined) throw new Error("a refusal without a reason");
  const { issue, path } = finding;
  const name = String(path.at(-1) ?? "the file");
  if (isUnknown(finding)) {
    const meant = nearest(name, issue.message.split(", "));
    return errors.unknownField(at, document.locate(path, "name"), name, issue.message, meant);
  }
  if (isMissing(finding)) {
    const holder = path.slice(0, -1);
    const whose = holder.length === 0 ? "the file" : quoted(holder.join("."));
    return errors.missingField(at, document.locate(holder, "name"), whose, name, undefined);
  }
  const isName = issue.path?.at(-1)?.origin === "key";
  const location = document.locate(path, isName ? "name" : "value");
  return errors.malformedField(at, location, path.join(".") || name, describe(issue.input), issue.message);
}

function describe(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return "a map";
  if (typeof value === "string") return quoted(value).slice(0, SHOWN_MAX);
  return `${value} (${typeof value === "number" ? "a number" : "a truth value"})`;
}
