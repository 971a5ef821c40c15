import { parsePolicy, rightsOf, withWords } from "../../iam";
import { LATEST, OPERATOR_ALIAS, SWEEP_ALIAS } from "../../model/doors";
import { isPolicyOf, ownFunction } from "../functions";
import { type Attributes, canonical, isAttributes, json, type Resource, text, texts } from "../resources";
import type { Block } from "./blocks";
import type { StackBlocks } from "./configuration";
import { HANDLES, met, valuesAt } from "./handles";
import { configured, Mentions } from "./mentions";
import { type Owned, roleNamed, userNamed } from "./owned";
import { POLICY_TYPES, type Principal, principalsOf } from "./principals";
import { type Fact, Readers, rightsFacts, statementText, UNTOLD } from "./reach";
import { RIGHTS } from "./rights-table";

/** Resource types by which the library's own things are made, with the attribute that has the name. Another part of the review tells of them. */
const THINGS: Readonly<Record<string, string>> = {
  aws_secretsmanager_secret: "name",
  aws_lambda_function: "function_name",
  aws_cloudwatch_log_group: "name",
  aws_cloudwatch_event_rule: "name",
  aws_cloudwatch_metric_alarm: "alarm_name",
  aws_dynamodb_table: "name",
};
/** Types of which every one that acts on an owned thing is told elsewhere. */
const TOLD_ELSEWHERE = new Set(["aws_secretsmanager_secret_rotation", "aws_lambda_invocation"]);
/** Kinds of blocks that another part of the review tells of, or that only carry values to where they are named. */
const PASSED = new Set(["provider", "variable", "import", "moved", "removed"]);

/** Everybody who has rights in a stack; policies of the library's own functions are told with the issuer. */
export function principalsIn(all: readonly Resource[], stack: StackBlocks): readonly Principal[] {
  const known = PRINCIPALS.get(stack);
  if (known !== undefined) return known;
  const resources = all.filter((each) => each.stack === stack.stack);
  const functions = resources.filter(({ type }) => type === "aws_lambda_function").flatMap(ownFunction);
  // A role that was read back lists its inline policies as well; of a function's role the owned half judges them.
  const own = new Set(
    resources
      .filter((each) =>
        functions.some(({ resource }) =>
          each.type === "aws_iam_role"
            ? text(resource.values, "role")?.endsWith(`:role/${text(each.values, "name")}`)
            : each.type === "aws_iam_role_policy" && isPolicyOf(each, resource),
        ),
      )
      .map(({ address }) => address),
  );
  const principals = principalsOf(stack, ({ address }) => own.has(address));
  PRINCIPALS.set(stack, principals);
  return principals;
}

/** They are asked for keys and for everything else. */
const PRINCIPALS = new WeakMap<StackBlocks, readonly Principal[]>();

/** Who may read which key, by the names of the keys' secrets. */
export function readersOf(
  principals: readonly Principal[],
  names: readonly string[],
  isKey: (name: string) => boolean,
) {
  const readers = new Readers(names, isKey);
  for (const each of principals) readers.add(each);
  return readers.all();
}

/** Roles and users that may read a key: whoever becomes one of them reads it. */
export function readersAmong(readers: Iterable<readonly string[]>): Owned[] {
  const labels = new Set([...readers].flat());
  const found = new Map<string, Owned>();
  for (const label of labels) {
    const [, kind, name = ""] = /^(role|user) (\S+)/.exec(label) ?? [];
    if (kind === "role") found.set(label, roleNamed("reader", `role ${name}, which reads keys`, name));
    if (kind === "user") found.set(label, userNamed(`user ${name}, who reads keys`, name));
  }
  return [...found.values()];
}

/** All that foreign resources of one stack do to what keys depend on. */
export function factsOf(
  stack: StackBlocks,
  principals: readonly Principal[],
  owned: readonly Owned[],
  addresses: ReadonlySet<string>,
  declares: (owned: Owned) => boolean,
): Fact[] {
  const world = new World(stack, owned, new Mentions(owned, addresses), declares);
  return [
    ...principals.flatMap((each) => world.ofPrincipal(each)),
    ...stack.blocks.flatMap((each) => world.ofBlock(each)),
  ];
}

