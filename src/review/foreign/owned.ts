import { compile, isOpen, type Pattern, unknownSegment, withWords } from "../../iam";
import { ENVIRONMENT } from "../../model/environment";
import { functionName, IAM_PATH, IAM_USERS, iamUserStart, issuerPrefix } from "../../model/names";
import { isAttributes, json, text } from "../attributes";
import { type OwnFunction, ownFunction } from "../functions";
import { iamUsersOf } from "../iam-users";
import type { Inventory } from "../inventory-facts";
import type { Resource } from "../resources";
import type { StackBlocks } from "./configuration";

export const KINDS = [
  "secret",
  "admin key",
  "function",
  "role",
  "reader",
  "rule",
  "table",
  "log group",
  "alarm",
  "topic",
  "KMS key",
  "user",
  "policy",
  "permission set",
] as const;
export type Kind = (typeof KINDS)[number];

/** One thing, or all of a kind under one name, that keys depend on. */
export interface Owned {
  readonly kind: Kind;
  /** In words, for people. */
  readonly label: string;
  /** As policies name it. */
  readonly arns: readonly Pattern[];
  /** As an attribute of a resource may name it: by name, by ARN, by a part of its ARN. */
  readonly handles: readonly Pattern[];
  /** Whoever names it in any text has this in that text. */
  readonly needle: string;
  /** As it is named, with the words of what is not known. */
  readonly said: string;
}

export interface Side {
  readonly inventory: Inventory;
  readonly resources: readonly Resource[];
  readonly stacks: ReadonlyMap<string, StackBlocks>;
}

const SEGMENT = unknownSegment("here");
const arn = (service: string, rest: string) => `arn:${SEGMENT}:${service}:${SEGMENT}:${SEGMENT}:${rest}`;
const global = (service: string, rest: string) => `arn:${SEGMENT}:${service}::${SEGMENT}:${rest}`;

/** Names are texts of which parts may be unknown, e.g. where names start alike. */
function owned(kind: Kind, label: string, name: string, arns: readonly string[], handles: readonly string[]): Owned {
  return {
    kind,
    label,
    arns: arns.map((each) => compile(each)),
    handles: [...arns, ...handles].map((each) => compile(each)),
    needle: name.split(/[*\uf8f0-\uf8ff]/)[0] ?? "",
    said: withWords(name),
  };
}

const secret = (kind: Kind, label: string, name: string) =>
  owned(
    kind,
    label,
    name,
    [arn("secretsmanager", `secret:${name}-??????`)],
    [name, arn("secretsmanager", `secret:${name}`)],
  );

/**
 * Everything of the issuers and keys on either side: what one of them reaches, the other reaches as
 * well.
 */
export function ownedBy(sides: readonly Side[]): Owned[] {
  const found = new Map<string, Owned>();
  const add = (each: Owned) => found.set(`${each.kind} ${each.label} ${each.arns.join(" ")}`, each);
  for (const side of sides) for (const each of ofSide(side)) add(each);
  return [...found.values()];
}

function* ofSide({ inventory, resources, stacks }: Side): Generator<Owned> {
  const prefixes = new Set(inventory.issuers.map(({ name }) => name));
  for (const { name, address } of inventory.keys) if (address !== "") prefixes.add(issuerPrefix(name));
  prefixes.delete("");
  for (const prefix of prefixes) yield* ofPrefix(prefix);
  for (const resource of resources) {
    if (resource.type !== "aws_lambda_function") continue;
    for (const each of ownFunction(resource)) yield* ofFunction(each, stacks.get(resource.stack));
  }
  for (const { stack, alarmTopics, logKmsKey } of inventory.issuers) {
    const put = (written: string) => stacks.get(stack)?.text(written) ?? written;
    for (const topic of alarmTopics.map(put)) {
      yield owned("topic", `topic ${shortened(topic)}`, topic, [topic], isOpen(topic) ? [] : [shortened(topic)]);
    }
    if (logKmsKey !== undefined) yield kms(put(logKmsKey));
  }
  for (const { stack, kmsKey, replicas } of inventory.keys) {
    const keys = [kmsKey, ...replicas.map((replica) => replica.kmsKey)].filter((each) => each !== undefined);
    for (const each of new Set(keys)) yield kms(stacks.get(stack)?.text(each) ?? each);
  }
}

function shortened(text: string): string {
  return text.slice(text.lastIndexOf(":") + 1);
}

function kms(key: string): Owned {
  // Of one that is not known the words say all that may lead to it.
  if (isOpen(key))
    return owned("KMS key", `KMS key ${withWords(key).split(" ").slice(0, 3).join(" ")}`, key, [key], []);
  const id = key.slice(key.lastIndexOf("/") + 1);
  return owned("KMS key", `KMS key ${shortened(key)}`, id, [key], [id]);
}

