import {
  functionName,
  iamBoundaryName,
  issuerBase,
  issuerPrefix,
  ledgerTableName,
  resourceId,
  roleName,
} from "../../model/names";
import { RENDERED } from "../../model/rendered";
import { readInput } from "../../model/rendered/input";
import { text } from "../attributes";
import { ownFunction } from "../functions";
import { inputOf } from "../input";
import type { Resource, Snapshot } from "../resources";

/** What a resource is to a key or an issuer. */
export interface Part {
  readonly of: "key" | "issuer";
  /** Name of the key's secret, the issuer's prefix. */
  readonly subject: string;
  /** As `RENDERED` has it, or `EXTRA`. */
  readonly name: string;
}

/** Something in an owned name that the constructs do not render. */
export const EXTRA = "extra";

type Role = "controller" | "observer";

/**
 * Names that are owned on either side of a change: what loses its name on one is known by the
 * other.
 */
export class OwnedNames {
  readonly prefixes = new Set<string>();
  readonly functions = new Map<string, { readonly prefix: string; readonly role: Role }>();
  readonly ledgers = new Map<string, string>();
  readonly #bases: ReadonlyArray<readonly [base: string, prefix: string]>;
  readonly #roles: ReadonlyArray<readonly [start: string, prefix: string, role: Role]>;

  constructor(snapshots: readonly Snapshot[]) {
    for (const resource of snapshots.flatMap(({ resources }) => resources)) {
      if (resource.type === "aws_lambda_function") {
        for (const { prefix } of ownFunction(resource)) this.#add(prefix);
      }
      if (resource.type === "aws_lambda_invocation") {
        const prefix = issuerPrefix(secretIn(resource) ?? "");
        if (prefix !== "" && functionName(prefix, "controller") === invokedBy(resource)) this.#add(prefix);
      }
    }
    this.#bases = [...this.prefixes]
      .map((prefix) => [issuerBase(prefix), prefix] as const)
      .sort(([a], [b]) => b.length - a.length);
    this.#roles = [...this.functions].map(([name, { prefix, role }]) => [roleName(name, ""), prefix, role] as const);
  }

  #add(prefix: string): void {
    this.prefixes.add(prefix);
    this.ledgers.set(ledgerTableName(prefix), prefix);
    for (const role of ["controller", "observer"] as const) {
      this.functions.set(functionName(prefix, role), { prefix, role });
    }
  }

  /**
   * Issuer whose names start so, and the rest; `ai-openai-x-…` is the issuer's of `ai/openai-x`,
   * not that of `ai/openai`.
   */
  byBase(name: string): { readonly prefix: string; readonly rest: string } | undefined {
    const found = this.#bases.find(([base]) => name.startsWith(base));
    return found === undefined ? undefined : { prefix: found[1], rest: name.slice(found[0].length) };
  }

  byRole(name: string): { readonly prefix: string; readonly role: Role } | undefined {
    const found = this.#roles.find(([start]) => name.startsWith(start));
    return found === undefined ? undefined : { prefix: found[1], role: found[2] };
  }

  /** Of a role whose name begins as an organisation demands, or that AWS chooses. */
  byAddress(address: string): { readonly prefix: string; readonly role: Role } | undefined {
    for (const { prefix, role } of this.functions.values()) {
      if (address === `aws_iam_role.${resourceId([prefix], `${role}_role`)}`) return { prefix, role };
    }
    return undefined;
  }

  ofSecret(name: string): boolean {
    return this.prefixes.has(issuerPrefix(name));
  }
}

/**
 * Name of the function that an invocation or a permission is about, whether by name or by ARN;
 * without its qualifier.
 */
function invokedBy(resource: Resource): string {
  const given = text(resource.values, "function_name") ?? "";
  return /^arn:[^:]*:lambda:[^:]*:[^:]*:function:([^:]+)/.exec(given)?.[1] ?? given.split(":")[0] ?? given;
}

/** Of an invocation: in a plan that does not know its input yet, as it is written. */
function secretIn(resource: Resource): string | undefined {
  const input = inputOf(resource);
  if (input !== undefined) return input.secret;
  const written = readInput(resource.written?.["input"]);
  return written?.kind === "key" ? written.secret : undefined;
}