/** Addresses of the things themselves. */
export function thingsIn(stack: StackBlocks, owned: readonly Owned[]): Set<string> {
  return new Set(stack.blocks.filter((block) => isThing(block, stack, owned)).map(({ address }) => address));
}

function isThing(block: Block, stack: StackBlocks, owned: readonly Owned[]): boolean {
  if (block.kind !== "resource") return false;
  if (TOLD_ELSEWHERE.has(block.type)) {
    const body = stack.body(block);
    const handle = block.type === "aws_lambda_invocation" ? body["function_name"] : body["secret_id"];
    return met(handle, ["function", "secret"], owned).length > 0;
  }
  const name = THINGS[block.type];
  if (name === undefined) return false;
  return met(stack.body(block)[name], ["secret", "function", "log group", "rule", "alarm", "table"], owned).some(
    ({ certain }) => certain,
  );
}

class World {
  constructor(
    private readonly stack: StackBlocks,
    private readonly owned: readonly Owned[],
    private readonly mentions: Mentions,
    /** Whether the stack itself declares keys of that name: then each says who reads it. */
    private readonly declares: (owned: Owned) => boolean,
  ) {}

  ofPrincipal(principal: Principal): Fact[] {
    const facts = rightsFacts(this.stack.stack, principal, this.owned, this.declares);
    if (principal.kind !== "role") return facts;
    // Whatever a function of the library may do beyond what the library gives it is more than is known.
    const functions = met(principal.name, ["role"], this.owned);
    return functions.some(({ certain }) => certain) || (functions.length > 0 && facts.length > 0)
      ? [
          ...facts,
          ...principal.given.map((how) => this.#fact(principal.label, "has rights beside those of the library", how)),
        ]
      : facts;
  }

  ofBlock(block: Block): Fact[] {
    const { kind, type, address } = block;
    if (PASSED.has(kind)) return [];
    const body = this.stack.body(block);
    const programs = body["provisioner"] ?? (type === "external" ? body : undefined);
    const runs = programs === undefined ? [] : [this.#fact(address, "runs a program", withoutMeta(programs))];
    if (kind === "module") return [this.#fact(address, UNTOLD, `what it holds: ${configured(body)}`)];
    if (kind === "check") return this.#ofCheck(address, body);
    return [...runs, ...this.#ofTyped(block, body)];
  }

  #ofTyped(block: Block, body: Attributes): Fact[] {
    const { kind, type, address } = block;
    if (kind === "resource" && isThing(block, this.stack, this.owned)) return this.#ofThing(block, body);
    const name = kind === "resource" ? type : kind === "output" ? "output" : `${kind}.${type}`;
    switch (name) {
      case "aws_iam_role":
        return this.#trust(address, body);
      case "aws_lambda_permission":
        return this.#permission(body, address);
      case "aws_cloudwatch_event_target":
        return this.#target(body, address);
      case "aws_iam_group_membership":
      case "aws_iam_user_group_membership":
        return [];
      case "aws_cloudwatch_log_account_policy":
        return [this.#fact(address, "changes", `every log group: ${configured(body)}`)];
      case "aws_cloudwatch_log_resource_policy":
        return this.#logPolicy(body, address);
      case "aws_kms_key":
        return this.#kmsKey(block, body);
    }
    if (kind === "resource" && POLICY_TYPES.has(type)) return [];
    const handles = HANDLES[name];
    if (handles !== undefined) {
      if (name === "data.aws_lambda_invocation" && isObservation(body, this.owned)) return [];
      if (type === "aws_lambda_alias" && isRenderedAlias(body)) return [];
      // The library's own is judged word by word with what else it renders.
      if (LEDGER_POLICY.test(address)) return [];
      return handles.flatMap(({ attribute, kinds, does }) =>
        valuesAt(body, attribute)
          .flatMap((value) => met(value, kinds, this.owned))
          .map(({ owned, certain }) =>
            this.#fact(address, certain ? does : UNTOLD, `${owned.label}: ${configured(body)}`),
          ),
      );
    }
    return this.mentions
      .in(name, body)
      .map((label) => this.#fact(address, UNTOLD, `it names ${label}: ${configured(body)}`));
  }

  /** An admin key's own secret is declared by whoever has it; its policy says who reads it. */
  #ofThing({ address, type }: Block, body: Attributes): Fact[] {
    const policy = type === "aws_secretsmanager_secret" ? text(body, "policy") : undefined;
    if (policy === undefined || met(body["name"], ["admin key"], this.owned).length === 0) return [];
    return this.#document(address, "sets its policy", "", policy);
  }

  /** Who may become a role of a function, or one that reads keys. */
  #trust(address: string, body: Attributes): Fact[] {
    const name = text(body, "name") ?? `(${address})`;
    const roles = met(name, ["role", "reader"], this.owned);
    const [role] = roles;
    if (role === undefined) return [];
    const document = text(body, "assume_role_policy") ?? canonical(body["assume_role_policy"]);
    return this.#document(address, "lets become", `${role.owned.label}: `, document).filter(
      ({ how }) => !(role.owned.kind === "role" && how.endsWith(LAMBDA_ALONE)),
    );
  }

  #permission(body: Attributes, address: string): Fact[] {
    return met(body["function_name"], ["function"], this.owned).flatMap(({ owned, certain }) => {
      if (isRenderedPermission(body, owned, this.owned)) return [];
      const { function_name: _, statement_id: __, statement_id_prefix: ___, id: ____, ...rest } = body;
      return [this.#fact(address, certain ? "lets invoke" : UNTOLD, `${owned.label}: ${configured(rest)}`)];
    });
  }

  #target(body: Attributes, address: string): Fact[] {
    const rules = met(body["rule"], ["rule"], this.owned);
    const functions = met(body["arn"], ["function"], this.owned);
    if (rules.length === 0 && functions.length === 0) return [];
    if (isRenderedTarget(body, rules.length === 1 && functions.length === 1)) return [];
    const all = [...functions, ...rules];
    const certain = all.every((each) => each.certain);
    const labels = all.map(({ owned }) => owned.label).join(", ");
    const does = functions.length > 0 ? "invokes by a rule" : "is told by the rule";
    return [this.#fact(address, certain ? does : UNTOLD, `${labels}: ${configured(body)}`)];
  }

  #logPolicy(body: Attributes, address: string): Fact[] {
    const document = text(body, "policy_document") ?? "";
    const policy = parsePolicy(document);
    if (policy === undefined) return [this.#fact(address, UNTOLD, configured(body))];
    const actions = RIGHTS["log group"].changes ?? [];
    return this.owned
      .filter(({ kind }) => kind === "log group")
      .flatMap(({ arns, label }) =>
        arns
          .flatMap((resource) => rightsOf(policy.statements, { actions, resource }))
          .map(({ statement }) => this.#fact(address, "lets change", `${label}: ${statementText(statement)}`)),
      );
  }

  #kmsKey({ address }: Block, body: Attributes): Fact[] {
    const names = [text(body, "arn"), text(body, "key_id"), `(${address})`].filter((each) => each !== undefined);
    const [key] = names.flatMap((name) => met(name, ["KMS key"], this.owned));
    const policy = body["policy"];
    if (key === undefined || policy === undefined || policy === null) return [];
    const document = typeof policy === "string" ? policy : canonical(policy);
    return this.#document(address, "sets its policy", `${key.owned.label}: `, document);
  }

  #ofCheck(address: string, body: Attributes): Fact[] {
    const { assert: _, ...rest } = body;
    return this.mentions
      .in("check", rest)
      .map((label) => this.#fact(address, UNTOLD, `it names ${label}: ${configured(rest)}`));
  }

  #document(address: string, does: string, what: string, document: string): Fact[] {
    return documentFacts(document).map(({ how, denies }) => ({
      ...this.#fact(address, denies ? "denies" : does, `${what}${how}`),
      ...(denies ? { denies } : {}),
    }));
  }

  #fact(subject: string, does: string, how: string): Fact {
    return { stack: this.stack.stack, subject, does, how };
  }
}

