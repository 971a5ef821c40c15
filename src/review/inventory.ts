import * as v from "valibot";
import { defined } from "../model/defined";
import { GUARDRAILS_OUTPUT } from "../model/guardrail-rules";
import { keyPolicySchema } from "../model/key-policy";
import { issuerPrefix } from "../model/names";
import { type Attributes, blocks, grouped, tagsOf, text } from "./attributes";
import type { Replica, Rights } from "./direction";
import { principalsIn, readersOf } from "./foreign/facts";
import { ownFunction } from "./functions";
import { guardrailFacts } from "./guardrail-facts";
import { inputOf } from "./input";
import type { Inventory, KeyFacts } from "./inventory-facts";
import { issuerOf } from "./issuer-facts";
import { unionOf } from "./owned/union";
import type { Resource, Snapshot } from "./resources";
import { NO_RIGHTS, rightsOf } from "./statements";

/** Stacks may declare the same names in other accounts: each is looked at by itself. */
export function inventoryOf(snapshot: Snapshot): Inventory {
  const stacks = grouped(snapshot.resources, ({ stack }) => stack);
  const prefixes = prefixesIn(snapshot.resources);
  const each = [...stacks].map(([stack, resources]) => ofStack(stack, resources, snapshot, prefixes));
  return {
    keys: each.flatMap(({ keys }) => keys),
    issuers: each.flatMap(({ issuers }) => issuers),
    guardrails: [...stacks.keys()].flatMap((stack, i) =>
      each[i]?.keys.some(({ address }) => address !== "") || each[i]?.issuers.length
        ? [guardrailFacts(stack, GUARDRAILS_OUTPUT, snapshot.guardrails.get(stack))]
        : [],
    ),
    observed: snapshot.observed,
  };
}

/** Of all issuers of the snapshot. */
function prefixesIn(resources: readonly Resource[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const resource of resources) {
    if (resource.type === "aws_lambda_function") for (const { prefix } of ownFunction(resource)) found.add(prefix);
    if (resource.type !== "aws_lambda_invocation") continue;
    const secret = inputOf(resource)?.secret;
    if (secret !== undefined) found.add(issuerPrefix(secret));
  }
  return found;
}

function ofStack(
  stack: string,
  resources: readonly Resource[],
  snapshot: Snapshot,
  issuerPrefixes: ReadonlySet<string>,
) {
  const byType = grouped(resources, ({ type }) => type);
  const of = (type: string) => byType.get(type) ?? [];
  const secrets = new Map(of("aws_secretsmanager_secret").map((secret) => [text(secret.values, "name") ?? "", secret]));
  const invocations = of("aws_lambda_invocation").map((resource) => ({ resource, input: inputOf(resource) }));
  const functions = of("aws_lambda_function").flatMap(ownFunction);
  const accounts = new Map(
    invocations.flatMap(({ resource, input }) =>
      input?.account === undefined ? [] : [[text(resource.values, "function_name") ?? "", input] as const],
    ),
  );
  const readers = readersIn(stack, resources, snapshot, (name) =>
    issuerPrefixes.size === 0 ? !secrets.has(name) : issuerPrefixes.has(issuerPrefix(name)),
  );
  const names = new Map([...secrets].map(([name, { address }]) => [address, name] as const));
  const rotations = grouped(of("aws_secretsmanager_secret_rotation"), (rotation) => subjectOf(rotation, names));
  const policies = grouped(of("aws_secretsmanager_secret_policy"), (policy) => subjectOf(policy, names));

  const rights = policyReader();
  const keys = new Map<string, KeyFacts>();
  const bySecret = grouped(
    invocations.flatMap(({ resource, input }) => {
      const secretName = input?.account === undefined ? (input?.secret ?? unknownSecret(resource, secrets)) : undefined;
      return secretName === undefined ? [] : [{ resource, input, secretName }];
    }),
    ({ secretName }) => secretName,
  );
  for (const [secretName, found] of bySecret) {
    // Whichever invocation of a secret comes last is the one that holds: together they allow what
    // any of them does.
    const { resource, input } =
      found.find(({ resource }) => RECONCILE.test(resource.address)) ?? found[0] ?? NO_INVOCATION;
    if (resource === undefined) continue;
    const values = secrets.get(secretName)?.values ?? {};
    const own = (policies.get(secretName) ?? [])[0]?.values ?? values;
    const parsed = found.map((each) => v.safeParse(keyPolicySchema, each.input?.policy));
    const readable = parsed.flatMap((result) => (result.success ? [result.output] : []));
    const policy = readable.length === parsed.length ? unionOf(readable) : undefined;
    const schedules = (rotations.get(secretName) ?? []).map(({ values }) => scheduleOf(values));
    keys.set(secretName, {
      stack,
      name: secretName,
      address: resource.address,
      controllerName: text(resource.values, "function_name") ?? "",
      policy,
      policyText:
        found.length > 1 ? JSON.stringify(policy ?? found.map((each) => each.input?.policy)) : policyText(input),
      description: text(values, "description"),
      kmsKey: text(values, "kms_key_id"),
      replicas: replicasOf(values),
      readers: readers.get(secretName) ?? [],
      resourcePolicy: rights(text(own, "policy") ?? "", issuerPrefix(secretName)),
      schedule: schedules[0],
      tags: tagsOf(values),
      repair: input?.repair,
    });
  }
  for (const [name, who] of readers) {
    if (!keys.has(name)) keys.set(name, declaredElsewhere(stack, name, who));
  }
  const prefixes = [...new Set(functions.map(({ prefix }) => prefix))];
  const issuers = prefixes.flatMap((prefix) =>
    issuerOf(stack, prefix, { of, functions, accounts, snapshot, prefixes }),
  );
  return { keys: [...keys.values()], issuers };
}

