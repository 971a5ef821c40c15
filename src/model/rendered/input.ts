import * as v from "valibot";
import { type KeyPolicy, keyPolicySchema } from "../key-policy";
import { type ProjectLimits, projectLimitsSchema } from "../project-limits";
import { parseStrictJson } from "../strict-json";
import { formOf } from "./rule";

/**
 * The repair token, which the plan knows: a text, or in configuration the expression that the
 * constructs write.
 */
const EXPRESSION = /,"repair":\$\{jsonencode\(lookup\((local\.[\w-]+), "([A-Za-z0-9_.#-]{1,64})", "none"\)\)\}\}$/;

const keySchema = v.strictObject({
  key: v.string(),
  secret: v.string(),
  policy: keyPolicySchema,
  repair: v.string(),
});
const accountSchema = v.strictObject({ account: projectLimitsSchema, repair: v.string() });

/**
 * Where the repair token comes from: what it is, or in configuration the name of the key that it is
 * looked up for.
 */
export type Repair = { readonly token: string } | { readonly of: string; readonly local: string };

/** Input of an invocation, as the constructs write it. */
export type RenderedInput =
  | {
      readonly kind: "key";
      readonly key: string;
      readonly secret: string;
      readonly policy: KeyPolicy;
      readonly repair: Repair;
    }
  | { readonly kind: "account"; readonly account: ProjectLimits; readonly repair: Repair };

/** Undefined for what the constructs do not write. */
export function readInput(value: unknown): RenderedInput | undefined {
  const { parsed, repair } = taken(value) ?? {};
  if (repair === undefined) return undefined;
  const ofKey = v.safeParse(keySchema, parsed);
  if (ofKey.success) {
    const { key, secret, policy } = ofKey.output;
    return { kind: "key", key, secret, policy, repair };
  }
  const ofAccount = v.safeParse(accountSchema, parsed);
  return ofAccount.success ? { kind: "account", account: ofAccount.output.account, repair } : undefined;
}

/** Whatever is not JSON with each member once is itself. */
export function inputForm(value: unknown): unknown {
  const { parsed, repair } = taken(value) ?? {};
  return typeof parsed !== "object" || parsed === null ? value : formOf({ ...parsed, repair });
}

function taken(value: unknown): { readonly parsed: unknown; readonly repair: Repair | undefined } | undefined {
  if (typeof value !== "string") return undefined;
  const expression = EXPRESSION.exec(value);
  const head = value.slice(0, expression?.index);
  // Beside the repair token nothing is left to Terraform.
  if (expression !== null && /(?<!\$)\$\{|(?<!%)%\{/.test(head)) return undefined;
  const text = expression === null ? value : `${unescaped(head)},"repair":"none"}`;
  try {
    const parsed = parseStrictJson(text);
    const [, local = "", of = ""] = expression ?? [];
    const token = v.safeParse(tokenSchema, parsed);
    return {
      parsed,
      repair: expression !== null ? { of, local } : token.success ? { token: token.output.repair } : undefined,
    };
  } catch {
    return undefined;
  }
}

const tokenSchema = v.looseObject({ repair: v.string() });

function unescaped(literal: string): string {
  return literal.replace(/([$%])\1\{/g, "$1{");
}
