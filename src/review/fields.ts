import { describeSpend } from "../model/grant";
import { type ProjectLimits, type ProjectRate, rateSubject } from "../model/project-limits";
import { count, describeSeconds, SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE } from "../model/units";
import { canonical } from "./attributes";
import type { Within } from "./direction";
import * as order from "./direction";
import type { FieldChange } from "./field-change";
import { type Exception, type Guard, type GuardrailFacts, UNKNOWN } from "./guardrail-facts";
import type { KeyFacts } from "./inventory-facts";
import type { IssuerFacts } from "./issuer-facts";
import { codeChange } from "./owned/code";

export type FieldOf<F> = (before: F | undefined, after: F | undefined) => FieldChange | undefined;

/**
 * @param value undefined: not declared; for a side that is missing altogether nothing is said
 * @param items what is told of a list that changed in part
 */
export function field<F, T>(
  name: string,
  value: (facts: F) => T,
  within: Within<T>,
  words: (value: T) => string,
  items: (value: T) => readonly string[] | undefined = listedTexts,
): FieldOf<F> {
  return (before, after) => {
    const [was, is] = [before, after].map((facts) => (facts === undefined ? undefined : { value: value(facts) }));
    if (canonical(was?.value) === canonical(is?.value)) return undefined;
    const [old, young] = [was, is].map((side) => (side === undefined ? undefined : items(side.value)));
    return {
      field: name,
      ...(was === undefined || is === undefined ? {} : { direction: order.directionOf(within, was.value, is.value) }),
      before: was?.value,
      after: is?.value,
      was: was === undefined ? "" : words(was.value),
      is: is === undefined ? "" : words(is.value),
      added: without(young, old),
      removed: without(old, young),
    };
  };
}

function listedTexts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : undefined;
}

function without(list: readonly string[] | undefined, other: readonly string[] | undefined): string[] {
  if (list === undefined || other === undefined) return [];
  const known = new Set(other);
  return list.filter((item) => !known.has(item));
}

const plain = (value: string | undefined) => value ?? "none";

const listedOr = (none: string) => (list: readonly string[] | undefined) =>
  list === undefined || list.length === 0 ? none : list.join(", ");

const unlimited = listedOr("not limited");

const amount = (unit: string) => (value: number | undefined) =>
  value === undefined ? "not limited" : `${value} ${unit}`;

const tags = (pairs: Readonly<Record<string, string>>) =>
  listedOr("none")(Object.entries(pairs).map(([name, value]) => `${name}=${value}`));

const kms = (arn: string | undefined) => arn ?? "AWS's own key for the service";

const replica = ({ region, kmsKey }: order.Replica) => (kmsKey === undefined ? region : `${region} (${kmsKey})`);

const statements = ({ allow, deny }: order.Rights) => `${count(allow.length, "statement")} allow, ${deny.length} deny`;

const statementTexts = ({ allow, deny }: order.Rights) => [...allow, ...deny];

/**
 * All of a policy in one field where it cannot be read: known after apply, or of another release.
 */
const unreadPolicy: FieldOf<KeyFacts> = (before, after) => {
  const unread = [before, after].some(
    (facts) => facts !== undefined && facts.address !== "" && facts.policy === undefined,
  );
  if (!unread) return undefined;
  return field<KeyFacts, unknown>(
    "policy",
    (facts) => facts.policyText ?? facts.description,
    // What cannot be read may be looser.
    order.identical,
    (value) => (typeof value === "string" ? value : "known after apply"),
  )(before, after);
};

type Known = KeyFacts & { readonly policy: NonNullable<KeyFacts["policy"]> };

function isKnown(facts: KeyFacts | undefined): facts is Known {
  return facts?.policy !== undefined;
}

