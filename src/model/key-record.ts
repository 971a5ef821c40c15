import * as v from "valibot";
import { REPAIR_MAX_LENGTH } from "./events";
import { keyNameSchema, keyPolicySchema } from "./key-policy";
import { VENDOR_KEY_ID_MAX_LENGTH } from "./names";
import { LATEST_SECONDS } from "./units";

/** Unix seconds. */
const time = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LATEST_SECONDS));
const id = v.pipe(v.string(), v.minLength(1), v.maxLength(VENDOR_KEY_ID_MAX_LENGTH));

const currentKey = v.object({
  keyId: id,
  versionId: id,
  issuedAt: time,
  expiresAt: time,
  /**
   * A rotation in place has begun: the value of this version ends then at the latest, though the
   * vendor key does not.
   */
  valueEndsAt: v.optional(time),
  /**
   * When its value passed its test. Absent: nobody has tested it yet, and the next sweep or apply
   * does.
   */
  testedAt: v.optional(time),
});

const pendingKey = v.object({
  /**
   * Version of the secret that the value is stored under; the intent is recorded before anything is
   * minted.
   */
  token: id,
  /** Who started it: a reconcile finishes its own, Secrets Manager drives the other. */
  origin: v.picklist(["reconcile", "rotation"]),
  /** When the last attempt at minting it began. */
  startedAt: time,
  /**
   * Version that was AWSCURRENT when a rotation began, or when the sweep did; another by somebody's
   * hand is left alone.
   */
  replaces: v.optional(id),
  /** `mintedFacts` of the policy that it is minted with. */
  facts: v.optional(v.string()),
  /** Given up, and about to be revoked: nobody puts it into use any more. */
  discarded: v.optional(v.literal(true)),
  /** Known once minted; its value may not be stored yet. */
  keyId: v.optional(id),
  issuedAt: v.optional(time),
  expiresAt: v.optional(time),
  /** The vendor's own word, where that is not what its version says. */
  endsAt: v.optional(time),
  /** When its value passed its test; without that it is not put into use. */
  testedAt: v.optional(time),
});

const supersededKey = v.object({
  keyId: id,
  /** Server time before which the key must stay valid. */
  revokeAfter: time,
  /** It was stopped at the vendor; people can take that back until it is revoked. */
  disabled: v.optional(v.literal(true)),
  expiresAt: time,
});

/** An emergency revoke that has begun and is not confirmed yet. */
const revocation = v.object({
  since: time,
  successor: v.boolean(),
  /** What is to die; a successor is not among them. */
  keyIds: v.array(id),
  /**
   * Of them, what the vendor has taken off its list, and since when: its value may go on working
   * for a while.
   */
  ended: v.optional(v.array(v.object({ keyId: id, since: time }))),
});

/** What the ledger remembers of one key: ids and times, never a value. */
export const keyRecordSchema = v.object({
  schema: v.literal(1),
  key: keyNameSchema,
  /** Which deployment writes it: `prefix.lineage`. Absent in records of older releases. */
  deployment: v.optional(id),
  /** An operator said that the account is gone, and the vendor did so too: in these words. */
  accountGone: v.optional(v.pipe(v.string(), v.maxLength(1_024))),
  /** Counts the writes; every write names the one it builds on. */
  rev: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** As last applied; absent until the first apply has succeeded. */
  policy: v.optional(keyPolicySchema),
  /** Token of the last reconcile that succeeded. */
  repair: v.pipe(v.string(), v.minLength(1), v.maxLength(REPAIR_MAX_LENGTH)),
  /** An apply that began and has not succeeded. */
  unfinished: v.optional(
    v.object({
      action: v.picklist(["apply", "destroy"]),
      policy: v.optional(v.string()),
      since: time,
      reason: v.string(),
      /** A destroy after which nothing of the key is live; only Terraform has not come back. */
      revoked: v.optional(v.literal(true)),
    }),
  ),
  /** The key's own account at the vendor. */
  ownerId: v.optional(id),
  current: v.optional(currentKey),
  pending: v.array(pendingKey),
  superseded: v.array(supersededKey),
  revocation: v.optional(revocation),
  /**
   * Vendor keys that their vendor refuses, while nothing shows that it is well; since when each of
   * them was refused at every look.
   */
  refused: v.optional(v.array(v.object({ keyId: id, since: time }))),
  /**
   * Since when an operator has vendor keys retained. The marks themselves are the secret's; those
   * of older releases are not here.
   */
  retained: v.optional(v.array(v.object({ keyId: id, since: time, by: v.optional(v.string()) }))),
  /**
   * An operator has revoked everything, and nothing is issued until an apply that names this id.
   */
  stopped: v.optional(v.object({ id, since: time })),
  /** Not over yet. */
  incidents: v.optional(
    v.array(
      v.object({
        kind: id,
        since: time,
        /**
         * What the run knew of who had ordered it that wrote it down; absent in records of older
         * releases.
         */
        cause: v.optional(
          v.object({ door: v.optional(v.string()), requestId: v.string(), claimedBy: v.optional(v.string()) }),
        ),
        detail: v.optional(v.pipe(v.string(), v.maxLength(200))),
        /** The run that wrote it down has not told of it yet. */
        unpublished: v.optional(v.literal(true)),
      }),
    ),
  ),
});

export type KeyRecord = v.InferOutput<typeof keyRecordSchema>;
export type CurrentKey = v.InferOutput<typeof currentKey>;
export type PendingKey = v.InferOutput<typeof pendingKey>;
export type SupersededKey = v.InferOutput<typeof supersededKey>;

export function newKeyRecord(key: string): KeyRecord {
  return { schema: 1, key, rev: 0, repair: "none", pending: [], superseded: [] };
}

/** Ids of all vendor keys that the record accounts for. */
export function vendorKeyIds(record: KeyRecord): Set<string> {
  const ids = [record.current, ...record.pending, ...record.superseded].map((k) => k?.keyId);
  return new Set(ids.filter((keyId) => keyId !== undefined));
}
