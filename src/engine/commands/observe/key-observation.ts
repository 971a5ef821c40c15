import type { KeyRecord } from "../../../model/key-record";
import type { ScheduledDeletion } from "../../../model/scheduled-deletion";
import type { VendorDescriptor } from "../../../model/vendor-descriptor";
import type { ScopeChange, VendorKey } from "../../../vendors/vendor";
import type { Encryption } from "../../integrity/encryption";
import type { SecretState } from "../../ports";
import type { Reading } from "../../reading";
import { isOfKey } from "../../vendor-keys/ownership";

/** What the observer knows when it judges one key. */
export interface KeyObservation {
  readonly key: string;
  readonly prefix: string;
  /** Digest of the policy that the stack declares. */
  readonly declared: string;
  readonly deployment: string;
  readonly vendor: { readonly descriptor: VendorDescriptor };
  readonly record: KeyRecord | undefined;
  readonly secret: Reading<SecretState | undefined>;
  readonly encryption: Encryption;
  /** Of a secret that is not there; undefined where nobody asked. */
  readonly deletion?: Reading<ScheduledDeletion | undefined> | undefined;
  readonly vendorKeys: Reading<readonly VendorKey[]>;
  /** Newest first. */
  readonly scopeChanges: Reading<readonly ScopeChange[]>;
  readonly nowMillis: number;
}

export function listedOf(evidence: KeyObservation, record: KeyRecord): readonly VendorKey[] | undefined {
  if (!("value" in evidence.vendorKeys)) return undefined;
  return evidence.vendorKeys.value.filter((found) => isOfKey(evidence, record, found));
}

/** Only a key without rotation is meant to reach its end. */
export function isExpired(evidence: KeyObservation, record: KeyRecord): boolean {
  if (record.policy === undefined || record.policy.lifetime.rotateEverySeconds !== undefined) return false;
  return (record.current?.expiresAt ?? Number.POSITIVE_INFINITY) <= evidence.nowMillis / 1_000;
}