/** Field of the policy, where it can be read on both sides that there are. */
function ofPolicy<T>(
  name: string,
  value: (policy: Known["policy"]) => T,
  within: Within<T>,
  words: (value: T) => string,
): FieldOf<KeyFacts> {
  const inner = field<Known, T>(name, ({ policy }) => value(policy), within, words);
  return (before, after) => {
    const readable = [before, after].every((facts) => facts === undefined || isKnown(facts));
    return readable ? inner(isKnown(before) ? before : undefined, isKnown(after) ? after : undefined) : undefined;
  };
}

const seconds = (value: number) => describeSeconds(value);

/** Compared by what it means beside the rotation. */
const overlapField: FieldOf<KeyFacts> = (before, after) => {
  const shown = ofPolicy(
    "lifetime.overlap",
    ({ lifetime }) => lifetime.overlapSeconds,
    order.atMost,
    seconds,
  )(before, after);
  if (shown?.direction === undefined || !isKnown(before) || !isKnown(after)) return shown;
  const words = ({ policy: { lifetime } }: Known) =>
    lifetime.rotateEverySeconds === undefined ? "until it ends" : seconds(lifetime.overlapSeconds);
  const direction = order.directionOf(order.overlap, before.policy.lifetime, after.policy.lifetime);
  return { ...shown, direction, was: words(before), is: words(after) };
};

/** In the order in which they are told. */
export const KEY_FIELDS: ReadonlyArray<FieldOf<KeyFacts>> = [
  unreadPolicy,
  ofPolicy("vendor", ({ vendor }) => vendor, order.identical, plain),
  ofPolicy("scopes", ({ scopes }) => scopes, order.orUnlimited(order.listed), unlimited),
  ofPolicy("models", ({ models }) => models, order.orUnlimited(order.patterns), unlimited),
  ofPolicy("endpoints", ({ endpoints }) => endpoints, order.orUnlimited(order.patterns), unlimited),
  ofPolicy(
    "limits.requestsPerMinute",
    (p) => p.limits?.requestsPerMinute,
    order.orUnlimited(order.atMost),
    amount("requests a minute"),
  ),
  ofPolicy(
    "limits.tokensPerMinute",
    (p) => p.limits?.tokensPerMinute,
    order.orUnlimited(order.atMost),
    amount("tokens a minute"),
  ),
  ofPolicy(
    "limits.charactersPerMonth",
    (p) => p.limits?.charactersPerMonth,
    order.orUnlimited(order.atMost),
    amount("characters a month"),
  ),
  ofPolicy(
    "limits.spend",
    (p) => p.limits?.spend,
    order.orUnlimited(order.spends),
    (spend) => (spend === undefined ? "not limited" : describeSpend(spend)),
  ),
  ofPolicy(
    "networks",
    ({ networks }) => networks,
    order.orUnlimited(order.networks),
    (list) => list?.join(", ") ?? "from anywhere",
  ),
  ofPolicy(
    "lifetime.rotateEvery",
    ({ lifetime }) => lifetime.rotateEverySeconds,
    order.orUnlimited(order.atMost),
    (every) => (every === undefined ? "not rotated" : `every ${describeSeconds(every)}`),
  ),
  overlapField,
  ofPolicy("lifetime.expiry", ({ lifetime }) => lifetime.expirySeconds, order.atMost, seconds),
  field("readers", ({ readers }) => readers, order.listed, listedOr("none")),
  field("encryption", ({ kmsKey }) => kmsKey, order.encryption, kms),
  field(
    "replicas",
    ({ replicas }) => replicas,
    order.replicas,
    (list) => listedOr("none")(list.map(replica)),
    (list) => list.map(replica),
  ),
  field("resource policy", ({ resourcePolicy }) => resourcePolicy, order.rights, statements, statementTexts),
  field(
    "schedule",
    ({ schedule }) => schedule,
    (a, b) => order.present(a !== undefined, b !== undefined),
    (schedule) => schedule ?? "none",
  ),
  ofPolicy("owner", ({ owner }) => owner, order.noReach, plain),
  ofPolicy("purpose", ({ purpose }) => purpose, order.noReach, plain),
  field("tags", (facts) => facts.tags, order.noReach, tags),
];

