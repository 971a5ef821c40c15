import * as v from "valibot";
import type { Grant } from "../../model/grant";
import type { Granted } from "../../model/granted";
import { strictJson } from "../../model/strict-json";
import { VendorError } from "../../model/vendor-error";

/** The inline policy of a key's IAM user, made from its grant, and read back. */

export const INVOKE = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"] as const;
/**
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: of a user's inline
 * policies, without blanks.
 */
export const POLICY_MAX_LENGTH = 2_048;
/** A `$`, `?` or quote would mean something else in a policy than in a model's name. */
const MODEL = /^[A-Za-z0-9._:/*-]{1,256}$/;
/**
 * Inference profiles are named after a geography and the model: `us.anthropic.…`,
 * `global.amazon.…`.
 */
const PROFILE = /^(?:[a-z]{2}|us-gov|apac|global)\./;

const FOUNDATION_MODEL = "arn:aws:bedrock:*::foundation-model/";
const INFERENCE_PROFILE = "arn:aws:bedrock:*:*:inference-profile/";
const ALL_MODELS: readonly string[] = [`${FOUNDATION_MODEL}*`, `${INFERENCE_PROFILE}*`];

/**
 * Shown in place of models where the policy is none that a grant makes. Blanks: no model is named
 * so.
 */
const NO_POLICY: Granted = { models: ["(no policy)"] };
const FOREIGN_POLICY: Granted = { models: ["(a policy by another hand)"] };

type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action?: string | readonly string[];
  readonly NotAction?: readonly string[];
  readonly Resource?: string;
  readonly NotResource?: readonly string[];
  readonly Condition?: Condition;
}

/**
 * Allows models to be invoked with long-term API keys, and denies what is not granted: so no other
 * policy of the user widens it. Through a granted inference profile its models open, and not
 * directly.
 */
export function policyOf({ models, networks }: Grant, regions: readonly string[], endpoint: string): string {
  const text = JSON.stringify({ Version: "2012-10-17", Statement: statements(models, networks, regions) });
  const malformed = models?.find((model) => !MODEL.test(model));
  if (malformed !== undefined) {
    throw new VendorError("invalid", endpoint, "a model is neither an id nor an ARN of letters, digits and ._:/*-");
  }
  if (text.length > POLICY_MAX_LENGTH) {
    const sizes = `its policy would have ${text.length} characters of ${POLICY_MAX_LENGTH}`;
    throw new VendorError("invalid", endpoint, `too many models and networks for one IAM user: ${sizes}`);
  }
  return text;
}

function statements(
  models: readonly string[] | undefined,
  networks: readonly string[] | undefined,
  regions: readonly string[],
): Statement[] {
  const open = models === undefined ? ALL_MODELS : [...models].sort().map(arnOf);
  const profiles = open.filter((arn) => /^[^/]*inference-profile\//.test(arn));
  const deny = { Effect: "Deny" } as const;
  return [
    { Effect: "Allow", Action: INVOKE, Resource: "*" },
    ...["bedrock", "bedrock-mantle"].map((service) => ({
      Effect: "Allow" as const,
      Action: `${service}:CallWithBearerToken`,
      Resource: "*",
      Condition: { StringEquals: { [`${service}:BearerTokenType`]: "LONG_TERM" } },
    })),
    {
      ...deny,
      NotAction: [...INVOKE, "bedrock:CallWithBearerToken", "bedrock-mantle:CallWithBearerToken"],
      Resource: "*",
    },
    {
      ...deny,
      Action: INVOKE,
      NotResource: open,
      // What a call through a profile opens is the profile's own choice of model and region.
      ...(profiles.length === 0 ? {} : { Condition: { ArnNotLike: { "bedrock:InferenceProfileArn": profiles } } }),
    },
    {
      ...deny,
      Action: "*",
      Resource: "*",
      Condition: { StringNotEquals: { "aws:RequestedRegion": [...regions].sort() } },
    },
    ...(networks === undefined
      ? []
      : [
          {
            ...deny,
            Action: "*",
            Resource: "*",
            Condition: { NotIpAddress: { "aws:SourceIp": [...networks].sort() } },
          },
        ]),
  ];
}

function arnOf(model: string): string {
  if (model.startsWith("arn:")) return model;
  return (PROFILE.test(model) ? INFERENCE_PROFILE : FOUNDATION_MODEL) + model;
}

function modelOf(arn: string): string {
  const start = [FOUNDATION_MODEL, INFERENCE_PROFILE].find((known) => arn.startsWith(known)) ?? "";
  const model = arn.slice(start.length);
  return arnOf(model) === arn ? model : arn;
}

/** Whether the grant opens a foundation model in a region. */
export function opens({ models }: Grant, model: string, region: string): boolean {
  const arn = `arn:aws:bedrock:${region}::foundation-model/${model}`;
  return (models === undefined ? ALL_MODELS : models.map(arnOf)).some((pattern) => globOf(pattern).test(arn));
}

function globOf(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}

const list = v.array(v.string());
const shownSchema = v.object({
  Statement: v.array(
    v.object({
      NotResource: v.optional(list),
      Condition: v.optional(v.object({ NotIpAddress: v.optional(v.object({ "aws:SourceIp": v.optional(list) })) })),
    }),
  ),
});

/** The grant that a stored policy was made from; undefined: there is no policy. */
export function grantedBy(document: string | undefined, regions: readonly string[]): Granted {
  if (document === undefined) return NO_POLICY;
  const shown = v.safeParse(v.pipe(v.string(), strictJson(), shownSchema), document);
  if (!shown.success) return FOREIGN_POLICY;
  const { Statement } = shown.output;
  const open = Statement.find(({ NotResource }) => NotResource !== undefined)?.NotResource ?? [];
  const networks = Statement.map(({ Condition }) => Condition?.NotIpAddress?.["aws:SourceIp"]).find(
    (cidrs) => cidrs !== undefined,
  );
  const all = canonical(open) === canonical(ALL_MODELS);
  const models = all ? undefined : open.map(modelOf).sort();
  const made = { Version: "2012-10-17", Statement: statements(models, networks, regions) };
  if (canonical(JSON.parse(document)) !== canonical(made)) return FOREIGN_POLICY;
  return { models: models ?? null, networks: networks?.toSorted() ?? null };
}

/**
 * Two documents that mean the same are the same text: to IAM neither order nor a list around one
 * item matters.
 */
function canonical(value: unknown): string {
  if (Array.isArray(value)) {
    const items = value.map(canonical).sort();
    return items.length === 1 ? (items[0] ?? "") : `[${items.join()}]`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`);
  return `{${fields.sort().join()}}`;
}
