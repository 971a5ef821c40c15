import { judge } from "../../engine/commands/observe/drift";
import type { Encryption } from "../../engine/integrity/encryption";
import type { Reading } from "../../engine/reading";
import type { ObservedKey, ObservedState } from "../../model/events";
import { INCIDENTS } from "../../model/incidents";
import { policyDigest } from "../../model/key-policy";
import type { KeyRecord } from "../../model/key-record";
import { secretName } from "../../model/names";
import type { ScheduledDeletion } from "../../model/scheduled-deletion";
import { isoSeconds } from "../../model/units";
import type { VendorDescriptor } from "../../model/vendor-descriptor";
import { isUnissued } from "../../secrets/labels";
import { vendorDescriptors } from "../../vendors/descriptors";
import { type Described, described, type SecretFacts } from "./secrets";
import type { KeyState } from "./states";

/** `manual`: a person rotates it. `off`: it is declared, and switched off at the secret. */
export type RotationMode = "scheduled" | "manual" | "none" | "off" | "unknown";

/** What is known of one key; null is what is not known, or not there. Times are ISO 8601. */
export interface KeyStatus {
  /** Of its secret. */
  readonly name: string;
  readonly issuer: string;
  readonly key: string;
  readonly state: KeyState;
  readonly owner: string | null;
  readonly vendor: string | null;
  readonly vendorKey: string | null;
  readonly issuedAt: string | null;
  readonly expiresAt: string | null;
  readonly rotation: RotationMode;
  readonly nextRotationAt: string | null;
  /** `not_issued`: what programs read says that nothing was issued yet. */
  readonly secret: "present" | "not_issued" | "gone" | "unknown";
  /** Day on which somebody last read the secret; null also where nobody has. */
  readonly lastUsedAt: string | null;
  /** Never `in_sync` unless the vendor was asked. */
  readonly drift: ObservedState;
  /** A sentence for all that is wrong or not known. */
  readonly reasons: readonly string[];
  /** Superseded vendor keys that may still work, and until when. */
  readonly overlap: ReadonlyArray<{ readonly vendorKey: string; readonly until: string }>;
}

export interface KeyFacts {
  readonly issuer: string;
  readonly key: string;
  /** The ledger's; an Error where its record cannot be read. */
  readonly record: Reading<KeyRecord | Error | undefined>;
  readonly secret: Reading<SecretFacts | undefined>;
  readonly encryption: Encryption;
  /** Of a secret that is not there. */
  readonly deletion: Reading<ScheduledDeletion | undefined> | undefined;
  /** What the issuer's observer says; undefined where it was not asked. */
  readonly observed: Reading<ObservedKey | undefined> | undefined;
  /** Unix seconds, by the servers' clock. */
  readonly now: number;
}

const NOT_ISSUED =
  "its secret says that nothing was issued yet: programs that read it find no key until the first one has passed its test";
const NOT_ASKED = "the vendor was not asked; --live asks it";

export function keyStatus(facts: KeyFacts): KeyStatus {
  const { issuer, key } = facts;
  const record = recordOf(facts);
  const secret = "value" in facts.secret ? facts.secret.value : undefined;
  const inDescription = secret === undefined ? undefined : described(secret.description);
  const { current, policy } = record ?? {};
  const rotation = rotationOf(record, inDescription, secret);
  const { drift, reasons } = driftOf(facts, record);
  return {
    name: secretName(issuer, key),
    issuer,
    key,
    state: stateOf(facts, record),
    owner: policy?.owner ?? inDescription?.owner ?? null,
    vendor: policy?.vendor ?? null,
    vendorKey: current?.keyId ?? null,
    issuedAt: iso(current?.issuedAt),
    expiresAt: iso(current === undefined ? undefined : endOf(current)),
    rotation,
    nextRotationAt: iso(nextRotation(rotation, record, secret)),
    secret: secretState(facts),
    lastUsedAt: iso(secret?.lastReadAt),
    drift,
    reasons: isNotIssued(facts) ? [...reasons, NOT_ISSUED] : reasons,
    overlap: (record?.superseded ?? []).map(({ keyId, revokeAfter }) => ({
      vendorKey: keyId,
      until: isoSeconds(revokeAfter),
    })),
  };
}

function secretState(facts: KeyFacts): KeyStatus["secret"] {
  if ("failed" in facts.secret) return "unknown";
  if (facts.secret.value === undefined) return "gone";
  return isNotIssued(facts) ? "not_issued" : "present";
}

function isNotIssued({ secret }: KeyFacts): boolean {
  return "value" in secret && secret.value !== undefined && isUnissued(secret.value.versions);
}

