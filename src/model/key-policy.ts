import { createHash } from "node:crypto";
import * as v from "valibot";
import { defined } from "./defined";
import { canonicalGrant, type Grant, grantEntries } from "./grant";
import { KEY_NAME } from "./names";
import { SECONDS_PER_DAY, SECONDS_PER_HOUR } from "./units";

/** Longest text of a purpose; it ends up in tags, where AWS allows 256 characters. */
export const PURPOSE_MAX_LENGTH = 256;

/** AWS: Secrets Manager rotates at most every 4 hours. */
export const ROTATION_INTERVAL_MIN_SECONDS = 4 * SECONDS_PER_HOUR;
/** AWS: and at least every 1,000 days. */
export const ROTATION_INTERVAL_MAX_SECONDS = 1_000 * SECONDS_PER_DAY;

export const OWNER =
  /^[^\s@<>()",;:\\[\]]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+$/;
export const OWNER_RULE = "the e-mail address of a team or person, at most 254 characters";

const positiveSeconds = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(ROTATION_INTERVAL_MAX_SECONDS));

export const lifetimeSchema = v.strictObject({
  /** Absent: the key is not rotated, and dies at its expiry. */
  rotateEverySeconds: v.optional(v.pipe(positiveSeconds, v.minValue(ROTATION_INTERVAL_MIN_SECONDS))),
  /** How long the superseded vendor key stays valid. 0 where nothing is rotated. */
  overlapSeconds: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(ROTATION_INTERVAL_MAX_SECONDS)),
  /** Life of one vendor key from its issue; enforced by the vendor. */
  expirySeconds: positiveSeconds,
});

/** Also what a Terraform plan shows field by field: order and names are part of the product. */
export const keyPolicySchema = v.strictObject({
  vendor: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,32}$/)),
  owner: v.pipe(v.string(), v.maxLength(254), v.regex(OWNER)),
  purpose: v.pipe(v.string(), v.minLength(1), v.maxLength(PURPOSE_MAX_LENGTH)),
  ...grantEntries,
  lifetime: v.pipe(
    lifetimeSchema,
    v.check(
      (l) => l.rotateEverySeconds === undefined || l.overlapSeconds < l.rotateEverySeconds,
      "the overlap must be shorter than the interval",
    ),
    v.check(
      (l) => (l.rotateEverySeconds ?? 0) + l.overlapSeconds < l.expirySeconds,
      "interval + overlap must be shorter than the expiry, or the key could expire before the next rotation has succeeded",
    ),
  ),
});

export type KeyPolicy = v.InferOutput<typeof keyPolicySchema>;
export type LifetimePolicy = v.InferOutput<typeof lifetimeSchema>;

export const keyNameSchema = v.pipe(v.string(), v.regex(KEY_NAME));

/**
 * Fields in the order of the schema, lists sorted: two policies that mean the same are the same
 * text.
 */
export function canonicalPolicy(policy: KeyPolicy): KeyPolicy {
  const { rotateEverySeconds, overlapSeconds, expirySeconds } = policy.lifetime;
  return {
    vendor: policy.vendor,
    owner: policy.owner,
    purpose: policy.purpose,
    ...canonicalGrant(policy),
    lifetime: {
      ...defined({ rotateEverySeconds }),
      overlapSeconds,
      expirySeconds,
    },
  };
}

/** 12 hexadecimal digits that name a policy in events, plans and logs. */
export function policyDigest(policy: KeyPolicy): string {
  return policySeal(policy).slice(0, 12);
}

/**
 * All 64 digits: a purpose is free text, and with it another policy of the same 12 is a matter of
 * hours.
 */
export function policySeal(policy: KeyPolicy): string {
  return createHash("sha256")
    .update(JSON.stringify(canonicalPolicy(policy)))
    .digest("hex");
}

/** What the policy lets the key do. */
export function grantOf(policy: KeyPolicy): Grant {
  return canonicalGrant(policy);
}

/** Names those parts of a policy that a vendor key gets when it is minted: grant and expiry. */
export function mintedFacts(policy: KeyPolicy): string {
  const { scopes = [], ...more } = grantOf(policy);
  // As long as there was nothing but scopes, these two were all; rotations that are under way go on
  // over an update.
  const facts = [scopes, policy.lifetime.expirySeconds, ...(Object.keys(more).length === 0 ? [] : [more])];
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 12);
}

/**
 * Time kept free between a rotation falling due and the expiry of the key it replaces. Secrets
 * Manager rotates somewhere in a window (to the end of the UTC day for schedules in days, one hour
 * for schedules in hours), and a failed rotation needs room for retries: another day, or another
 * interval where that is shorter.
 */
export function retryMarginSeconds(rotateEverySeconds: number): number {
  const window = rotateEverySeconds % SECONDS_PER_DAY === 0 ? SECONDS_PER_DAY : SECONDS_PER_HOUR;
  return window + Math.min(SECONDS_PER_DAY, rotateEverySeconds);
}
