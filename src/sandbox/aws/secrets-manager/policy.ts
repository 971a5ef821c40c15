import * as v from "valibot";
import { malformedPolicy } from "./errors";

const texts = v.union([v.string(), v.array(v.string())]);
const principal = v.union([v.literal("*"), v.record(v.string(), texts)]);
const conditions = v.record(
  v.string(),
  v.record(v.string(), v.union([texts, v.boolean(), v.number(), v.array(v.union([v.boolean(), v.number()]))])),
);

const statement = v.pipe(
  v.strictObject({
    Sid: v.optional(v.string()),
    Effect: v.picklist(["Allow", "Deny"]),
    Principal: v.optional(principal),
    NotPrincipal: v.optional(principal),
    Action: v.optional(texts),
    NotAction: v.optional(texts),
    Resource: v.optional(texts),
    NotResource: v.optional(texts),
    Condition: v.optional(conditions),
  }),
  v.check((s) => (s.Principal === undefined) !== (s.NotPrincipal === undefined), "one of Principal and NotPrincipal"),
  v.check((s) => (s.Action === undefined) !== (s.NotAction === undefined), "one of Action and NotAction"),
  v.check((s) => (s.Resource === undefined) !== (s.NotResource === undefined), "one of Resource and NotResource"),
);

const policySchema = v.strictObject({
  Version: v.optional(v.picklist(["2012-10-17", "2008-10-17"])),
  Id: v.optional(v.string()),
  Statement: v.union([
    v.pipe(v.array(statement), v.minLength(1)),
    v.pipe(
      statement,
      v.transform((one) => [one]),
    ),
  ]),
});

export type ResourcePolicy = v.InferOutput<typeof policySchema>;
type Statement = ResourcePolicy["Statement"][number];

/** @throws MalformedPolicyDocumentException */
export function parsePolicy(text: string): ResourcePolicy {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw malformedPolicy("This resource policy contains invalid JSON.");
  }
  const result = v.safeParse(policySchema, json);
  if (!result.success) {
    const issue = result.issues[0];
    throw malformedPolicy(`This resource policy has a syntax error at ${v.getDotPath(issue) ?? "its top"}.`);
  }
  return result.output;
}

/**
 * Whether a statement lets anybody in. AWS proves this; here it is read off the statement, in doubt
 * against the policy.
 */
export function isPublic(policy: ResourcePolicy): boolean {
  return policy.Statement.some((s) => s.Effect === "Allow" && allowsEveryPrincipal(s) && !narrowed(s));
}

function allowsEveryPrincipal(s: Statement): boolean {
  if (s.NotPrincipal !== undefined) return true;
  if (s.Principal === undefined) return false;
  if (s.Principal === "*") return true;
  return Object.entries(s.Principal).some(
    ([kind, value]) => kind !== "Service" && kind !== "Federated" && [value].flat().includes("*"),
  );
}

/**
 * Keys that tie a request to an account, an organisation, a network or a source; fixed values of
 * them keep the public out.
 */
const NARROWING_KEYS = new Set([
  "aws:principalaccount",
  "aws:principalarn",
  "aws:principalorgid",
  "aws:principalorgpaths",
  "aws:sourceaccount",
  "aws:sourcearn",
  "aws:sourceip",
  "aws:sourceorgid",
  "aws:sourceowner",
  "aws:sourcevpc",
  "aws:sourcevpce",
  "aws:userid",
  "aws:vpcsourceip",
  "kms:calleraccount",
]);

function narrowed(s: Statement): boolean {
  return Object.entries(s.Condition ?? {}).some(([operator, keys]) => {
    // A negated operator lets in whatever it does not name, …IfExists and ForAllValues a request
    // without the key.
    if (/not|ifexists|^forallvalues|^null$/i.test(operator)) return false;
    return Object.entries(keys).some(
      ([key, value]) =>
        NARROWING_KEYS.has(key.toLowerCase()) &&
        [value].flat().every((one) => typeof one === "string" && !/^[*?:]*$/.test(one) && !/\/0$/.test(one)),
    );
  });
}