function* ofPrefix(prefix: string): Generator<Owned> {
  const base = functionName(prefix, "controller").slice(0, -"controller".length);
  yield secret("secret", `keys under ${prefix}/`, `${prefix}/${SEGMENT}`);
  for (const role of ["controller", "observer"] as const) {
    const name = functionName(prefix, role);
    yield owned(
      "function",
      `function ${name}`,
      name,
      [arn("lambda", `function:${name}`), arn("lambda", `function:${name}:${SEGMENT}`)],
      ["", `:${SEGMENT}`].flatMap((end) =>
        ["", "function:", `${SEGMENT}:function:`, `${SEGMENT}:`].map((start) => `${start}${name}${end}`),
      ),
    );
    const group = `/aws/lambda/${name}`;
    yield owned(
      "log group",
      `log group ${group}`,
      group,
      [
        arn("logs", `log-group:${group}`),
        arn("logs", `log-group:${group}:${SEGMENT}`),
        arn("logs", `log-group:${group}:log-stream:${SEGMENT}`),
      ],
      [group],
    );
  }
  const rule = `${base}sweep`;
  yield owned(
    "rule",
    `rule ${rule}`,
    rule,
    [arn("events", `rule/${rule}`)],
    [rule, `${SEGMENT}|${rule}`, arn("events", `rule/*/${rule}`)],
  );
  yield owned("alarm", `alarms ${base}…`, base, [arn("cloudwatch", `alarm:${base}${SEGMENT}`)], [`${base}${SEGMENT}`]);
  const users = `${iamUserStart(prefix)}${SEGMENT}`;
  yield owned("user", `users of ${prefix}/`, users, [global("iam", `user${IAM_PATH}${users}`)], [users]);
}

function* ofFunction(
  { resource, variables, prefix, role }: OwnFunction,
  stack: StackBlocks | undefined,
): Generator<Owned> {
  const put = (written: string | undefined) => (written === undefined ? undefined : (stack?.text(written) ?? written));
  const name = nameOfRole(put(text(resource.values, "role")));
  if (name !== undefined) yield roleNamed("role", `role of ${functionName(prefix, role)}`, name);
  const table = put(text(variables, ENVIRONMENT.ledgerTable));
  if (table !== undefined) {
    yield owned(
      "table",
      `ledger ${table}`,
      table,
      [arn("dynamodb", `table/${table}`), arn("dynamodb", `table/${table}/index/${SEGMENT}`)],
      [table],
    );
  }
  const settings = json(put(text(variables, ENVIRONMENT.vendorSettings)) ?? "");
  const users = isAttributes(settings) ? iamUsersOf(settings) : IAM_USERS;
  // Those at the usual place are known by the prefix.
  if (users.path !== IAM_USERS.path || users.namePrefix !== IAM_USERS.namePrefix) {
    const start = `${iamUserStart(prefix, users.namePrefix)}${SEGMENT}`;
    yield owned("user", `users of ${prefix}/`, start, [global("iam", `user${users.path}${start}`)], [start]);
  }
  const admin = put(text(variables, ENVIRONMENT.adminSecret));
  if (admin !== undefined) yield adminSecret(prefix, admin);
}

/** Named by name or by ARN, with or without its last six characters. */
function adminSecret(prefix: string, given: string): Owned {
  const name = given.startsWith("arn:") ? given.slice(given.indexOf(":secret:") + ":secret:".length) : given;
  return secret("admin key", `admin key of ${prefix}/`, name.replace(/-(?:[A-Za-z0-9]{6}|\?{6})$/, ""));
}

/** `app` of `arn:aws:iam::111122223333:role/path/app` */
export function nameOfRole(arn: string | undefined): string | undefined {
  return /^arn:.*:role\/(?:[^\uf8f0-\uf8ff]*\/)?([^/].*)$/s.exec(arn ?? "")?.[1];
}

export function roleNamed(kind: "role" | "reader", label: string, name: string): Owned {
  return owned(kind, label, name, [global("iam", `role/${name}`), global("iam", `role/*/${name}`)], [name]);
}

/**
 * An instance profile by which machines get a role: `address` is what names it where its name is
 * not known.
 */
export function profileNamed(label: string, address: string, name: string | undefined): Owned {
  const known = name ?? `(${address})`;
  const named = owned("reader", label, known, [global("iam", `instance-profile/${known}`)], [known]);
  return { ...named, needle: address };
}

/** A policy of the account, or of which only the end of its ARN is known. */
export function policyNamed(label: string, name: string): Owned {
  const path = name.startsWith("arn:") ? name.slice(name.indexOf(":policy/") + ":policy/".length) : name;
  return owned(
    "policy",
    label,
    `policy/${path}`,
    [global("iam", `policy/${path}`), global("iam", `policy/*/${path}`)],
    [path],
  );
}

export function permissionSetNamed(label: string, name: string): Owned {
  return owned("permission set", label, name, [name], [name]);
}

export function userNamed(label: string, name: string): Owned {
  const arns = [global("iam", `user/${name}`), global("iam", `user/*/${name}`)];
  return owned("reader", label, name, arns, [name]);
}