function withoutMeta(programs: unknown): string {
  return isAttributes(programs) ? configured(programs) : configured({ programs });
}

/** A statement that allows is a right; one that denies is missed where it goes. */
function documentFacts(document: string): Array<{ readonly how: string; readonly denies: boolean }> {
  const policy = parsePolicy(document);
  if (policy === undefined)
    return [{ how: `a policy that cannot be read: ${configured({ document })}`, denies: false }];
  return policy.statements.map((each) => ({ how: statementText(each), denies: each.effect === "Deny" }));
}

/** What the constructs render. */
const LAMBDA_ALONE = canonical({
  Action: ["sts:AssumeRole"],
  Effect: "Allow",
  Principal: { Service: ["lambda.amazonaws.com"] },
});

const LEDGER_POLICY = /^aws_dynamodb_resource_policy\.[\w-]+_ledger_policy_[0-9A-F]{8}$/;

/** The local by which the library names an observer; of a plan its value is not told until the observer exists. */
const OBSERVER_LOCAL = /\{ local\.scoped-keys_[\w-]+_observer_[0-9A-F]{8} \}/;

/** Asks an observer, which only reads. */
function isObservation(body: Attributes, owned: readonly Owned[]): boolean {
  const name = text(body, "function_name") ?? "";
  const functions = met(name, ["function"], owned);
  const [only] = functions;
  const isObserver = functions.length === 1 && only?.certain === true && only.owned.label.endsWith("-observer");
  if (!isObserver && !OBSERVER_LOCAL.test(withWords(name))) return false;
  try {
    const input = json(text(body, "input") ?? "");
    // Another function than an observer refuses that.
    return isAttributes(input) && input["action"] === "observe" && input["secret"] === undefined;
  } catch {
    return false;
  }
}