/** Parts of one stack on one side, by address. */
export function partsIn(resources: readonly Resource[], names: OwnedNames): ReadonlyMap<string, Part> {
  const parts = new Map<string, Part>();
  const byAddress = new Map(resources.map((resource) => [resource.address, resource]));
  const sight: Sight = { names, parts, byAddress };
  // What others refer to comes first.
  for (const pass of PASSES) {
    for (const resource of resources) {
      const part = pass[resource.type]?.(resource, sight);
      if (part !== undefined) parts.set(resource.address, part);
    }
  }
  return parts;
}

interface Sight {
  readonly names: OwnedNames;
  readonly parts: ReadonlyMap<string, Part>;
  readonly byAddress: ReadonlyMap<string, Resource>;
}

type Finder = (resource: Resource, sight: Sight) => Part | undefined;

const issuer = (prefix: string, name: string): Part => ({ of: "issuer", subject: prefix, name });
const key = (secret: string, name: string): Part => ({ of: "key", subject: secret, name });

/** Part that an attribute refers to. */
function referred({ values, written }: Resource, attribute: string, { parts }: Sight): Part | undefined {
  for (const value of [values[attribute], written?.[attribute]]) {
    const address = typeof value === "string" ? /^\$\{(aws_\w+\.[\w-]+)\.\w+\}$/.exec(value)?.[1] : undefined;
    const part = address === undefined ? undefined : parts.get(address);
    if (part !== undefined) return part;
  }
  return undefined;
}

/** Whose function's role has a name: as its resource says where that is here. */
function byNameOfRole(name: string, { names, parts, byAddress }: Sight) {
  const byDefault = names.byRole(name);
  if (byDefault !== undefined) return byDefault;
  for (const [address, part] of parts) {
    const [, role] = /^(controller|observer) role$/.exec(part.name) ?? [];
    if (role !== undefined && text(byAddress.get(address)?.values ?? {}, "name") === name) {
      return { prefix: part.subject, role };
    }
  }
  return undefined;
}

