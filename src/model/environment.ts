import * as v from "valibot";
import { PREFIX } from "./names";
import { strictJson } from "./strict-json";

/**
 * Environment of the functions, as the constructs write it and the handlers read it. Holds no
 * secret.
 */
export const ENVIRONMENT = {
  prefix: "SCOPED_KEYS_PREFIX",
  ledgerTable: "SCOPED_KEYS_LEDGER_TABLE",
  /** Name or ARN of the secret with the admin key; absent where the vendor has none. */
  adminSecret: "SCOPED_KEYS_ADMIN_SECRET",
  /** JSON; its shape is the vendor's. */
  vendorSettings: "SCOPED_KEYS_VENDOR_SETTINGS",
  /**
   * Digest of the project limits that the issuer declares; absent where it declares none. The
   * controller applies no other.
   */
  accountPolicy: "SCOPED_KEYS_ACCOUNT_POLICY",
  /** Set where each plan of the issuer's keys asks the observer. */
  driftAtPlan: "SCOPED_KEYS_DRIFT_AT_PLAN",
  adminCallsPerMinute: "SCOPED_KEYS_ADMIN_CALLS_PER_MINUTE",
} as const;

export const environmentSchema = v.object({
  [ENVIRONMENT.prefix]: v.pipe(v.string(), v.regex(PREFIX)),
  [ENVIRONMENT.ledgerTable]: v.pipe(v.string(), v.minLength(1)),
  [ENVIRONMENT.adminSecret]: v.optional(v.pipe(v.string(), v.minLength(1))),
  [ENVIRONMENT.vendorSettings]: v.pipe(v.string(), strictJson()),
  [ENVIRONMENT.accountPolicy]: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/))),
  [ENVIRONMENT.driftAtPlan]: v.optional(v.literal("true")),
  [ENVIRONMENT.adminCallsPerMinute]: v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number), v.minValue(1)),
});
export type Environment = v.InferOutput<typeof environmentSchema>;