const ONLY_IN_STATE = new Set(["id", "region", "force_destroy", "depends_on", "provider"]);

/** What says something beside these attributes. */
function saysMore(body: Attributes, known: readonly string[]): boolean {
  return Object.entries(body).some(
    ([name, value]) =>
      !known.includes(name) &&
      !ONLY_IN_STATE.has(name) &&
      !(value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)),
  );
}

/** A door of the controller: a name of the same code, which IAM tells apart. */
function isRenderedAlias(body: Attributes): boolean {
  const name = text(body, "name");
  return (
    (name === SWEEP_ALIAS || name === OPERATOR_ALIAS) &&
    text(body, "function_version") === LATEST &&
    !saysMore(body, ["name", "function_name", "function_version", "description", "arn", "invoke_arn"])
  );
}

function isRenderedPermission(body: Attributes, { label }: Owned, owned: readonly Owned[]): boolean {
  if (text(body, "action") !== "lambda:InvokeFunction" || !label.endsWith("-controller")) return false;
  const known = ["action", "function_name", "principal", "source_arn", "source_account", "statement_id"];
  if (saysMore(body, [...known, "qualifier"])) return false;
  const source = text(body, "source_arn") ?? "";
  const door = text(body, "qualifier");
  if (text(body, "principal") === "secretsmanager.amazonaws.com") {
    if (door !== undefined) return false;
    const [, prefix] = /^arn:[^*?]*:secretsmanager:[^*?]*:secret:([^*?]+)\/\*$/.exec(source) ?? [];
    return text(body, "source_account") !== undefined && owned.some((each) => each.label === `keys under ${prefix}/`);
  }
  const rules = /[*?]/.test(source) ? [] : met(source, ["rule"], owned);
  const isSweep = rules.length === 1 && rules.every(({ certain }) => certain);
  return text(body, "principal") === "events.amazonaws.com" && isSweep && (door === undefined || door === SWEEP_ALIAS);
}

function isRenderedTarget(body: Attributes, isPair: boolean): boolean {
  const bus = text(body, "event_bus_name");
  return (
    isPair &&
    text(body, "input") === '{"action":"sweep"}' &&
    (bus === undefined || bus === "default") &&
    !saysMore(body, ["rule", "arn", "input", "target_id", "event_bus_name"])
  );
}

/** Users who join a group have its rights. */
export function membershipFacts(stack: StackBlocks, strong: ReadonlySet<string>, known: ReadonlySet<string>): Fact[] {
  return stack.blocks.flatMap((block) => {
    if (block.type !== "aws_iam_group_membership" && block.type !== "aws_iam_user_group_membership") return [];
    const body = stack.body(block);
    const groups = [...texts(body, "group"), ...texts(body, "groups")];
    return groups
      .filter((group) => strong.has(group) || !known.has(group))
      .map((group) => ({
        stack: stack.stack,
        subject: block.address,
        does: strong.has(group) ? "joins a group that reaches keys" : UNTOLD,
        how: `group ${group}: ${configured(body)}`,
      }));
  });
}
