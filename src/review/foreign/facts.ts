import { isOpen, parsePolicy, rightsOf, type Statement, withWords } from "../../iam";
import { LATEST, OPERATOR_ALIAS, SWEEP_ALIAS } from "../../model/doors";
import { METRIC_NAMESPACE } from "../../model/metrics";
import { type Attributes, blocks, canonical, isAttributes, json, text, texts } from "../attributes";
import { isPolicyOf, ownFunction } from "../functions";
import type { Resource } from "../resources";
import { type Block, blocksOf } from "./blocks";
import { closedOf } from "./closed";
import type { StackBlocks } from "./configuration";
import { HANDLES, met, valuesAt } from "./handles";
import { lentIn, policiesIn } from "./lent";
import { managedPolicy } from "./managed-policies";
import { configured, type Mentions } from "./mentions";
import { type Kind, type Owned, permissionSetNamed, policyNamed, profileNamed, roleNamed, userNamed } from "./owned";
import { POLICY_TYPES, type Principal, principalsOf } from "./principals";
import { runsProgram, writesAnywhere } from "./programs";
import { type Fact, Readers, rightsFacts, statementText, UNTOLD } from "./reach";
import { RIGHTS } from "./rights-table";

/**
 * Resource types by which the library's own things are made, with the attribute that has the name.
 * Another part of the review tells of them.
 */
const THINGS: Readonly<Record<string, readonly [attribute: string, kind: Kind]>> = {
  aws_secretsmanager_secret: ["name", "secret"],
  aws_lambda_function: ["function_name", "function"],
  aws_cloudwatch_log_group: ["name", "log group"],
  aws_cloudwatch_event_rule: ["name", "rule"],
  aws_cloudwatch_metric_alarm: ["alarm_name", "alarm"],
  aws_dynamodb_table: ["name", "table"],
};
/**
 * Types of which every one that acts on an owned thing is told elsewhere, with the attribute that
 * says on what it acts.
 */
const TOLD_ELSEWHERE: Readonly<Record<string, readonly [attribute: string, kind: Kind]>> = {
  aws_secretsmanager_secret_rotation: ["secret_id", "secret"],
  aws_lambda_invocation: ["function_name", "function"],
};
/**
 * Kinds of blocks that another part of the review tells of, or that only carry values to where they
 * are named.
 */
const PASSED = new Set(["provider", "variable", "import", "moved", "removed"]);

/**
 * Everybody who has rights in a stack; policies of the library's own functions are told with the
 * issuer.
 */
