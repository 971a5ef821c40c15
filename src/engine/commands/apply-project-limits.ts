import { accountNotSet, accountRefused, ledgerConflict } from "../../model/errors";
import type { AccountEvent, AccountResult } from "../../model/events";
import { ACCOUNT } from "../../model/names";
import {
  type AccountDifference,
  type AccountPolicy,
  accountDifferences,
  accountDigest,
  canonicalAccountPolicy,
} from "../../model/project-limits";
import { type AccountRecord, newAccountRecord } from "../../model/project-limits-record";
import { VendorError } from "../../model/vendor-error";
import type { VendorAccount } from "../../vendors/vendor";
import { reasonOf } from "../error-summary";
import { withLease } from "../middleware/lease";
import { type Engine, LedgerConflict, nowSeconds } from "../ports";
import { accountOf, namesIn } from "./observe/observe-project-limits";

/** A vendor may show for a moment what was before. */
const READS_BACK_MAX = 4;

const READ_BACK_PAUSE_MILLIS = 2_000;

/**
 * Makes the whole account what the issuer declares for it; Terraform calls it on create and update. What is not declared is left as it
 * is. As with keys, the repair token is stored on success only: until then the observer keeps the plan non-empty.
 */
export async function applyAccount(engine: Engine, event: AccountEvent): Promise<AccountResult> {
  const policy = canonicalAccountPolicy(event.account);
  const account = accountOf(engine, policy);
  return withLease(engine, ACCOUNT, async () => {
    const digest = accountDigest(policy);
    const began = { policy: digest, since: nowSeconds(engine.clock) };
    const stored = (await engine.ledger.account()) ?? newAccountRecord();
    const record = await save(engine, { ...stored, unfinished: { ...began, reason: "it was cut off" } });
    try {
      const set = await converge(engine, account, policy);
      const { unfinished: _, ...rest } = record;
      await save(engine, { ...rest, policy, repair: event.repair });
      const changes = set.map(({ what }) => `set ${what}`);
      engine.effects.note(ACCOUNT, ["account policy applied", ...changes].join("; "), digest);
      engine.telemetry.info("account policy applied", { account: account.name, policy: digest, changes });
      return { account: account.name, policy: digest, repair: event.repair, changes };
    } catch (error) {
      engine.effects.note(ACCOUNT, `apply did not finish: ${reasonOf(error)}`, digest);
      // What is on its way says more than an error from here, and the record already says that the apply was cut off.
      await save(engine, { ...record, unfinished: { ...began, reason: reasonOf(error) } }).catch((failure: unknown) =>
        engine.telemetry.warn("failure not written down", { key: ACCOUNT, reason: reasonOf(failure) }),
      );
      throw error;
    }
  });
}

/** Terraform calls it when nothing is declared any more, and on destroy. Limits stay as they are: to take them off would open what was closed. */
export async function forgetAccount(engine: Engine): Promise<AccountResult> {
  return withLease(engine, ACCOUNT, async () => {
    await engine.ledger.removeAccount();
    const { name = "" } = engine.vendor.account ?? {};
    engine.effects.note(ACCOUNT, "account policy forgotten; the vendor's settings stay");
    engine.telemetry.info("account policy forgotten; the vendor's settings stay", { account: name });
    return { account: name, policy: "", repair: "", changes: [] };
  });
}

/** @returns what was other, and was set */
async function converge(engine: Engine, account: VendorAccount, policy: AccountPolicy): Promise<AccountDifference[]> {
  const { signal } = engine.deadline;
  const names = namesIn(engine, account);
  try {
    const before = accountDifferences(policy, await account.apply({ policy, signal }), names);
    if (before.length === 0) return before;
    for (let reads = 1; ; reads += 1) {
      const left = accountDifferences(policy, await account.read({ policy, signal }), names);
      if (left.length === 0) return before;
      const evidence = left.map(({ sentence }) => sentence).join("; ");
      if (reads >= READS_BACK_MAX) throw accountNotSet(account.name, names.vendor, evidence);
      await engine.clock.sleep(READ_BACK_PAUSE_MILLIS, signal);
    }
  } catch (error) {
    if (!(error instanceof VendorError) || error.kind !== "invalid") throw error;
    throw accountRefused(account.name, names.vendor, error.message, error);
  }
}

async function save(engine: Engine, record: AccountRecord): Promise<AccountRecord> {
  try {
    return await engine.ledger.putAccount(record);
  } catch (error) {
    if (error instanceof LedgerConflict) throw ledgerConflict(ACCOUNT);
    throw error;
  }
}
