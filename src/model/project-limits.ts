import { createHash } from "node:crypto";
import * as v from "valibot";
import { defined } from "./defined";
import { amount, grantEntries, LISTED_MAX, RESOURCE, usdSchema } from "./grant";
import { shorten } from "./redact";

/**
 * What an issuer declares for the whole project (or the vendor's like) that its keys are in: what
 * the vendor enforces there and on no single key. What is absent is left as it is at the vendor.
 */

const RATES = ["requestsPerMinute", "tokensPerMinute", "inputTokensPerMinute", "outputTokensPerMinute"] as const;
export type RateName = (typeof RATES)[number];

const RATE_WORDS: Readonly<Record<RateName, string>> = {
  requestsPerMinute: "requests a minute",
  tokensPerMinute: "tokens a minute",
  inputTokensPerMinute: "input tokens a minute",
  outputTokensPerMinute: "output tokens a minute",
};

const name = v.pipe(v.string(), v.regex(RESOURCE));

const projectRateSchema = v.pipe(
  v.strictObject({
    /** As the vendor names it. */
    model: v.optional(name),
    /** In its place, where rates are the same for a group of models. */
    group: v.optional(name),
    requestsPerMinute: amount,
    tokensPerMinute: amount,
    inputTokensPerMinute: amount,
    outputTokensPerMinute: amount,
  }),
  v.check(
    ({ model, group }) => (model === undefined) !== (group === undefined),
    "set exactly one of `model` and `group`",
  ),
  v.check((rate) => RATES.some((each) => rate[each] !== undefined), "declare at least one limit"),
);
export type ProjectRate = v.InferOutput<typeof projectRateSchema>;

const projectLimitsEntries = {
  /** The only ones that may be used. */
  models: grantEntries.models,
  rates: v.optional(
    v.pipe(
      v.array(projectRateSchema),
      v.minLength(1),
      v.maxLength(LISTED_MAX),
      v.check(
        (list) => new Set(list.map(rateSubject)).size === list.length,
        "declare the rates of a model or group only once",
      ),
      v.readonly(),
    ),
  ),
  /** The vendor refuses calls beyond it until the month is over. */
  spendUsdPerMonth: v.optional(usdSchema),
};

/** Also what a Terraform plan shows field by field: order and names are part of the product. */
const fields = v.strictObject({ vendor: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,32}$/)), ...projectLimitsEntries });
export type ProjectLimits = v.InferOutput<typeof fields>;
export const projectLimitsSchema = v.pipe(
  fields,
  v.check((policy) => projectLimitsDimensions(policy).length > 0, "declare at least one limit"),
);

/** What rates are for: a model or a group. */
export function rateSubject({ model, group }: Pick<ProjectRate, "model" | "group">): string {
  return model ?? group ?? "";
}

/**
 * Fields in the order of the schema, lists sorted: two policies that mean the same are the same
 * text.
 */
export function canonicalProjectLimits({ vendor, models, rates, spendUsdPerMonth }: ProjectLimits): ProjectLimits {
  return {
    vendor,
    ...(models === undefined ? {} : { models: [...models].sort() }),
    ...(rates === undefined ? {} : { rates: rates.map(canonicalRate).sort(bySubject) }),
    ...defined({ spendUsdPerMonth }),
  };
}

function canonicalRate(rate: ProjectRate): ProjectRate {
  const { model, group } = rate;
  const amounts = RATES.filter((each) => rate[each] !== undefined).map((each) => [each, rate[each]]);
  return {
    ...defined({ model, group }),
    ...Object.fromEntries(amounts),
  };
}

function bySubject(a: ProjectRate, b: ProjectRate): number {
  return rateSubject(a) < rateSubject(b) ? -1 : 1;
}

/** 12 hexadecimal digits that name project limits in events, plans and logs. */
export function projectLimitsDigest(policy: ProjectLimits): string {
  return createHash("sha256")
    .update(JSON.stringify(canonicalProjectLimits(policy)))
    .digest("hex")
    .slice(0, 12);
}