const FIRST: Readonly<Record<string, Finder>> = {
  aws_dynamodb_table: ({ values }, { names }) => {
    const prefix = names.ledgers.get(text(values, "name") ?? "");
    return prefix === undefined ? undefined : issuer(prefix, "ledger");
  },
  aws_lambda_function: ({ values }, { names }) => {
    const found = names.functions.get(text(values, "function_name") ?? "");
    return found && issuer(found.prefix, `${found.role} function`);
  },
  aws_cloudwatch_log_group: ({ values }, { names }) => {
    const found = names.functions.get((text(values, "name") ?? "").replace(/^\/aws\/lambda\//, ""));
    return found && issuer(found.prefix, `${found.role} log`);
  },
  aws_iam_role: ({ values, address }, { names }) => {
    const found = names.byRole(text(values, "name") ?? "") ?? names.byAddress(address);
    return found && issuer(found.prefix, `${found.role} role`);
  },
  aws_iam_policy: ({ values }, { names }) => {
    const prefix = [...names.prefixes].find((each) => iamBoundaryName(each) === text(values, "name"));
    return prefix === undefined ? undefined : issuer(prefix, "boundary");
  },
  aws_cloudwatch_event_rule: ({ values }, { names }) => {
    const found = names.byBase(text(values, "name") ?? "");
    return found && issuer(found.prefix, found.rest === "sweep" ? "sweep rule" : EXTRA);
  },
  aws_cloudwatch_metric_alarm: ({ values }, { names }) => {
    const found = names.byBase(text(values, "alarm_name") ?? "");
    const name = `alarm ${found?.rest}`;
    return found && issuer(found.prefix, name in RENDERED ? name : EXTRA);
  },
  aws_secretsmanager_secret: ({ values }, { names }) => {
    const name = text(values, "name") ?? "";
    return names.ofSecret(name) ? key(name, "secret") : undefined;
  },
};

const SECOND: Readonly<Record<string, Finder>> = {
  aws_dynamodb_resource_policy: ({ values }, { names }) => {
    const table = /:table\/([^/]+)$/.exec(text(values, "resource_arn") ?? "")?.[1];
    const prefix = names.ledgers.get(table ?? "");
    return prefix === undefined ? undefined : issuer(prefix, "ledger policy");
  },
  // A second one of a name that an organisation has chosen.
  aws_iam_role: ({ values }, sight) => {
    const of = byNameOfRole(text(values, "name") ?? "", sight);
    return of && issuer(of.prefix, `${of.role} role`);
  },
  aws_iam_role_policy: (resource, sight) => {
    const role = referred(resource, "role", sight);
    const byName = byNameOfRole(text(resource.values, "role") ?? "", sight);
    const of = role?.of === "issuer" ? { prefix: role.subject, role: role.name.split(" ")[0] ?? "" } : byName;
    if (of !== undefined) {
      return issuer(of.prefix, text(resource.values, "name") === of.role ? `${of.role} policy` : EXTRA);
    }
    const [, what = "", base = ""] = /^(operate|plan)-(.+)$/.exec(text(resource.values, "name") ?? "") ?? [];
    const granted = sight.names.byBase(`${base}-`);
    if (granted?.rest === "") return issuer(granted.prefix, what);
    return undefined;
  },
  aws_cloudwatch_event_target: (resource, sight) => {
    const rule = referred(resource, "rule", sight);
    const byName = sight.names.byBase(text(resource.values, "rule") ?? "");
    const prefix = rule?.of === "issuer" ? rule.subject : byName?.prefix;
    return prefix === undefined ? undefined : issuer(prefix, "sweep target");
  },
  aws_lambda_alias: (resource, sight) => {
    const of = referred(resource, "function_name", sight);
    const found = sight.names.functions.get(invokedBy(resource));
    const prefix = of?.of === "issuer" ? of.subject : found?.prefix;
    if (prefix === undefined) return undefined;
    const onController = of?.name === "controller function" || found?.role === "controller";
    const name = `${text(resource.values, "name")} alias`;
    return issuer(prefix, onController && name in RENDERED ? name : EXTRA);
  },
  aws_lambda_permission: (resource, sight) => {
    const of = referred(resource, "function_name", sight);
    const found = sight.names.functions.get(invokedBy(resource));
    const prefix = of?.of === "issuer" ? of.subject : found?.prefix;
    if (prefix === undefined) return undefined;
    const onController = of?.name === "controller function" || found?.role === "controller";
    const name = { Sweep: "sweep permission", Rotation: "rotation permission" }[
      text(resource.values, "statement_id") ?? ""
    ];
    return issuer(prefix, onController && name !== undefined ? name : EXTRA);
  },
  aws_lambda_invocation: (resource, sight) => {
    const of = referred(resource, "function_name", sight);
    const prefix = of?.of === "issuer" ? of.subject : sight.names.functions.get(invokedBy(resource))?.prefix;
    const secret = secretIn(resource);
    if (secret !== undefined && sight.names.ofSecret(secret)) return key(secret, "reconcile");
    if (prefix === undefined) return undefined;
    const account = inputOf(resource)?.account ?? readInput(resource.written?.["input"])?.kind === "account";
    return issuer(prefix, account ? "account" : EXTRA);
  },
  aws_secretsmanager_secret_rotation: (resource, sight) => {
    const secret = secretOf(text(resource.values, "secret_id") ?? text(resource.written ?? {}, "secret_id"), sight);
    return secret === undefined ? undefined : key(secret, "rotation");
  },
};

const PASSES = [FIRST, SECOND];

/** Name of an owned secret that a reference or an ARN names. */
function secretOf(given: string | undefined, { names, parts }: Sight): string | undefined {
  const address = /^\$\{(aws_secretsmanager_secret\.[\w-]+)\.(?:arn|id)\}$/.exec(given ?? "")?.[1];
  if (address !== undefined) return parts.get(address)?.subject;
  const name = /^arn:.*:secretsmanager:.*:secret:(.+)-[A-Za-z0-9]{6}$/s.exec(given ?? "")?.[1] ?? given;
  return name !== undefined && names.ofSecret(name) ? name : undefined;
}
