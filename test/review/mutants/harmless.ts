import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { Duration, Lifetime, OpenAiScope } from "../../../constructs";
import { type Attributes, isAttributes } from "../../../src/review/attributes";
import { newIssuer, newKey } from "../../constructs/support";
import { planBetween } from "../plan";
import { type Declare, synthesised } from "../support";
import { type Base, basesOf, reviewed } from "./bases";
import { Random } from "./random";

const NARROW = { scopes: [OpenAiScope.MODELS_READ] };
const SHORT = {
  lifetime: Lifetime.rotating({ every: Duration.days(7), overlap: Duration.hours(4), expiry: Duration.days(10) }),
};

/** Declarations that allow no more than the first. */
const DECLARATIONS: Readonly<Record<string, Declare>> = {
  "as it is": declared({}),
  "another purpose": declared({ key: { purpose: `Answers, and \${nothing} else` } }),
  "another owner": declared({ key: { owner: "answers-team@example.com" } }),
  "other tags of the secret": declared({ key: { tags: { team: "answers", tier: "2" } } }),
  "other tags of the issuer": declared({ issuer: { tags: { cost: "42" } } }),
  "a narrower key": declared({ key: NARROW }),
  "a shorter life": declared({ key: SHORT }),
  "an added key": declared({}, (scope, issuer) => newKey(scope, issuer, { purpose: "More" }, "added")),
  "an added key that may do less": declared({}, (scope, issuer) =>
    newKey(scope, issuer, { ...NARROW, ...SHORT }, "added"),
  ),
  "an added key that another role reads": declared({}, (scope, issuer) => {
    const reader = new IamRole(scope, "more", { name: "more", assumeRolePolicy: "{}" });
    newKey(scope, issuer, { purpose: "More" }, "added").grants.read(reader);
  }),
  "logs that are kept for longer": declared({ issuer: { logs: { retentionDays: 365 } } }),
  "a topic for alarms": declared({ issuer: { alertTopicArn: "arn:aws:sns:us-east-1:111122223333:alerts" } }),
  "sweeps more often": declared({ issuer: { sweepEvery: Duration.minutes(15) } }),
};

interface Changed {
  readonly key?: Parameters<typeof newKey>[2];
  readonly issuer?: Parameters<typeof newIssuer>[1];
}

function declared(
  { key = {}, issuer: props = {} }: Changed,
  more: (scope: Parameters<Declare>[0], issuer: ReturnType<typeof newIssuer>) => void = () => {},
): Declare {
  return (scope) => {
    const issuer = newIssuer(scope, props);
    newKey(scope, issuer, key).grants.read(
      new IamRole(scope, "app", { name: "app", assumeRolePolicy: "{}", tags: { a: "b" } }),
    );
    newKey(scope, issuer, { purpose: "Other work" }, "other");
    more(scope, issuer);
  };
}

type Edit = (json: Attributes, random: Random) => Attributes;

/** Edits of a configuration that change nothing of what it means. */
const EDITS: Readonly<Record<string, Edit>> = {
  "members in another order": (json, random) => shuffled(json, random) as Attributes,
  "a comment": (json, random) => ({ ...json, "//": { note: random.below(1_000) } }),
  "comments of resources": (json) => ofResources(json, (_, values) => ({ ...values, "//": { note: "reviewed" } })),
  "tags of another role": (json, random) =>
    ofResources(json, (address, values) =>
      address === "aws_iam_role.app" ? { ...values, tags: { a: String(random.below(1_000)) } } : values,
    ),
  "dependencies in another order": (json, random) =>
    ofResources(json, (_, values) =>
      Array.isArray(values["depends_on"]) ? { ...values, depends_on: mixed(values["depends_on"], random) } : values,
    ),
  "statements in another order": (json, random) =>
    ofResources(json, (_, values) => {
      const policy = String(values["policy"] ?? "");
      if (!policy.startsWith("{")) return values;
      const { Statement, ...rest } = JSON.parse(policy);
      return { ...values, policy: JSON.stringify({ ...rest, Statement: mixed(Statement, random) }) };
    }),
  "an output of somebody else": (json, random) => ({
    ...json,
    output: { ...Object(json["output"]), [`other_${random.below(10)}`]: { value: "x" } },
  }),
  "a local of somebody else": (json, random) => ({
    ...json,
    locals: { ...Object(json["locals"]), [`other_${random.below(10)}`]: "x" },
  }),
};

function ofResources(json: Attributes, change: (address: string, values: Attributes) => Attributes): Attributes {
  const resource = Object.entries(Object(json["resource"])).map(([type, byId]) => [
    type,
    Object.fromEntries(
      Object.entries(Object(byId)).map(([id, values]) => [id, change(`${type}.${id}`, Object(values))]),
    ),
  ]);
  return { ...json, resource: Object.fromEntries(resource) };
}

function mixed<T>(list: readonly T[], random: Random): T[] {
  return list
    .map((each) => [random.next(), each] as const)
    .sort(([a], [b]) => a - b)
    .map(([, each]) => each);
}

function shuffled(value: unknown, random: Random): unknown {
  if (Array.isArray(value)) return value.map((each) => shuffled(each, random));
  if (!isAttributes(value)) return value;
  return Object.fromEntries(mixed(Object.entries(value), random).map(([name, each]) => [name, shuffled(each, random)]));
}

/** What was taken for loosened, and is not. The same seed makes the same edits. */
export function runHarmless(
  count: number,
  seed: number,
): { readonly edits: number; readonly alarms: readonly string[] } {
  const random = new Random(seed);
  const made = Object.entries(DECLARATIONS).map(([name, declare]) => ({ name, folder: synthesised(declare) }));
  const [first] = made;
  if (first === undefined) return { edits: 0, alarms: [] };
  const [before] = basesOf(first.folder);
  const bases = made.map(({ name, folder }) => ({ name, folder, base: basesOf(folder)[0] }));
  const alarms: string[] = [];
  for (let i = 0; i < count; i++) {
    const { name, folder, base } = random.of(bases);
    if (before === undefined || base === undefined) continue;
    const asPlan = random.below(4) === 0;
    const edits = asPlan ? [] : mixed(Object.keys(EDITS), random).slice(0, random.below(4));
    const json = asPlan
      ? planBetween(first.folder, folder)
      : edits.reduce((changed, edit) => EDITS[edit]?.(changed, random) ?? changed, base.json);
    const sides: Base = asPlan ? { ...before, kind: "plan" } : { ...before, beside: base.beside };
    const loosened = reviewed(sides, json, before.beside).entries.filter(({ verdicts }) =>
      verdicts.includes("loosened"),
    );
    for (const { name: of, fields } of loosened) {
      const told = fields.filter(({ direction }) => direction !== "same" && direction !== "tighter");
      alarms.push(
        `${name}, ${edits.join(", ")}${asPlan ? "plan" : ""}: ${of} ${told.map(({ field, is }) => `${field}: ${is}`).join("; ")}`,
      );
    }
  }
  return { edits: count, alarms };
}