/** Dimensions of a descriptor that the policy asks for. */
export function projectLimitsDimensions({ models, rates = [], spendUsdPerMonth }: ProjectLimits) {
  const asked = {
    models: models !== undefined,
    requestsPerMinute: rates.some((rate) => rate.requestsPerMinute !== undefined),
    tokensPerMinute: rates.some((rate) =>
      RATES.some((each) => each !== "requestsPerMinute" && rate[each] !== undefined),
    ),
    spend: spendUsdPerMonth !== undefined,
  };
  return (Object.keys(asked) as Array<keyof typeof asked>).filter((dimension) => asked[dimension]);
}

/**
 * What the vendor enforces of what a policy declares. `null`: it says that there is no such limit.
 */
export interface ProjectLimitsState {
  readonly models?: readonly string[] | null;
  /** By the policy's model or group; what the vendor does not know is absent. */
  readonly rates?: ReadonlyMap<string, Readonly<Partial<Record<RateName, number | null>>>>;
  readonly spendUsdPerMonth?: number | null;
}

/** How sentences name what is compared. */
export interface ProjectLimitsNames {
  /** `project proj_abc` */
  readonly account: string;
  /** `OpenAI` */
  readonly vendor: string;
}

const DIFFERENCE_MAX_LENGTH = 300;

export interface ProjectLimitsDifference {
  /** `the models`, `requests a minute of gpt-5` */
  readonly what: string;
  /** `the models of project proj_abc changed at OpenAI: +gpt-4.1` */
  readonly sentence: string;
}

/** Each thing that is other than declared; what the policy does not declare is not compared. */
export function projectLimitsDifferences(
  policy: ProjectLimits,
  state: ProjectLimitsState,
  names: ProjectLimitsNames,
): ProjectLimitsDifference[] {
  return [
    ...modelDifferences(policy, state, names),
    ...rateDifferences(policy, state, names),
    ...spendDifferences(policy, state, names),
  ];
}

function modelDifferences(
  { models }: ProjectLimits,
  state: ProjectLimitsState,
  { account, vendor }: ProjectLimitsNames,
): ProjectLimitsDifference[] {
  if (models === undefined) return [];
  const what = "the models";
  const shown = state.models ?? undefined;
  if (shown === undefined) {
    return [{ what, sentence: `the list of models that ${account} may use was removed at ${vendor}` }];
  }
  const added = shown.filter((model) => !models.includes(model)).map((model) => `+${model}`);
  const removed = models.filter((model) => !shown.includes(model)).map((model) => `-${model}`);
  const change = shorten([...added, ...removed].join(" "), DIFFERENCE_MAX_LENGTH);
  return change === "" ? [] : [{ what, sentence: `${what} of ${account} changed at ${vendor}: ${change}` }];
}

function rateDifferences(
  { rates = [] }: ProjectLimits,
  state: ProjectLimitsState,
  { account, vendor }: ProjectLimitsNames,
): ProjectLimitsDifference[] {
  return rates.flatMap((rate) => {
    const subject = rateSubject(rate);
    const shown = state.rates?.get(subject);
    if (shown === undefined) {
      return [{ what: `rates of ${subject}`, sentence: `${vendor} shows no rates of ${subject} for ${account}` }];
    }
    return RATES.filter((each) => rate[each] !== undefined && rate[each] !== shown[each]).map((each) => {
      const what = `${RATE_WORDS[each]} of ${subject}`;
      const change = `from ${rate[each]} to ${shown[each] ?? "no limit"}`;
      return { what, sentence: `${what} changed for ${account} at ${vendor} ${change}` };
    });
  });
}

function spendDifferences(
  { spendUsdPerMonth: declared }: ProjectLimits,
  { spendUsdPerMonth: shown }: ProjectLimitsState,
  { account, vendor }: ProjectLimitsNames,
): ProjectLimitsDifference[] {
  if (declared === undefined || declared === shown) return [];
  const what = "the spend limit";
  const change = shown == null ? "was removed" : `changed from ${declared} to ${shown} USD a month`;
  return [{ what, sentence: `${what} of ${account} ${change} at ${vendor}` }];
}
