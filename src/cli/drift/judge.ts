import * as v from "valibot";
import { defined } from "../../model/defined";
import { type ObservedKey, type ObserveResult, observeResultSchema } from "../../model/events";
import { PROJECT_LIMITS } from "../../model/names";
import { strictJson } from "../../model/strict-json";
import { driftOfType } from "../../review/owned/drifted";
import type { Plan, ResourceChange } from "./plan";

/** `note`: a person has to do something that no apply can, or a key has ended as declared. */
export type Verdict = "in_sync" | "drift" | "unknown" | "pending" | "note";

/** What is found of a key, of project limits, or of another resource. */
export interface Finding {
  /**
   * Name of the key's secret, `<issuer's functions> project limits`, or an address of Terraform.
   */
  readonly subject: string;
  readonly kind: "key" | "resource";
  readonly verdict: Verdict;
  /** A sentence for each difference, or what is not known, or what is to be applied. */
  readonly sentences: readonly string[];
  /** ISO 8601: when the observer looked. */
  readonly seenAt?: string;
}

const INVOCATION = "aws_lambda_invocation";

const inputSchema = v.object({
  key: v.optional(v.string()),
  secret: v.optional(v.string()),
  policy: v.optional(v.unknown()),
  account: v.optional(v.unknown()),
  repair: v.string(),
});
type Input = v.InferOutput<typeof inputSchema>;

/**
 * Judges a plan of one stack: keys by what the observer says and by their repair tokens, all else
 * by what Terraform found changed.
 */
export function judgePlan(plan: Plan): Finding[] {
  const observed = observations(plan);
  const findings: Finding[] = [];
  const judged = new Set<string>();
  for (const change of plan.resource_changes) {
    const finding = change.type === INVOCATION && change.mode === "managed" ? judgeKey(change, observed) : undefined;
    if (finding === undefined) continue;
    findings.push(finding);
    judged.add(change.address);
  }
  const drifted = new Map(plan.resource_drift.map((change) => [change.address, change]));
  for (const change of plan.resource_changes) {
    if (judged.has(change.address) || change.mode !== "managed" || isNothing(change)) continue;
    findings.push(judgeResource(change, drifted.get(change.address)));
  }
  const changing = new Set(plan.resource_changes.filter((change) => !isNothing(change)).map(({ address }) => address));
  const left = plan.resource_drift.filter(({ address, mode }) => mode === "managed" && !changing.has(address));
  const names = ownNames(plan);
  const ofLeft = left.flatMap((change) => judgeLeft(change, names));
  const told = new Set(ofLeft.map(({ subject }) => subject));
  return [...notLookedAt(plan), ...findings, ...ofLeft, ...judgeCode(plan, told), ...failedChecks(plan, findings)];
}

const FUNCTION = "aws_lambda_function";

/**
 * Code that somebody has replaced, and that an apply since then has taken into the state: the AWS
 * provider compares what runs with nothing. A plan that deploys other code puts it right.
 */
function judgeCode({ resource_changes: changes }: Plan, told: ReadonlySet<string>): Finding[] {
  const managed = changes.filter(({ mode }) => mode === "managed");
  const called = new Set(managed.map(({ type, change }) => `${type} ${String(change.after?.["function_name"])}`));
  /** An issuer has both functions; its keys alone call one. */
  const isOurs = (name: string) => {
    const base = issuerOf(name, "controller") ?? issuerOf(name, "observer");
    const hasBoth = ROLES.every((role) => called.has(`${FUNCTION} ${base}-${role}`));
    return base !== undefined && (hasBoth || called.has(`${INVOCATION} ${base}-controller`));
  };
  return managed.flatMap(({ address, type, change: { before, after } }): Finding[] => {
    if (type !== FUNCTION || told.has(address) || before == null || after == null) return [];
    const [name, runs, deployed] = [before["function_name"], before["code_sha256"], before["source_code_hash"]];
    if (typeof name !== "string" || !isOurs(name) || deployed !== after["source_code_hash"]) return [];
    const finding = (verdict: Verdict, sentence: string): Finding[] => [
      { subject: address, kind: "resource", verdict, sentences: [sentence] },
    ];
    if (typeof runs !== "string" || typeof deployed !== "string") {
      return finding("unknown", `which code runs in ${name} was not compared: the plan has no hash of it`);
    }
    if (runs === deployed) return [];
    return finding(
      "drift",
      `AWS runs code with the hash ${runs} in ${name}, and Terraform has deployed ${deployed}; an apply does not revert it, ` +
        `so run in the stack's folder: aws lambda update-function-code --function-name ${name} --zip-file fileb://${String(after["filename"])}`,
    );
  });
}

const ROLES = ["controller", "observer"] as const;

