import { INCIDENTS } from "../../../model/incidents";
import type { KeyRecord } from "../../../model/key-record";
import { shorten } from "../../../model/redact";
import { isoTime } from "../../../model/units";
import { EXPIRY_TOLERANCE_SECONDS, shortLife } from "../../issuance/expiry";
import { isForeign, isLive, isOfKey } from "../../vendor-keys/ownership";
import { type Difference, grantDifferences } from "../../vendor-keys/permission-diff";
import { isExpired, type KeyObservation } from "./key-observation";

export function vendorDifferences(evidence: KeyObservation, record: KeyRecord): string[] {
  const { vendorKeys, nowMillis } = evidence;
  const { displayName: vendor, enforcement } = evidence.vendor.descriptor;
  if (!("value" in vendorKeys) || record.current === undefined) return [];
  const { current } = record;
  const now = nowMillis / 1_000;
  const drift: string[] = [];
  const found = vendorKeys.value.find((k) => k.id === current.keyId);
  if (found === undefined) {
    if (!isExpired(evidence, record)) drift.push(`vendor key ${current.keyId} was deleted at ${vendor}`);
  } else if (found.disabled === true) {
    drift.push(`vendor key ${current.keyId} was disabled at ${vendor}`);
  } else if (found.expiresAt !== undefined && found.expiresAt <= now) {
    if (!isExpired(evidence, record)) {
      drift.push(`vendor key ${current.keyId} was disabled by expiry at ${vendor} on ${isoTime(found.expiresAt)}`);
    }
  } else if (enforcement.expiry !== "key" || current.valueEndsAt !== undefined) {
    // The sweep ends it; or a rotation in place that is under way has moved it.
  } else if (found.expiresAt === undefined) {
    drift.push(
      `expiry of vendor key ${current.keyId} was removed at ${vendor}; applied was ${isoTime(current.expiresAt)}`,
    );
  } else if (Math.abs(found.expiresAt - current.expiresAt) > EXPIRY_TOLERANCE_SECONDS) {
    drift.push(
      `expiry of vendor key ${current.keyId} changed at ${vendor} from ${isoTime(current.expiresAt)} to ${isoTime(found.expiresAt)}`,
    );
  } else if (record.policy !== undefined) {
    const short = shortLife(evidence.vendor, current, record.policy);
    if (short !== undefined) {
      drift.push(
        `${vendor} ends vendor key ${current.keyId} on ${isoTime(short.ends)}, and the policy declares ${isoTime(short.declared)}`,
      );
    }
  }
  for (const foreign of vendorKeys.value) {
    if (!isLive(foreign, now) || !isForeign(evidence, record, foreign)) continue;
    drift.push(`vendor key ${foreign.id} "${shorten(foreign.name, 80)}" at ${vendor} was made by somebody else`);
  }
  return drift;
}

/** What the ledger would have revoked, and nothing shows to be the key's. */
export function strangers(evidence: KeyObservation, record: KeyRecord): string[] {
  const { vendorKeys, vendor } = evidence;
  // A value in the secret may show what the vendor does not; whether one does, a sweep has looked.
  const told = (record.incidents ?? []).some(({ kind }) => kind === INCIDENTS.notShownOurs);
  if (!told || !("value" in vendorKeys)) return [];
  const doomed = [...record.superseded.map(({ keyId }) => keyId), ...(record.revocation?.keyIds ?? [])];
  return [...new Set(doomed)]
    .filter((keyId) => vendorKeys.value.some((k) => k.id === keyId && !isOfKey(evidence, record, k)))
    .map(
      (keyId) =>
        `vendor key ${keyId}, which the ledger would have revoked, is not shown to be this key's at ${vendor.descriptor.displayName}`,
    );
}

export function grantDrift(evidence: KeyObservation, record: KeyRecord): string[] {
  const { policy, current } = record;
  if (policy === undefined || current === undefined) return [];
  const sentence = ({ dimension, change }: Difference) =>
    `${dimension} of vendor key ${current.keyId} changed at ${evidence.vendor.descriptor.displayName}${change}`;
  const shown =
    "value" in evidence.vendorKeys ? evidence.vendorKeys.value.find((k) => k.id === current.keyId) : undefined;
  const drift = grantDifferences(policy, shown?.granted).map(sentence);
  if (shown?.granted?.scopes !== undefined || !("value" in evidence.scopeChanges)) return drift;
  const last = evidence.scopeChanges.value.find((change) => change.keyId === current.keyId);
  if (last === undefined) return drift;
  const by = last.actor === undefined ? "" : ` by ${shorten(last.actor, 80)}`;
  const audited = grantDifferences(policy, { scopes: last.scopes }).map(sentence);
  return [...drift, ...audited.map((text) => `${text}, on ${isoTime(last.at)}${by} as its audit log says`)];
}

/** The end of a repair token. */
const SEEN = / \(seen (\d{4}-\d\d-\d\dT[\d:.]+Z)\)$/;

/**
 * What the vendor's audit log knows of since the plan whose apply was the last, and what is as
 * declared again: shown by one plan, since its repair token tells the next one from when on to
 * look.
 */
export function putBack(evidence: KeyObservation, record: KeyRecord): string[] {
  const { policy, current } = record;
  if (policy === undefined || current === undefined || !("value" in evidence.scopeChanges)) return [];
  const seen = SEEN.exec(record.repair)?.[1];
  const since = Math.max(current.issuedAt, seen === undefined ? 0 : Date.parse(seen) / 1_000);
  const [last, ...before] = evidence.scopeChanges.value.filter(
    ({ keyId, at }) => keyId === current.keyId && at > since,
  );
  // What differs now is said as that.
  if (last === undefined || grantDifferences(policy, { scopes: last.scopes }).length > 0) return [];
  return before.flatMap(({ scopes, at, actor }) =>
    grantDifferences(policy, { scopes }).map(({ dimension, change }) => {
      const by = actor === undefined ? "" : ` by ${shorten(actor, 80)}`;
      return `${dimension} of vendor key ${current.keyId} changed at ${evidence.vendor.descriptor.displayName}${change}, on ${isoTime(at)}${by} as its audit log says, and changed back since`;
    }),
  );
}
