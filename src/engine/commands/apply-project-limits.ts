import { ledgerConflict, projectLimitsNotSet, projectLimitsRefused } from "../../model/errors";
import type { ProjectLimitsEvent, ProjectLimitsResult } from "../../model/events";
import { PROJECT_LIMITS } from "../../model/names";
import { poll } from "../../model/poll";
import {
  canonicalProjectLimits,
  type ProjectLimits,
  type ProjectLimitsDifference,
  projectLimitsDifferences,
  projectLimitsDigest,
} from "../../model/project-limits";
import { newProjectLimitsRecord, type ProjectLimitsRecord } from "../../model/project-limits-record";
import { VendorError } from "../../model/vendor-error";
import type { VendorProject } from "../../vendors/vendor";
import { errorSummary } from "../error-summary";
import { withLease } from "../middleware/lease";
import { type Engine, LedgerConflict, nowSeconds } from "../ports";
import { accountOf, namesIn } from "./observe/observe-project-limits";

/** A vendor may show for a moment what was before. */

const READ_BACK_PAUSES_MILLIS = [2_000, 2_000, 2_000] as const;

/**
 * Makes the whole account what the issuer declares for it; Terraform calls it on create and update.
 * What is not declared is left as it is. As with keys, the repair token is stored on success only:
 * until then the observer keeps the plan non-empty.
 */
export async function applyProjectLimits(engine: Engine, event: ProjectLimitsEvent): Promise<ProjectLimitsResult> {
  const policy = canonicalProjectLimits(event.account);
  const account = accountOf(engine, policy);
  return withLease(engine, PROJECT_LIMITS, async () => {
    const digest = projectLimitsDigest(policy);
    const began = { policy: digest, since: nowSeconds(engine.clock) };
    const stored = (await engine.ledger.projectLimits()) ?? newProjectLimitsRecord();
    const record = await save(engine, { ...stored, unfinished: { ...began, reason: "it was cut off" } });
    try {
      const set = await converge(engine, account, policy);
      const { unfinished: _, ...rest } = record;
      await save(engine, { ...rest, policy, repair: event.repair });
      const changes = set.map(({ what }) => `set ${what}`);
      engine.effects.note(PROJECT_LIMITS, ["project limits applied", ...changes].join("; "), digest);
      engine.telemetry.info("project limits applied", { account: account.name, policy: digest, changes });
      return { account: account.name, policy: digest, repair: event.repair, changes };
    } catch (error) {
      engine.effects.note(PROJECT_LIMITS, `apply did not finish: ${errorSummary(error)}`, digest);
      // What is on its way says more than an error from here, and the record already says that the
      // apply was cut off.
      await save(engine, { ...record, unfinished: { ...began, reason: errorSummary(error) } }).catch(
        (failure: unknown) =>
          engine.telemetry.warn("failure not written down", { key: PROJECT_LIMITS, reason: errorSummary(failure) }),
      );
      throw error;
    }
  });
}

/**
 * Terraform calls it when nothing is declared any more, and on destroy. Limits stay as they are: to
 * take them off would open what was closed.
 */
export async function forgetProjectLimits(engine: Engine): Promise<ProjectLimitsResult> {
  return withLease(engine, PROJECT_LIMITS, async () => {
    await engine.ledger.removeProjectLimits();
    const { name = "" } = engine.vendor.account ?? {};
    engine.effects.note(PROJECT_LIMITS, "project limits forgotten; the vendor's settings stay");
    engine.telemetry.info("project limits forgotten; the vendor's settings stay", { account: name });
    return { account: name, policy: "", repair: "", changes: [] };
  });
}

/** @returns what was other, and was set */
async function converge(
  engine: Engine,
  account: VendorProject,
  policy: ProjectLimits,
): Promise<ProjectLimitsDifference[]> {
  const { signal } = engine.deadline;
  const names = namesIn(engine, account);
  try {
    const before = projectLimitsDifferences(policy, await account.apply({ policy, signal }), names);
    if (before.length === 0) return before;
    const read = async () => projectLimitsDifferences(policy, await account.read({ policy, signal }), names);
    const left = await poll({
      first: await read(),
      again: read,
      isGood: (differences) => differences.length === 0,
      pausesMillis: READ_BACK_PAUSES_MILLIS,
      sleep: (millis) => engine.clock.sleep(millis, signal),
    });
    if (left.length === 0) return before;
    throw projectLimitsNotSet(account.name, names.vendor, left.map(({ sentence }) => sentence).join("; "));
  } catch (error) {
    if (!(error instanceof VendorError) || error.kind !== "invalid") throw error;
    throw projectLimitsRefused(account.name, names.vendor, error.message, error);
  }
}

async function save(engine: Engine, record: ProjectLimitsRecord): Promise<ProjectLimitsRecord> {
  try {
    return await engine.ledger.putProjectLimits(record);
  } catch (error) {
    if (error instanceof LedgerConflict) throw ledgerConflict(PROJECT_LIMITS);
    throw error;
  }
}