/** Why a plan that finds nothing would say little. */
function notLookedAt(plan: Plan): Finding[] {
  const unknown = (sentence: string): Finding => ({
    subject: "plan",
    kind: "resource",
    verdict: "unknown",
    sentences: [sentence],
  });
  const managed = (plan.prior_state?.values?.root_module.resources ?? []).some(({ mode }) => mode === "managed");
  const keys = plan.resource_changes.filter(({ type, mode }) => type === INVOCATION && mode === "managed");
  const isLost = !managed && keys.length > 0 && keys.every(({ change }) => change.before == null);
  return [
    ...(plan.complete
      ? []
      : [
          unknown(
            "it covers only a part of the stack (-target, -exclude, or a deferred change): the rest was not checked",
          ),
        ]),
    ...(isLost
      ? [
          unknown(
            "the state has no resource of the stack: it was lost, this is another workspace or backend, or the stack was never applied",
          ),
        ]
      : []),
  ];
}

/** What the names of the stack's issuers, functions and secrets begin with. */
function ownNames(plan: Plan): string[] {
  const changes = [...plan.resource_changes, ...plan.resource_drift];
  const functions = changes.flatMap(({ change }) => {
    const name = (change.after ?? change.before)?.["function_name"];
    const base = issuerOf(name, "controller") ?? issuerOf(name, "observer");
    return base === undefined ? [] : [`${base}-`];
  });
  const secrets = changes.flatMap(({ change }) => inputOf(change.after ?? change.before)?.secret ?? []);
  return [...new Set([...functions, ...secrets])];
}

const NAMED_BY = ["name", "function_name", "alarm_name", "role", "rule", "resource_arn", "secret_id", "id"] as const;

/**
 * What was changed outside of Terraform, and no apply puts back: a function's code, a policy that a
 * role was given.
 */
function judgeLeft({ address, type, change: { before, after } }: ResourceChange, names: readonly string[]): Finding[] {
  if (before == null || after == null) return [];
  // By what it is called: a reader's role is given policies that name secrets.
  const text = JSON.stringify(NAMED_BY.map((attribute) => [before[attribute], after[attribute]]));
  if (!names.some((name) => text.includes(name))) return [];
  const sentences = driftOfType(address, type, before, after) ?? [];
  if (sentences.length === 0) return [];
  return [
    {
      subject: address,
      kind: "resource",
      verdict: "drift",
      sentences: sentences.map((sentence) => `${sentence}; an apply does not revert it`),
    },
  ];
}

function isNothing({ change }: ResourceChange): boolean {
  return change.actions.every((action) => action === "no-op" || action === "read");
}

/**
 * What each issuer's observer answered, by the common start of its functions' names. Absent where
 * it was not read.
 */
function observations(plan: Plan): Map<string, ObserveResult> {
  const found = new Map<string, ObserveResult>();
  for (const { mode, type, values } of plan.prior_state?.values?.root_module.resources ?? []) {
    if (mode !== "data" || type !== INVOCATION) continue;
    const name = issuerOf(values?.["function_name"], "observer");
    const parsed = v.safeParse(v.pipe(v.string(), strictJson(), observeResultSchema), values?.["result"]);
    if (name !== undefined && parsed.success) found.set(name, parsed.output);
  }
  return found;
}

/** `ai-keys-openai` of `ai-keys-openai-controller`, or of that function's ARN. */
function issuerOf(functionName: unknown, role: "controller" | "observer"): string | undefined {
  if (typeof functionName !== "string") return undefined;
  const name = functionName.split(":").at(-1) ?? "";
  return name.endsWith(`-${role}`) ? name.slice(0, -role.length - 1) : undefined;
}

/** Undefined where the invocation is none of ours. */
function judgeKey({ change }: ResourceChange, observed: ReadonlyMap<string, ObserveResult>): Finding | undefined {
  const { before, after, actions } = change;
  const issuer = issuerOf((after ?? before)?.["function_name"], "controller");
  const [was, willBe] = [inputOf(before), inputOf(after)];
  const input = willBe ?? was;
  const subject = input?.secret ?? (input?.account === undefined ? undefined : `${issuer} project limits`);
  if (issuer === undefined || input === undefined || subject === undefined) return undefined;
  const finding = (verdict: Verdict, sentences: readonly string[], seen?: ObservedKey): Finding => {
    const seenAt = /\(seen (\S+)\)$/.exec(seen?.repair ?? "")?.[1];
    return { subject, kind: "key", verdict, sentences, ...defined({ seenAt }) };
  };
  if (actions.includes("delete")) return finding("pending", ["the plan destroys it"]);
  const answer = observed.get(issuer);
  if (before == null) {
    const seen = answer?.[input.key ?? PROJECT_LIMITS];
    if (seen?.state === "drift") return finding("drift", seen.drift, seen);
    return finding("pending", ["the plan issues it"]);
  }
  if (answer === undefined) {
    return finding("unknown", [
      "it was not compared with the vendor: drift detection is off, or the observer was not read",
    ]);
  }
  const seen = answer[input.key ?? PROJECT_LIMITS];
  const policyChanges = was !== undefined && willBe !== undefined && declared(was) !== declared(willBe);
  switch (seen?.state) {
    case "drift":
      return finding("drift", seen.drift, seen);
    case "unknown":
      return finding("unknown", seen.drift, seen);
    case "due":
    case "expired":
      return finding("note", seen.drift, seen);
    case "behind":
      // Where the declaration is as it was applied, an apply has died before it reached the ledger.
      return policyChanges ? finding("pending", ["its policy changes"]) : finding("drift", seen.drift, seen);
    default:
      if (policyChanges) return finding("pending", ["its policy changes"]);
      return isNothing({ address: "", mode: "", type: "", change })
        ? finding("in_sync", [])
        : finding("drift", [`the last apply did not finish: its repair token is "${was?.repair ?? ""}"`], seen);
  }
}