/** By model or group and rate, so that each is its own field. */
function ratesOf(account: ProjectLimits | undefined): ReadonlyMap<string, number> {
  return new Map(
    (account?.rates ?? []).flatMap((rate) =>
      RATES.flatMap((name) => {
        const value = rate[name];
        return value === undefined ? [] : [[`project.rates.${rateSubject(rate)}.${name}`, value] as const];
      }),
    ),
  );
}

const RATES = [
  "requestsPerMinute",
  "tokensPerMinute",
  "inputTokensPerMinute",
  "outputTokensPerMinute",
] as const satisfies ReadonlyArray<keyof ProjectRate>;

function rateFields(before: IssuerFacts | undefined, after: IssuerFacts | undefined): FieldChange[] {
  const names = [before, after].flatMap((facts) => [...ratesOf(facts?.account).keys()]);
  return [...new Set(names)]
    .sort()
    .map((name) =>
      field<IssuerFacts, number | undefined>(
        name,
        ({ account }) => ratesOf(account).get(name),
        order.orUnlimited(order.atMost),
        amount("a minute"),
      )(before, after),
    )
    .filter((change) => change !== undefined);
}

const EVERY = /^rate\((\d+) (minute|hour|day)s?\)$/;

const UNITS = { minute: SECONDS_PER_MINUTE, hour: SECONDS_PER_HOUR, day: SECONDS_PER_DAY };

/** Undefined where it cannot be told. */
export function everySeconds(schedule: string | undefined): number | undefined {
  const [, n, unit] = EVERY.exec(schedule ?? "") ?? [];
  return unit === "minute" || unit === "hour" || unit === "day" ? Number(n) * UNITS[unit] : undefined;
}

const sweeps: Within<string | undefined> = (a, b) => {
  if (a === b || b === undefined) return true;
  const [every, other] = [everySeconds(a), everySeconds(b)];
  return every !== undefined && other !== undefined && every <= other;
};

/** A plan tells it of one side alone. */
const driftField: FieldOf<IssuerFacts> = (before, after) => {
  const untold = [before, after].some((facts) => facts !== undefined && facts.driftAtPlan === undefined);
  if (untold) return undefined;
  const looked = ({ driftAtPlan }: IssuerFacts) => driftAtPlan === true;
  const words = (each: boolean) => (each ? "looked for" : "not looked for");
  return field<IssuerFacts, boolean>("drift at plan", looked, order.present, words)(before, after);
};

const ISSUER_FIELDS: ReadonlyArray<FieldOf<IssuerFacts>> = [
  field("settings", ({ vendorSettings }) => vendorSettings, order.identical, plain),
  field("project.models", ({ account }) => account?.models, order.orUnlimited(order.patterns), unlimited),
  field(
    "project.spend",
    ({ account }) => account?.spendUsdPerMonth,
    order.orUnlimited(order.atMost),
    amount("USD a month"),
  ),
  field("project", ({ accountText }) => accountText, order.identical, plain),
  field("admin key", ({ adminSecret }) => adminSecret, order.identical, plain),
  field("observer's admin key", ({ observerAdminSecret }) => observerAdminSecret, order.identical, plain),
  field(
    "rights of the controller",
    ({ controllerRights }) => controllerRights,
    order.rights,
    statements,
    statementTexts,
  ),
  field("rights of the observer", ({ observerRights }) => observerRights, order.rights, statements, statementTexts),
  field("invoked by", ({ invokers }) => invokers, order.listed, listedOr("nobody")),
  driftField,
  field("sweep", ({ sweep }) => sweep, sweeps, plain),
  field("alarms", ({ alarms }) => alarms, order.guards, listedOr("none")),
  field("alarms go to", ({ alarmTopics }) => alarmTopics, order.guards, listedOr("nobody")),
  field(
    "logs are kept",
    ({ logDays }) => logDays ?? Number.POSITIVE_INFINITY,
    order.atLeast,
    (days) => (Number.isFinite(days) ? `${days} days` : "forever"),
  ),
  field("encryption of logs", ({ logKmsKey }) => logKmsKey, order.encryption, kms),
  field("subnets", ({ subnets }) => subnets, placed, listedOr("outside any VPC")),
  field("security groups", ({ securityGroups }) => securityGroups, placed, listedOr("none")),
  field("admin calls a minute", ({ adminCallsPerMinute }) => adminCallsPerMinute, order.noReach, plain),
  field("tags", (facts) => facts.tags, order.noReach, tags),
  (before, after) => codeChange(before?.code, after?.code),
];