function recordOf({ record }: KeyFacts): KeyRecord | undefined {
  return "value" in record && !(record.value instanceof Error) ? record.value : undefined;
}

function endOf({ expiresAt, valueEndsAt }: NonNullable<KeyRecord["current"]>): number {
  return Math.min(expiresAt, valueEndsAt ?? expiresAt);
}

function stateOf(facts: KeyFacts, record: KeyRecord | undefined): KeyState {
  if ("failed" in facts.record) return "unknown";
  if (facts.record.value instanceof Error) return "unreadable";
  // Nothing is lost where nothing was issued.
  if (record === undefined) return isNotIssued(facts) ? "not_issued" : "lost";
  if (record.stopped !== undefined) return "stopped";
  if (record.revocation !== undefined) return "revoking";
  if (record.unfinished !== undefined) return "unfinished";
  if (record.current === undefined) return "not_issued";
  if ("value" in facts.secret && facts.secret.value === undefined) return "no_secret";
  if (endOf(record.current) <= facts.now) return "expired";
  if (record.incidents?.some(({ kind }) => kind === INCIDENTS.rotationDue)) return "due";
  return record.pending.some(({ discarded }) => discarded === undefined) ? "rotating" : "in_use";
}

function rotationOf(
  record: KeyRecord | undefined,
  inDescription: Described | undefined,
  secret: SecretFacts | undefined,
): RotationMode {
  if (secret?.rotationEnabled) return "scheduled";
  const { policy } = record ?? {};
  if (policy !== undefined) {
    if (policy.lifetime.rotateEverySeconds === undefined) return "none";
    if (vendorOf(policy.vendor)?.strategy === "manual") return "manual";
    return secret === undefined ? "unknown" : "off";
  }
  if (inDescription === undefined) return "unknown";
  return inDescription.rotation === "by_itself" ? "off" : inDescription.rotation;
}

function nextRotation(
  rotation: RotationMode,
  record: KeyRecord | undefined,
  secret: SecretFacts | undefined,
): number | undefined {
  if (rotation === "scheduled") return secret?.nextRotationAt;
  const { current, policy } = record ?? {};
  const every = policy?.lifetime.rotateEverySeconds;
  return rotation === "manual" && current !== undefined && every !== undefined ? current.issuedAt + every : undefined;
}

/**
 * By the observer where it was asked; else by the observer's own judgement of ledger and secret,
 * with the vendor unknown.
 */
function driftOf(facts: KeyFacts, record: KeyRecord | undefined): { drift: ObservedState; reasons: readonly string[] } {
  const { observed } = facts;
  if (observed !== undefined && "value" in observed) {
    return observed.value === undefined
      ? { drift: "in_sync", reasons: [] }
      : { drift: observed.value.state, reasons: observed.value.drift };
  }
  const vendor = observed?.failed ?? NOT_ASKED;
  if ("failed" in facts.record) return { drift: "unknown", reasons: reasonsOf(facts.record.failed, facts) };
  if (facts.record.value instanceof Error) return { drift: "unknown", reasons: [facts.record.value.message] };
  if (record === undefined && isNotIssued(facts)) {
    return { drift: "unknown", reasons: ["no apply of this key has succeeded yet"] };
  }
  if (record === undefined) return { drift: "drift", reasons: ["the ledger has lost this key"] };
  const descriptor = vendorOf(record.policy?.vendor);
  if (record.policy === undefined || descriptor === undefined) {
    const why =
      record.policy === undefined
        ? "no apply of this key has succeeded yet"
        : `this release does not know its vendor "${record.policy.vendor}"`;
    return { drift: "unknown", reasons: [record.unfinished?.reason ?? why] };
  }
  const judged = judge({
    key: facts.key,
    prefix: facts.issuer,
    declared: policyDigest(record.policy),
    deployment: "",
    vendor: { descriptor },
    record,
    secret: facts.secret,
    encryption: facts.encryption,
    deletion: facts.deletion,
    vendorKeys: { failed: vendor },
    scopeChanges: { value: [] },
    nowMillis: facts.now * 1_000,
  });
  return judged === undefined
    ? { drift: "unknown", reasons: [vendor] }
    : { drift: judged.state, reasons: judged.drift };
}

function reasonsOf(ledger: string, { secret }: KeyFacts): string[] {
  return [ledger, ...("failed" in secret ? [secret.failed] : [])];
}

function vendorOf(id: string | undefined): VendorDescriptor | undefined {
  return vendorDescriptors.find((vendor) => vendor.id === id);
}

function iso(seconds: number | undefined): string | null {
  return seconds === undefined ? null : isoSeconds(seconds);
}