function inputOf(values: ResourceChange["change"]["after"]): Input | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), strictJson(), inputSchema), values?.["input"]);
  return parsed.success ? parsed.output : undefined;
}

function declared({ secret, policy, account }: Input): string {
  return JSON.stringify([secret, policy, account]);
}

function judgeResource({ address, type, change }: ResourceChange, drift: ResourceChange | undefined): Finding {
  if (drift === undefined) {
    return {
      subject: address,
      kind: "resource",
      verdict: "pending",
      sentences: [`to ${change.actions.join(" and ")}`],
    };
  }
  const { before, after } = drift.change;
  // Names alone: values may be sensitive.
  const names = Object.keys({ ...before, ...after }).filter(
    (name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]),
  );
  const what = after == null ? "was deleted" : `was changed (${names.sort().join(", ")})`;
  const encryption = type === SECRET && after != null ? encryptionChanges(before ?? {}, after) : [];
  const sentences = [`${what} outside Terraform`, ...encryption];
  return { subject: address, kind: "resource", verdict: "drift", sentences };
}

const SECRET = "aws_secretsmanager_secret";

type Values = Readonly<Record<string, unknown>>;

/** ARNs of KMS keys are no secrets, and who can read the value follows from them. */
function encryptionChanges(before: Values, after: Values): string[] {
  const account = accountOf(after["arn"]);
  const [was, is] = [kmsKeysOf(before), kmsKeysOf(after)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((region) => {
    const [old, young] = [was.get(region), is.get(region)];
    // A replica that came or went is told as such.
    if (old === young || (region !== "" && (old === undefined || young === undefined))) return [];
    const foreign = accountOf(young) === "" || accountOf(young) === account ? "" : ` of account ${accountOf(young)}`;
    const of = region === "" ? "its KMS key" : `the KMS key of its replica in ${region}`;
    // The provider sends no update where the code names no key.
    const remedy =
      region === "" && old === ""
        ? `; an apply does not revert it, so run: aws secretsmanager update-secret --secret-id ${after["name"]} --kms-key-id alias/aws/secretsmanager`
        : "";
    return [`${of} was changed from ${old || MANAGED_KEY} to ${young || MANAGED_KEY}${foreign}${remedy}`];
  });
}

const MANAGED_KEY = "Secrets Manager's own";

/** By region of the replica; the secret's own by an empty text. */
function kmsKeysOf(values: Values): Map<string, string> {
  const replicas = Array.isArray(values["replica"]) ? values["replica"].map((each): Values => Object(each)) : [];
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return new Map([
    ["", text(values["kms_key_id"])],
    ...replicas.map(({ region, kms_key_id }) => [text(region), text(kms_key_id)] as const),
  ]);
}

function accountOf(arn: unknown): string {
  return typeof arn === "string" ? (arn.split(":")[4] ?? "") : "";
}

const CHECKED: Readonly<Record<string, Verdict>> = { drift: "drift", unknown: "unknown", due: "note", expired: "note" };

/** A check that does not hold says it for each key: what no finding has said is never lost. */
function failedChecks({ checks }: Plan, findings: readonly Finding[]): Finding[] {
  const told = (line: string) => findings.some(({ sentences }) => sentences.some((text) => line.includes(text)));
  return checks
    .filter(({ status }) => status !== "pass")
    .flatMap(({ instances }) => instances.flatMap(({ problems }) => problems))
    .flatMap(({ message }) => message.split("\n"))
    .flatMap((line): Finding[] => {
      const [, subject, state = "", text] = /^(\S+) \(([a-z]+)\): (.*)$/.exec(line) ?? [];
      const verdict = CHECKED[state];
      if (subject === undefined || text === undefined || verdict === undefined || told(line)) return [];
      return [{ subject, kind: "key", verdict, sentences: [text] }];
    });
}