type Guarded = GuardrailFacts | undefined;

/**
 * Each guardrail, each exception and each environment is a field of its own; where one side cannot
 * be read, nothing is said of them.
 */
export function guardrailChanges(before: Guarded, after: Guarded): FieldChange[] {
  const sides = [before, after];
  const output = field<GuardrailFacts, unknown>(
    OUTPUT,
    ({ unread }) => unread,
    order.identical,
    (value) =>
      value === undefined ? "as this release writes it" : value === UNKNOWN ? UNKNOWN : "unreadable for this release",
  );
  const fields = sides.some((facts) => facts?.unread !== undefined)
    ? [output]
    : [
        ...names(sides.map((facts) => facts?.guardrails)).map((name) =>
          field<GuardrailFacts, readonly Guard[]>(
            `guardrail ${name}`,
            ({ guardrails }) => guardrails.get(name) ?? [],
            order.demands,
            (guards) =>
              listedOr("none")(guards.map(({ severity, demand }) => [severity, demand].filter(Boolean).join(", "))),
          ),
        ),
        ...names(sides.map((facts) => facts?.exceptions)).map((name) =>
          field<GuardrailFacts, readonly Exception[]>(
            `${EXCEPTION}${name}`,
            ({ exceptions }) => exceptions.get(name) ?? [],
            order.exceptions,
            (list) =>
              list
                .map(({ until, approver, reason }) => `until ${until}, approved by ${approver}: ${reason}`)
                .join("; ") || "none",
          ),
        ),
        ...names(sides.map((facts) => facts?.environments)).map((name) =>
          field<GuardrailFacts, readonly string[]>(
            name,
            ({ environments }) => environments.get(name)?.map((environment) => environment.name) ?? [],
            order.identical,
            listedOr("none"),
          ),
        ),
      ];
  return fields.map((change) => change(before, after)).filter((change) => change !== undefined);
}

const EXCEPTION = "exception from ";

const OUTPUT = "output";

/** Whether an exception is new or lasts longer, or nobody can tell. */
export function isExcepted({ field, after, direction }: FieldChange): boolean {
  if (field === OUTPUT) return true;
  const some = Array.isArray(after) && after.length > 0;
  return field.startsWith(EXCEPTION) && some && (direction === undefined || direction === "looser");
}

function names(maps: ReadonlyArray<ReadonlyMap<string, unknown> | undefined>): string[] {
  return [...new Set(maps.flatMap((map) => [...(map?.keys() ?? [])]))].sort();
}

/** Outside of any VPC a function may go anywhere. */
function placed(a: readonly string[], b: readonly string[]): boolean {
  return b.length === 0 || (a.length > 0 && order.listed(a, b));
}

export function keyChanges(before: KeyFacts | undefined, after: KeyFacts | undefined): FieldChange[] {
  return KEY_FIELDS.map((change) => change(before, after)).filter((change) => change !== undefined);
}

export function issuerChanges(before: IssuerFacts | undefined, after: IssuerFacts | undefined): FieldChange[] {
  const [first, second, third, ...rest] = ISSUER_FIELDS.map((change) => change(before, after));
  return [first, second, third, ...rateFields(before, after), ...rest].filter((change) => change !== undefined);
}
