import { type ObservedKey, type ObserveEvent, type ObserveResult, REPAIR_NONE } from "../../../model/events";
import { policyDigest } from "../../../model/key-policy";
import type { KeyRecord } from "../../../model/key-record";
import { PROJECT_LIMITS } from "../../../model/names";
import type { Asked } from "../../../model/plans";
import type { ScopeChange } from "../../../vendors/vendor";
import { appliedBy } from "../../history/applied-by";
import { unforeseenSince } from "../../history/foreseen";
import { ENCRYPTION_FINE } from "../../integrity/encryption";
import type { Engine } from "../../ports";
import { read, readDeletions, readEncryptions, readSecrets } from "../../reading";
import { judge } from "./drift";
import { observeProjectLimits } from "./observe-project-limits";

/**
 * Compares vendor and secrets with the ledger, and changes neither. Costs one vendor call per 100
 * keys, one for the audit log, and a few for the project limits, where one is declared. Never
 * throws: an error would block `terraform destroy`. What could not be read makes a key `unknown`.
 */
export async function observe(engine: Engine, event: ObserveEvent): Promise<ObserveResult> {
  const [keys, account] = await Promise.all([
    observeKeys(engine, event),
    event.account === undefined ? undefined : observeProjectLimits(engine, event.account),
  ]);
  if (account === undefined) return keys;
  if (account.drift.length > 0) {
    engine.telemetry.warn("observed", { key: PROJECT_LIMITS, state: account.state, drift: account.drift });
  }
  return { ...keys, [PROJECT_LIMITS]: account };
}

/** Names that an answer has to hold something about where nothing could be read. */
export function askedAbout({ keys, account }: { readonly keys: object; readonly account?: unknown }): string[] {
  return [...Object.keys(keys), ...(account === undefined ? [] : [PROJECT_LIMITS])];
}

async function observeKeys(engine: Engine, event: ObserveEvent): Promise<ObserveResult> {
  const keys = Object.keys(event.keys);
  if (keys.length === 0) return {};
  const ledger = await read("the ledger", () => engine.ledger.list());
  if ("failed" in ledger) return everyUnknown(keys, ledger.failed);
  const { unreadable } = ledger.value;
  const records = new Map(ledger.value.records.map((r) => [r.key, r]));

  const name = engine.vendor.descriptor.displayName;
  const { signal } = engine.deadline;
  const [vendorKeys, scopeChanges, secrets] = await Promise.all([
    read(name, () => engine.vendor.list({ signal })),
    read(`${name}'s audit log`, () => changesSinceIssue(engine, keys, records)),
    readSecrets(engine, keys),
  ]);
  await leaveWord(engine, event, records);
  const [encryption, deletions] = await Promise.all([readEncryptions(engine, secrets), readDeletions(engine, secrets)]);
  const nowMillis = engine.clock.now();
  const result: Record<string, ObservedKey> = {};
  for (const key of keys) {
    const error = unreadable.get(key);
    if (error !== undefined) {
      result[key] = unknown(error.message);
      continue;
    }
    const observed = judge({
      key,
      declared: event.keys[key] ?? "",
      prefix: engine.prefix,
      deployment: engine.deployment,
      vendor: engine.vendor,
      record: records.get(key),
      secret: secrets.get(key) ?? { failed: "the secret was not read" },
      encryption: encryption.get(key) ?? ENCRYPTION_FINE,
      deletion: deletions.get(key),
      vendorKeys,
      scopeChanges,
      nowMillis,
    });
    if (observed === undefined) continue;
    result[key] = observed;
    if (observed.drift.length > 0)
      engine.telemetry.warn("observed", { key, state: observed.state, drift: observed.drift });
  }
  const behind = Object.keys(result).filter((key) => result[key]?.applied !== undefined);
  const by = await appliedBy(
    engine,
    behind.flatMap((key) => records.get(key) ?? []),
  );
  for (const [key, whom] of by) {
    const observed = result[key];
    if (observed !== undefined) result[key] = { ...observed, by: whom };
  }
  return result;
}

/**
 * Writes down which policies this plan asks about, where they are not the applied ones, or where
 * what was set without a plan is shown by this one: so the controller can tell what nobody planned.
 */
async function leaveWord(engine: Engine, event: ObserveEvent, records: ReadonlyMap<string, KeyRecord>): Promise<void> {
  const asked = new Map<string, Asked>();
  for (const [key, digest] of Object.entries(event.keys)) {
    const record = records.get(key);
    const after = record === undefined ? undefined : unforeseenSince(record);
    const isApplied = record?.policy !== undefined && policyDigest(record.policy) === digest;
    if (!isApplied || after !== undefined) asked.set(key, { digest, after });
  }
  const written = await read("the list of plans", () => engine.ledger.foresee(asked));
  if ("failed" in written)
    engine.telemetry.warn("what this plan asks about could not be written down", { reason: written.failed });
}

export function everyUnknown(keys: readonly string[], why: string): ObserveResult {
  return Object.fromEntries(keys.map((key) => [key, unknown(why)]));
}

function unknown(why: string): ObservedKey {
  return { repair: REPAIR_NONE, state: "unknown", drift: [why] };
}

async function changesSinceIssue(
  engine: Engine,
  keys: readonly string[],
  records: ReadonlyMap<string, KeyRecord>,
): Promise<ScopeChange[]> {
  const issued = keys.map((key) => records.get(key)?.current?.issuedAt).filter((at) => at !== undefined);
  if (engine.vendor.scopeChanges === undefined || issued.length === 0) return [];
  const since = issued.reduce((a, b) => Math.min(a, b));
  return engine.vendor.scopeChanges({ since, signal: engine.deadline.signal });
}