/**
 * @param isKey whether a secret's name is that of a key, declared in the stack or not. Where there
 * is no issuer at all, a secret that is read and not declared may be one
 */
function readersIn(
  stack: string,
  resources: readonly Resource[],
  snapshot: Snapshot,
  isKey: (name: string) => boolean,
): Map<string, string[]> {
  const blocks = snapshot.blocks.get(stack);
  const names = resources
    .filter(({ type }) => type === "aws_secretsmanager_secret")
    .flatMap(({ values }) => text(values, "name") ?? [])
    .filter(isKey);
  return blocks === undefined ? new Map() : readersOf(principalsIn(snapshot.resources, blocks), names, isKey);
}

/** All keys of an issuer have the same resource policy. */
function policyReader(): (document: string, prefix: string) => Rights {
  const known = new Map<string, Rights>();
  return (document, prefix) => {
    const place = `${prefix}\n${document}`;
    const rights = known.get(place) ?? rightsOf(document, prefix) ?? NO_RIGHTS;
    known.set(place, rights);
    return rights;
  };
}

/** Address of what the constructs render. */
const RECONCILE = /_reconcile_[0-9A-F]{8}$/;

const NO_INVOCATION = { resource: undefined, input: undefined };

export function policyText(input: ReturnType<typeof inputOf>): string | undefined {
  return input?.policy === undefined ? undefined : JSON.stringify(input.policy);
}

/** A key of another stack, of which this one says only who reads it. */
export function declaredElsewhere(stack: string, name: string, readers: readonly string[]): KeyFacts {
  return {
    stack,
    name,
    address: "",
    controllerName: "",
    policy: undefined,
    policyText: undefined,
    description: undefined,
    kmsKey: undefined,
    replicas: [],
    readers,
    resourcePolicy: NO_RIGHTS,
    schedule: undefined,
    tags: {},
    repair: undefined,
  };
}

/**
 * Name of a new key's secret: until the observer exists the input is known only after apply, but
 * not what it depends on.
 */
function unknownSecret(resource: Resource, secrets: ReadonlyMap<string, Resource>): string | undefined {
  if (!resource.unknown.has("input")) return undefined;
  const wanted = resource.references["depends_on"] ?? [];
  return [...secrets].find(([, secret]) => wanted.includes(secret.address))?.[0];
}

/**
 * Name of the secret that a rotation or a policy is for.
 * @param names of secrets, by their addresses
 */
function subjectOf(resource: Resource, names: ReadonlyMap<string, string>): string {
  const id =
    text(resource.values, resource.type === "aws_secretsmanager_secret_policy" ? "secret_arn" : "secret_id") ?? "";
  const byArn = /^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:(.+)-[^-]{6}$/s.exec(id)?.[1];
  if (byArn !== undefined) return byArn;
  const named = Object.values(resource.references).flat();
  return named.map((address) => names.get(address)).find((name) => name !== undefined) ?? id;
}

function scheduleOf(values: Attributes): string {
  const [rules] = blocks(values, "rotation_rules");
  if (rules === undefined) return "known after apply";
  const days = rules["automatically_after_days"];
  const schedule = text(rules, "schedule_expression") ?? (typeof days === "number" ? `rate(${days} days)` : "");
  const duration = text(rules, "duration");
  return duration === undefined ? schedule : `${schedule}, window ${duration}`;
}

function replicasOf(values: Attributes): Replica[] {
  return blocks(values, "replica")
    .map((replica) => ({ region: text(replica, "region") ?? "", kmsKey: text(replica, "kms_key_id") }))
    .map(({ region, kmsKey }) => ({ region, ...defined({ kmsKey }) }))
    .sort((a, b) => (a.region < b.region ? -1 : 1));
}
