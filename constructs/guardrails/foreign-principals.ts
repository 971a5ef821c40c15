/** Who from outside of the account an IAM policy lets in. */
import * as v from "valibot";
import { strictJson } from "../../src/model/strict-json";

const texts = v.union([
  v.pipe(
    v.string(),
    v.transform((text) => [text]),
  ),
  v.array(v.string()),
]);
const statement = v.object({
  Effect: v.string(),
  Principal: v.optional(v.union([v.literal("*"), v.record(v.string(), texts)])),
  NotPrincipal: v.optional(v.unknown()),
  Condition: v.optional(v.unknown()),
});
const policySchema = v.pipe(
  v.string(),
  strictJson(),
  v.object({
    Statement: v.union([
      v.array(statement),
      v.pipe(
        statement,
        v.transform((one) => [one]),
      ),
    ]),
  }),
);

const ANYBODY = "anybody";

/**
 * @param policy JSON; ARNs in it may hold tokens, which are taken for the own account
 * @param listed accounts and ARNs that are let in
 * @returns whom it lets in beside them; undefined where the text is no policy that can be read
 */
export function foreignPrincipals(policy: string, listed: readonly string[]): string[] | undefined {
  const parsed = v.safeParse(policySchema, policy);
  if (!parsed.success) return undefined;
  const found = new Set<string>();
  for (const { Effect, Principal, NotPrincipal, Condition } of parsed.output.Statement) {
    if (Effect !== "Allow") continue;
    if (NotPrincipal !== undefined || Principal === "*") found.add(ANYBODY);
    if (Principal === undefined || Principal === "*") continue;
    for (const principal of Principal["AWS"] ?? []) {
      const foreign = foreignAws(principal, listed);
      if (foreign !== undefined) found.add(foreign);
    }
    // An identity provider tells its users apart in a condition and nowhere else.
    for (const provider of Condition === undefined ? (Principal["Federated"] ?? []) : []) {
      if (!listed.includes(provider)) found.add(`anybody whom ${provider} knows`);
    }
  }
  return [...found];
}

function foreignAws(principal: string, listed: readonly string[]): string | undefined {
  if (principal === "*") return ANYBODY;
  if (listed.includes(principal)) return undefined;
  const account = /^(?:arn:[^:]+:(?:iam|sts)::)?(\d{12})(?::|$)/.exec(principal)?.[1];
  return account === undefined || listed.includes(account) ? undefined : principal;
}
