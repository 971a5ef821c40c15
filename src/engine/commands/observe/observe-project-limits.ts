import { foreignVendor, notDeclarable } from "../../../model/errors";
import type { ObservedKey } from "../../../model/events";
import { PROJECT_LIMITS } from "../../../model/names";
import {
  type ProjectLimits,
  type ProjectLimitsDifference,
  type ProjectLimitsNames,
  projectLimitsDifferences,
  projectLimitsDigest,
  projectLimitsDimensions,
} from "../../../model/project-limits";
import type { ProjectLimitsRecord } from "../../../model/project-limits-record";
import type { VendorProject } from "../../../vendors/vendor";
import { errorSummary } from "../../error-summary";
import type { Engine } from "../../ports";
import type { Reading } from "../../reading";
import { repairWith } from "./drift";

/**
 * Compares the account with what was last applied. Undefined: there is nothing to say, and nothing
 * was ever repaired.
 * @param declared digest of the policy that the stack declares
 */
export async function observeProjectLimits(engine: Engine, declared: string): Promise<ObservedKey | undefined> {
  let record: ProjectLimitsRecord | undefined;
  try {
    record = await engine.ledger.projectLimits();
  } catch (error) {
    return { repair: "none", state: "unknown", drift: [`the ledger could not be read: ${errorSummary(error)}`] };
  }
  const found = await differences(engine, record?.policy);
  const drift = "value" in found ? found.value.map(({ sentence }) => sentence) : [];
  const { unfinished } = record ?? {};
  if (unfinished !== undefined) drift.unshift(`the last apply did not finish: ${unfinished.reason}`);
  const nowMillis = engine.clock.now();
  if (drift.length > 0) return repairWith(drift, "drift", nowMillis);
  if (record?.policy === undefined || projectLimitsDigest(record.policy) !== declared) {
    return repairWith([`policy ${declared} is to be applied, or its last apply did not finish`], "behind", nowMillis);
  }
  if ("failed" in found) return { repair: record.repair, state: "unknown", drift: [found.failed] };
  return record.repair === "none" ? undefined : { repair: record.repair, state: "in_sync", drift: [] };
}

async function differences(
  engine: Engine,
  policy: ProjectLimits | undefined,
): Promise<Reading<ProjectLimitsDifference[]>> {
  const { account, descriptor } = engine.vendor;
  if (policy === undefined) return { value: [] };
  try {
    if (account === undefined) throw notDeclarable(descriptor.displayName, "account");
    const state = await account.read({ policy, signal: engine.deadline.signal });
    return { value: projectLimitsDifferences(policy, state, namesIn(engine, account)) };
  } catch (error) {
    return { failed: `${account?.name ?? descriptor.displayName} could not be read: ${errorSummary(error)}` };
  }
}

export function accountOf({ vendor }: Engine, policy: ProjectLimits): VendorProject {
  const { id, displayName, account: declarable = {} } = vendor.descriptor;
  if (policy.vendor !== id) throw foreignVendor(PROJECT_LIMITS, policy.vendor, id);
  const stranger = projectLimitsDimensions(policy).find((dimension) => declarable[dimension] === undefined);
  if (stranger !== undefined) throw notDeclarable(displayName, stranger);
  if (vendor.account === undefined) throw notDeclarable(displayName, "account");
  return vendor.account;
}

export function namesIn({ vendor }: Engine, account: VendorProject): ProjectLimitsNames {
  return { account: account.name, vendor: vendor.descriptor.displayName };
}
