import * as v from "valibot";
import { claimedBySchema } from "./attribution";
import { keyNameSchema, keyPolicySchema } from "./key-policy";
import { projectLimitsSchema } from "./project-limits";

export const ADOPTED_MAX_LENGTH = 4_096;

/** Repair token of a key about which the observer has nothing to say. */
export const REPAIR_NONE = "none";
export const REPAIR_MAX_LENGTH = 1_024;

/**
 * AWS: 1 to 512 characters. A name and not an ARN, since the ARN of a new secret would hide the
 * whole input from its plan.
 */
const secretNameSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9/_+=.@-]{1,512}$/));

/**
 * What `aws_lambda_invocation` sends for one key; Terraform adds `tf`. It stands in state and plan,
 * so it holds no secret.
 */
const repair = v.pipe(v.string(), v.minLength(1), v.maxLength(REPAIR_MAX_LENGTH));
const desired = {
  key: keyNameSchema,
  secret: secretNameSchema,
  policy: keyPolicySchema,
  repair,
};
const previousInput = v.nullish(v.looseObject({}));

export const reconcileEventSchema = v.strictObject({
  ...desired,
  tf: v.looseObject({ action: v.picklist(["create", "update"]), prev_input: previousInput }),
});
export type ReconcileEvent = v.InferOutput<typeof reconcileEventSchema>;

/**
 * Deletion must work for policies that older releases wrote, so only what names the key is read.
 */
export const deleteEventSchema = v.looseObject({
  key: keyNameSchema,
  secret: secretNameSchema,
  tf: v.looseObject({ action: v.literal("delete"), prev_input: previousInput }),
});
export type DeleteEvent = v.InferOutput<typeof deleteEventSchema>;

/** What `aws_lambda_invocation` sends for the project limits of an issuer. */
export const projectLimitsEventSchema = v.strictObject({
  account: projectLimitsSchema,
  repair,
  tf: v.looseObject({ action: v.picklist(["create", "update"]), prev_input: previousInput }),
});
export type ProjectLimitsEvent = v.InferOutput<typeof projectLimitsEventSchema>;

/** Of any release's policy: nothing of it is read. */
export const deleteProjectLimitsEventSchema = v.looseObject({
  account: v.looseObject({}),
  tf: v.looseObject({ action: v.literal("delete"), prev_input: previousInput }),
});

/** Result of an apply of the project limits. Terraform keeps it in state. */
export interface ProjectLimitsResult {
  /** `project proj_abc` */
  readonly account: string;
  readonly policy: string;
  readonly repair: string;
  /** What was set, in words; empty where all was in place. */
  readonly changes: readonly string[];
}

/** Result of a reconcile. Terraform keeps it in state. */
export interface ReconcileResult {
  readonly key: string;
  readonly policy: string;
  readonly repair: string;
  /** What was done, in words: `issued`, `scopes set`, … ; empty where all was in place. */
  readonly changes: readonly string[];
}

/** Docs write `create_secret`, the service sends `createSecret`: both are taken. */
export const ROTATION_STEPS = {
  createSecret: "createSecret",
  create_secret: "createSecret",
  setSecret: "setSecret",
  set_secret: "setSecret",
  testSecret: "testSecret",
  test_secret: "testSecret",
  finishSecret: "finishSecret",
  finish_secret: "finishSecret",
} as const;
export type RotationStep = (typeof ROTATION_STEPS)[keyof typeof ROTATION_STEPS];

export const rotationEventSchema = v.object({
  Step: v.pipe(
    v.picklist(Object.keys(ROTATION_STEPS) as Array<keyof typeof ROTATION_STEPS>),
    v.transform((step) => ROTATION_STEPS[step]),
  ),
  SecretId: v.pipe(v.string(), v.maxLength(2_048), v.startsWith("arn:")),
  /** Becomes the version id; 32 to 64 characters, not always a UUID. */
  ClientRequestToken: v.pipe(v.string(), v.minLength(32), v.maxLength(64)),
  RotationToken: v.optional(v.pipe(v.string(), v.maxLength(4_096))),
});
export type RotationEvent = v.InferOutput<typeof rotationEventSchema>;

/** Input of the schedule's target. */
export const SWEEP_EVENT = { action: "sweep" } as const;
export const sweepEventSchema = v.strictObject({ action: v.literal("sweep") });

/** Of who orders. */
const claim = { claimedBy: v.optional(claimedBySchema) };

/**
 * An operator's emergency: everything that a key has now dies at once. Idempotent while it is not
 * done.
 */
export const revokeEventSchema = v.strictObject({
  action: v.literal("revoke"),
  key: keyNameSchema,
  /** False: nothing is issued, until an apply whose plan says so. */
  successor: v.boolean(),
  /** What is in use stays, since a person has just put it there; all else dies. */
  keepCurrent: v.optional(v.literal(true)),
  /** The vendor is asked whether the account is gone; then all is taken for dead. */
  accountGone: v.optional(v.literal(true)),
  ...claim,
});
export type RevokeEvent = v.InferOutput<typeof revokeEventSchema>;

const texts = v.pipe(v.array(v.string()), v.readonly());

/**
 * Ids of vendor keys. `alive` may also hold such as could not be confirmed dead; `reasons` say why.
 */