export function principalsIn(all: readonly Resource[], stack: StackBlocks): readonly Principal[] {
  const known = PRINCIPALS.get(stack);
  if (known !== undefined) return known;
  const resources = all.filter((each) => each.stack === stack.stack);
  const functions = resources.filter(({ type }) => type === "aws_lambda_function").flatMap(ownFunction);
  // A role that was read back lists its inline policies as well; of a function's role the owned
  // half judges them.
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

/**
 * Roles, users, policies and permission sets that may read a key: whoever becomes one of them, or
 * is given one, reads it.
 */
export function readersAmong(readers: Iterable<readonly string[]>): Owned[] {
  const labels = new Set([...readers].flat());
  const found = new Map<string, Owned>();
  for (const label of labels) {
    const [who = "", kind, name = ""] = /^(role|user|whoever has policy|permission set) (\S+)/.exec(label) ?? [];
    if (kind === "role") found.set(who, roleNamed("reader", `${who}, which reads keys`, name));
    if (kind === "user") found.set(who, userNamed(`${who}, who reads keys`, name));
    if (kind === "whoever has policy") found.set(who, policyNamed(`${who}, which reads keys`, name));
    if (kind === "permission set") found.set(who, permissionSetNamed(`${who}, which reads keys`, name));
  }
  return [...found.values()];
}

/** All that foreign resources of one stack do to what keys depend on. */
export function factsOf(
  stack: StackBlocks,
  principals: readonly Principal[],
  owned: readonly Owned[],
  things: ReadonlySet<Block>,
  mentions: Mentions,
  declares: (owned: Owned) => boolean,
  isPart: (address: string) => boolean,
): Fact[] {
  const world = new World(stack, owned, mentions, things, declares, isPart);
  return [
    ...principals.flatMap((each) => world.ofPrincipal(each)),
    ...stack.blocks.flatMap((each) => world.ofBlock(each)),
  ];
}

/** The things themselves. */
export function thingsIn(stack: StackBlocks, owned: readonly Owned[]): Set<Block> {
  return new Set(stack.blocks.filter((block) => isThing(block, stack, owned)));
}

function isThing(block: Block, stack: StackBlocks, owned: readonly Owned[]): boolean {
  if (block.kind !== "resource") return false;
  const elsewhere = TOLD_ELSEWHERE[block.type];
  if (elsewhere !== undefined) {
    const [attribute, kind] = elsewhere;
    return met(stack.body(block)[attribute], [kind], owned).length > 0;
  }
  const [name, kind] = THINGS[block.type] ?? [];
  if (name === undefined || kind === undefined) return false;
  return met(stack.body(block)[name], [kind], owned).some(({ certain }) => certain);
}

class World {
  constructor(
    private readonly stack: StackBlocks,
    private readonly owned: readonly Owned[],
    private readonly mentions: Mentions,
    private readonly things: ReadonlySet<Block>,
    /** Whether the stack itself declares keys of that name: then each says who reads it. */
    private readonly declares: (owned: Owned) => boolean,
    /** Whether a resource is judged as one that the constructs render. */
    private readonly isPart: (address: string) => boolean,
  ) {}

  ofPrincipal(principal: Principal): Fact[] {
    const facts = rightsFacts(this.stack.stack, principal, this.owned, this.declares);
    if (principal.kind !== "role") return facts;
    // Whatever a function of the library may do beyond what the library gives it is more than is
    // known.
    const functions = met(principal.name, ["role"], this.owned);
    return functions.some(({ certain }) => certain) || (functions.length > 0 && facts.length > 0)
      ? [
          ...facts,
          ...principal.given.map((how) =>
            this.#fact(principal.label, "has rights that the library does not give", how),
          ),
        ]
      : facts;
  }

  ofBlock(block: Block): Fact[] {
    const { kind, type, address } = block;
    if (PASSED.has(kind) && block.body["provisioner"] === undefined) return [];
    const body = this.stack.body(block);
    const programs = body["provisioner"] ?? (runsProgram(type, body) ? body : undefined);
    const runs = [
      ...(programs === undefined ? [] : [this.#fact(address, "runs a program", withoutMeta(programs))]),
      ...(writesAnywhere(type, block.body) ? [this.#fact(address, "writes a file", configured(body))] : []),
    ];
    if (PASSED.has(kind)) return runs;
    if (kind === "module") return [this.#fact(address, UNTOLD, `its contents: ${configured(body)}`)];
    if (kind === "check") return this.#ofCheck(block, body);
    return [...runs, ...this.#ofTyped(block, body)];
  }

  #ofTyped(block: Block, body: Attributes): Fact[] {
    const { kind, type, address } = block;
    if (this.things.has(block)) return this.#ofThing(block, body);
    const perhaps = this.#perhapsThing(block, body);
    if (perhaps.length > 0) return perhaps;
    const name = kind === "resource" ? type : kind === "output" ? "output" : `${kind}.${type}`;
    switch (name) {
      case "aws_iam_role":
        return [...this.#trust(address, body), ...this.#bounds(address, body)];
      case "aws_iam_user":
        return this.#bounds(address, body);
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
      case "aws_iam_openid_connect_provider":
      case "aws_iam_saml_provider":
        return this.#identityProvider(block, body);
      case "aws_ssoadmin_permission_set":
        return this.#permissionSet(address, body);
      case "aws_kms_key":
        return this.#kmsKey(block, body);
      case "aws_kms_alias":
        return this.#kmsAlias(address, body);
      case "aws_sns_topic":
        return this.#topic(address, body);
      case "aws_cloudwatch_event_bus_policy":
        return [...this.#policiesOf(address, body, () => true), ...this.#named(name, address, body)];
      case "data.aws_ssm_parameter":
      case "ephemeral.aws_ssm_parameter":
        return [...this.#parameter(address, body), ...this.#named(name, address, body)];
      case "aws_cloudwatch_log_metric_filter":
        return this.#metricFilter(address, body);
    }
    if (kind === "resource" && POLICY_TYPES.has(type)) return [];
    const handles = HANDLES[name];
    if (handles !== undefined) {
      if (name === "data.aws_lambda_invocation" && isObservation(body, this.owned)) return [];
      if (type === "aws_lambda_alias" && isRenderedAlias(body)) return [];
      // The library's own is judged word by word with what else it renders.
      if (type === "aws_dynamodb_resource_policy" && this.isPart(address)) return [];
      const acts = handles.flatMap(({ attribute, kinds, does, guards }) =>
        valuesAt(body, attribute)
          .flatMap((value) => met(value, kinds, this.owned))
          .flatMap(({ owned, certain }) => {
            const how = `${owned.label}: ${configured(body)}`;
            const acting = this.#fact(address, certain ? does : UNTOLD, how);
            return guards === undefined || !this.stack.isCertain(block)
              ? [acting]
              : [acting, this.#guard(address, guards, how)];
          }),
      );
      // What acts on nothing of the keys may still lead to it, e.g. by where its results go.
      return acts.length > 0 || handles.length === 0 ? acts : this.#named(name, address, body);
    }
    return [
      ...this.#closed(block, body),
      ...this.#policiesOf(address, body, ({ principal }) => principal === undefined),
      ...this.#named(name, address, body),
    ];
  }

  /** Policies of IAM in whatever text of a resource: somebody will have them. */
  #policiesOf(address: string, body: Attributes, isMeant: (statement: Statement) => boolean): Fact[] {
    const statements = policyTextsIn(body).flatMap((document) => parsePolicy(document)?.statements ?? []);
    const meant = statements.filter(isMeant);
    if (meant.length === 0) return [];
    const whoever = {
      kind: "policy",
      name: address,
      label: address,
      statements: meant,
      untold: [],
      given: [],
    } as const;
    return rightsFacts(this.stack.stack, whoever, this.owned, () => false);
  }

  /** Parameter Store answers with the value of a secret that is named so. */
  #parameter(address: string, body: Attributes): Fact[] {
    const [, secret] = /^\/aws\/reference\/secretsmanager\/(.+)$/s.exec(text(body, "name") ?? "") ?? [];
    return met(secret, ["secret", "admin key"], this.owned).map(({ owned, certain }) =>
      this.#fact(address, certain ? "reads at each plan" : UNTOLD, `${owned.label}: ${configured(body)}`),
    );
  }

  /** Of a service that gives rights, and of a type that is not known. */
  #closed({ kind, type, address }: Block, body: Attributes): Fact[] {
    const isKnown = kind === "data" || (kind === "resource" && (type in THINGS || type in TOLD_ELSEWHERE));
    const closed = isKnown ? undefined : closedOf(type, body);
    if (closed === undefined) return [];
    const fact = this.#fact(address, UNTOLD, `what it gives or takes: ${configured(body)}`);
    return [closed === "guards" ? { ...fact, either: true } : fact];
  }

  /** One whose name may be that of something keys depend on. */
  #perhapsThing({ kind, type, address }: Block, body: Attributes): Fact[] {
    const [name, of] = (kind === "resource" ? THINGS[type] : undefined) ?? [];
    if (name === undefined || of === undefined) return [];
    return met(body[name], [of], this.owned).map(({ owned }) =>
      this.#fact(address, UNTOLD, `it may be ${owned.label}: ${configured(body)}`),
    );
  }

  /** Whom a role that reaches keys lets in is the provider's word. */
  #identityProvider({ type, address, body: written }: Block, body: Attributes): Fact[] {
    const given = text(body, "arn") ?? text(body, type === "aws_iam_saml_provider" ? "name" : "url");
    const name = given?.replace(/^https:\/\//, "").replace(/^arn:.*-provider\//, "");
    const isTrusted = this.#federated().some(
      (each) =>
        each.includes(`{ ${address}.`) || name === undefined || isOpen(name) || each.includes(`-provider/${name}`),
    );
    if (!isTrusted) return [];
    return [
      this.#fact(
        address,
        "decides who becomes a role that reaches keys",
        configured(without({ ...written, ...body }, OF_PROVIDER)),
      ),
    ];
  }

  #trusted: readonly string[] | undefined;

  /** Whom roles that reach keys trust, where that is a provider of identities. */
  #federated(): readonly string[] {
    this.#trusted ??= this.stack.blocks
      .filter(({ kind, type }) => kind === "resource" && type === "aws_iam_role")
      .map((block) => [block, this.stack.body(block)] as const)
      .filter(
        ([{ address }, body]) => met(text(body, "name") ?? `(${address})`, ["role", "reader"], this.owned).length > 0,
      )
      .map(([, body]) => withWords(text(body, "assume_role_policy") ?? canonical(body["assume_role_policy"] ?? "")))
      .filter((document) => document.includes("Federated"));
    return this.#trusted;
  }

  /** Which one is lent to whom is told with who gets it. */
  #permissionSet(address: string, body: Attributes): Fact[] {
    const lasts = body["session_duration"];
    const isStrong = this.owned.some(({ kind }) => kind === "permission set");
    return !isStrong || lasts === undefined || lasts === null || lasts === "PT1H"
      ? []
      : [this.#fact(address, "sets the session length", String(lasts))];
  }

  #named(name: string, address: string, body: Attributes): Fact[] {
    return [
      ...this.mentions
        .in(name, body)
        .map((label) => this.#fact(address, UNTOLD, `it names ${label}: ${configured(body)}`)),
      ...lentIn(name, body, this.#lent()).map((how) => this.#fact(address, "lends", how)),
      ...policiesIn(name, body)
        .filter((arn) => this.#givesRights(arn))
        .map((arn) => this.#fact(address, UNTOLD, `it names the policy ${withWords(arn)}`)),
    ];
  }

  #lendable: readonly Owned[] | undefined;

  /** Roles that reach keys, also by the names of instance profiles that hold them. */
  #lent(): readonly Owned[] {
    this.#lendable ??= [
      ...this.owned,
      ...this.stack.blocks
        .filter(({ kind, type }) => kind === "resource" && type === "aws_iam_instance_profile")
        .map((block) => [block, this.stack.body(block)] as const)
        .flatMap(([{ address }, body]) =>
          met(body["role"], ["role", "reader"], this.owned).map(({ owned }) =>
            profileNamed(owned.label, address, text(body, "name")),
          ),
        ),
    ];
    return this.#lendable;
  }

  /** Of a policy of the account that the stack does not declare, nobody can tell. */
  #givesRights(arn: string): boolean {
    const aws = managedPolicy(arn);
    if (aws !== undefined) {
      const principal = {
        kind: "policy",
        name: arn,
        label: arn,
        statements: aws.statements,
        untold: [],
        given: [],
      } as const;
      return rightsFacts(this.stack.stack, principal, this.owned, this.declares).length > 0;
    }
    return !this.#documents().has(arn.slice(arn.indexOf(":policy/")));
  }

  #policies: ReadonlyMap<string, string> | undefined;

  /** Of policies that the stack declares, by the end of their ARNs. */
  #documents(): ReadonlyMap<string, string> {
    this.#policies ??= new Map(
      this.stack.blocks
        .filter(({ kind, type }) => kind === "resource" && type === "aws_iam_policy")
        .map((block) => this.stack.body(block))
        .map((body) => [`:policy${text(body, "path") ?? "/"}${text(body, "name")}`, text(body, "policy") ?? ""]),
    );
    return this.#policies;
  }

  /**
   * What holds a role or a user that reaches keys: where it goes, or becomes another one, more may
   * be allowed.
   */
  #bounds(address: string, body: Attributes): Fact[] {
    const [who] = met(text(body, "name") ?? `(${address})`, ["reader"], this.owned);
    if (who === undefined) return [];
    const boundary = text(body, "permissions_boundary");
    const session = body["max_session_duration"];
    const ignored = isAttributes(body["lifecycle"]) ? body["lifecycle"] : blocks(body, "lifecycle")[0];
    const words =
      boundary === undefined ? "" : (this.#documents().get(boundary.slice(boundary.indexOf(":policy/"))) ?? "");
    return [
      ...(boundary === undefined
        ? []
        : [this.#guard(address, "is limited by", `boundary ${withWords(boundary)} ${withWords(words)}`)]),
      ...(session === undefined || session === null || session === SESSION_SECONDS
        ? []
        : [this.#fact(address, "sets the session length", `${String(session)} s`)]),
      ...(ignored?.["ignore_changes"] === undefined
        ? []
        : [this.#fact(address, UNTOLD, `ignored changes: ${canonical(ignored["ignore_changes"])}`)]),
    ];
  }

  /** Where alarms go. */
  #topic(address: string, body: Attributes): Fact[] {
    const topics = [body["arn"], body["name"], `(${address})`].flatMap((name) => met(name, ["topic"], this.owned));
    const [topic] = topics.filter(({ certain }) => certain);
    if (topic === undefined) return this.#named("aws_sns_topic", address, body);
    return [this.#guard(address, "carries alarms", `${topic.owned.label}: ${configured(without(body, ONLY_SHOWN))}`)];
  }

  /** An alias by which a KMS key is found. */
  #kmsAlias(address: string, body: Attributes): Fact[] {
    const name = text(body, "name");
    return this.owned
      .filter(({ kind, said }) => kind === "KMS key" && name !== undefined && said.includes(name))
      .map(({ label }) => this.#fact(address, UNTOLD, `${label} may be found by it: ${configured(body)}`));
  }

  /** Metrics of the functions are what alarms look at. */
  #metricFilter(address: string, body: Attributes): Fact[] {
    const names = valuesAt(body, "metric_transformation.namespace");
    const isTheirs = names.some((each) => each === METRIC_NAMESPACE || (typeof each === "string" && isOpen(each)));
    return isTheirs ? [this.#fact(address, "writes metrics that alarms look at", configured(body))] : [];
  }

  /** An admin key's own secret is declared by whoever has it; its policy says who reads it. */
  #ofThing({ address, type }: Block, body: Attributes): Fact[] {
    const [attribute, kind] = TOLD_ELSEWHERE[type] ?? [];
    if (attribute !== undefined && kind !== undefined) {
      // Another part of the review tells of what it knows.
      if (this.isPart(address)) return [];
      return met(body[attribute], [kind], this.owned).map(({ owned }) =>
        this.#fact(address, UNTOLD, `it acts on ${owned.label}: ${configured(body)}`),
      );
    }
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
    if (rules.length === 0 && functions.length === 0) return this.#named("aws_cloudwatch_event_target", address, body);
    if (isRenderedTarget(body, rules.length === 1 && functions.length === 1)) return [];
    const all = [...functions, ...rules];
    const certain = all.every((each) => each.certain);
    const labels = all.map(({ owned }) => owned.label).join(", ");
    const does = functions.length > 0 ? "invokes by a rule" : "is invoked by the rule";
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
    // One that the stack makes is named by a reference, and by nothing that is not known.
    const [key] = names.flatMap((name) => met(name, ["KMS key"], this.owned)).filter(({ certain }) => certain);
    if (key === undefined) return [];
    const { policy, enable_key_rotation: rotated, ...settings } = without(body, [...ONLY_SHOWN, ...OF_KMS]);
    const document = typeof policy === "string" ? policy : canonical(policy);
    return [
      this.#guard(address, "encrypts", `${key.owned.label}: ${configured(settings)}`),
      ...(rotated === true ? [this.#guard(address, "is rotated by AWS", key.owned.label)] : []),
      ...(policy === undefined || policy === null
        ? []
        : this.#document(address, "sets its policy", `${key.owned.label}: `, document)),
    ];
  }

  #ofCheck({ address, body: written }: Block, body: Attributes): Fact[] {
    const { assert: _, ...rest } = body;
    // A data source in it is read like any other.
    const data = blocksOf(this.stack.stack, { data: written["data"] ?? {} });
    return [
      ...this.mentions
        .in("check", rest)
        .map((label) => this.#fact(address, UNTOLD, `it names ${label}: ${configured(rest)}`)),
      ...data.flatMap((each) => this.ofBlock({ ...each, address: `${address}.${each.address}` })),
    ];
  }

  #document(address: string, does: string, what: string, document: string): Fact[] {
    return documentFacts(document).map(({ how, denies }) => ({
      ...this.#fact(address, denies ? "denies" : does, `${what}${how}`),
      ...(denies ? { denies } : {}),
    }));
  }

  /** What is missing where it goes. */
  #guard(subject: string, does: string, how: string): Fact {
    return { ...this.#fact(subject, does, how), denies: true };
  }

  #fact(subject: string, does: string, how: string): Fact {
    return { stack: this.stack.stack, subject, does, how };
  }
}

/** AWS's own limit of a session. */
const SESSION_SECONDS = 3_600;
/** What is said to people, or by the provider. */
const ONLY_SHOWN = ["display_name", "id", "owner", "region", "timeouts"];
/** What the provider reads back. */
const OF_PROVIDER = ["arn", "id", "valid_until", "//"];
const OF_KMS = ["rotation_period_in_days", "arn", "key_id"];

/** Texts in a block that are policies of IAM. */
function policyTextsIn(value: unknown): string[] {
  if (typeof value === "string") return /^\s*\{/.test(value) && value.includes("Statement") ? [value] : [];
  if (Array.isArray(value)) return value.flatMap(policyTextsIn);
  return isAttributes(value) ? Object.values(value).flatMap(policyTextsIn) : [];
}

function without(body: Attributes, names: readonly string[]): Attributes {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));
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

/**
 * The local by which the library names an observer; of a plan its value is not told until the
 * observer exists.
 */
const OBSERVER_LOCAL = /\{ local\.scoped-keys_[\w-]*observer_[0-9A-F]{8} \}/;

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
  const declared = new Set(
    stack.blocks
      .filter(({ kind, type }) => kind === "resource" && type === "aws_iam_group")
      .map((block) => text(stack.body(block), "name")),
  );
  return stack.blocks.flatMap((block) => {
    if (block.type !== "aws_iam_group_membership" && block.type !== "aws_iam_user_group_membership") return [];
    const body = stack.body(block);
    const groups = [...texts(body, "group"), ...texts(body, "groups")];
    return groups
      .filter((group) => strong.has(group) || !(known.has(group) || declared.has(group)))
      .map((group) => ({
        stack: stack.stack,
        subject: block.address,
        does: strong.has(group) ? "joins a group that reaches keys" : UNTOLD,
        how: `group ${group}: ${configured(body)}`,
      }));
  });
}