export const revokeResultSchema = v.object({
  key: keyNameSchema,
  /** Nothing is left to do; else the same call, or the next sweep, goes on. */
  done: v.boolean(),
  /** Nothing was revoked, since the account is gone: how that is known. */
  accountGone: v.optional(v.string()),
  successor: v.optional(v.string()),
  dead: texts,
  alive: texts,
  /**
   * Of those alive: what the vendor has revoked, and may go on taking until that time (ISO 8601).
   */
  revoked: v.optional(v.pipe(v.array(v.object({ keyId: v.string(), until: v.string() })), v.readonly())),
  /**
   * Of those dead: what nobody tried with a real call, since its value cannot be read; the vendor's
   * list lacks it, and its times are over.
   */
  untried: v.optional(v.pipe(v.array(v.object({ keyId: v.string(), why: v.string() })), v.readonly())),
  /** Marked by somebody, and left alone: these are alive, or not confirmed dead. */
  retained: texts,
  /**
   * What is known of those marks. `since` is ISO 8601, and absent where an older release set the
   * mark; `by` is what they said who set it.
   */
  marks: v.optional(
    v.pipe(
      v.array(v.object({ keyId: v.string(), since: v.optional(v.string()), by: v.optional(v.string()) })),
      v.readonly(),
    ),
  ),
  reasons: texts,
});
export type RevokeResult = v.InferOutput<typeof revokeResultSchema>;

/**
 * An operator marks the vendor key of a version so that nothing revokes it, or takes all marks of
 * the key off.
 */
export const retainEventSchema = v.strictObject({
  action: v.literal("retain"),
  key: keyNameSchema,
  version: v.picklist(["current", "previous"]),
  retain: v.boolean(),
  /** Also while an emergency revoke of the key is open, which then ends without that vendor key. */
  overEmergency: v.optional(v.literal(true)),
  ...claim,
});
export type RetainEvent = v.InferOutput<typeof retainEventSchema>;

export const retainResultSchema = v.object({
  key: keyNameSchema,
  /** Ids of vendor keys that the call marked. */
  retained: texts,
});
export type RetainResult = v.InferOutput<typeof retainResultSchema>;

/**
 * A person hands over a vendor key that the vendor's console made. The one event that holds a
 * value: it is never logged, and quoted by no error.
 */
export const adoptEventSchema = v.strictObject({
  action: v.literal("adopt"),
  key: keyNameSchema,
  value: v.pipe(v.string(), v.minLength(1), v.maxLength(ADOPTED_MAX_LENGTH)),
  ...claim,
});
export type AdoptEvent = v.InferOutput<typeof adoptEventSchema>;

export const adoptResultSchema = v.object({
  key: keyNameSchema,
  /** Id of the vendor key that is in use now. */
  keyId: v.string(),
  /** ISO 8601. */
  expiresAt: v.string(),
  /** What it has replaced, and until when that works on. */
  superseded: v.optional(v.object({ keyId: v.string(), until: v.string() })),
});
export type AdoptResult = v.InferOutput<typeof adoptResultSchema>;

/** Asks for the names of all keys that the issuer's ledger knows. */
export const keysEventSchema = v.strictObject({ action: v.literal("keys"), ...claim });
/** Answers an issuer's keys. */
export const keysResultSchema = v.object({ keys: v.pipe(v.array(keyNameSchema), v.readonly()) });
export type KeysResult = v.InferOutput<typeof keysResultSchema>;

const digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/));

/**
 * What `data.aws_lambda_invocation` sends: the keys declared in the stack, each with the digest of
 * its policy. All of it is known when a plan is made; one unknown value would put off the reading,
 * and with it every key's input.
 */
export const observeEventSchema = v.strictObject({
  action: v.literal("observe"),
  keys: v.record(keyNameSchema, digest),
  /** Of the project limits, where the issuer declares one. */
  account: v.optional(digest),
});
export type ObserveEvent = v.InferOutput<typeof observeEventSchema>;

/**
 * `behind`: the declared policy is not applied yet, as in any plan that changes it. `expired`: a
 * key without rotation has reached its end, as declared. `due`: a person has to make a new vendor
 * key; no apply can. `unknown`: vendor, ledger or secret could not be read, which is never taken
 * for in sync.
 */
export const OBSERVED_STATES = ["in_sync", "behind", "drift", "due", "unknown", "expired"] as const;
export type ObservedState = (typeof OBSERVED_STATES)[number];

/**
 * Only keys with something to say are in the map, the project limits as `ACCOUNT`; a missing key
 * has `repair` "none" and is in sync.
 */
export interface ObservedKey {
  readonly repair: string;
  readonly state: ObservedState;
  /** A sentence for each difference. */
  readonly drift: readonly string[];
  /** Where it is not the declared one: the policy that was applied last, by whatever door. */
  readonly applied?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Who has set that: the door, the request and what whoever ordered it claimed to be. Absent: not
   * known.
   */
  readonly by?: string | undefined;
}
export type ObserveResult = Readonly<Record<string, ObservedKey>>;

export const observeResultSchema = v.record(
  v.string(),
  v.object({
    repair: v.string(),
    state: v.picklist(OBSERVED_STATES),
    drift: texts,
    applied: v.optional(v.looseObject({})),
    by: v.optional(v.string()),
  }),
);
