import { foreignVendor, notDeclarable } from "../../../model/errors";
import type { ObservedKey } from "../../../model/events";
import { ACCOUNT } from "../../../model/names";
import {
  type AccountDifference,
  type AccountNames,
  type AccountPolicy,
  accountDifferences,
  accountDigest,
  accountDimensions,
} from "../../../model/project-limits";
import type { AccountRecord } from "../../../model/project-limits-record";
import type { VendorAccount } from "../../../vendors/vendor";
import { reasonOf } from "../../error-summary";
import type { Engine } from "../../ports";
import type { Reading } from "../../reading";
import { repairWith } from "./drift";

/**
 * Compares the account with what was last applied. Undefined: there is nothing to say, and nothing was ever repaired.
 * @param declared digest of the policy that the stack declares
 */
export async function observeAccount(engine: Engine, declared: string): Promise<ObservedKey | undefined> {
  let record: AccountRecord | undefined;
  try {
    record = await engine.ledger.account();
  } catch (error) {
    return { repair: "none", state: "unknown", drift: [`the ledger could not be read: ${reasonOf(error)}`] };
  }
  const found = await differences(engine, record?.policy);
  const drift = "value" in found ? found.value.map(({ sentence }) => sentence) : [];
  const { unfinished } = record ?? {};
  if (unfinished !== undefined) drift.unshift(`the last apply did not finish: ${unfinished.reason}`);
  const nowMillis = engine.clock.now();
  if (drift.length > 0) return repairWith(drift, "drift", nowMillis);
  if (record?.policy === undefined || accountDigest(record.policy) !== declared) {
    return repairWith([`policy ${declared} is to be applied, or its last apply did not finish`], "behind", nowMillis);
  }
  if ("failed" in found) return { repair: record.repair, state: "unknown", drift: [found.failed] };
  return record.repair === "none" ? undefined : { repair: record.repair, state: "in_sync", drift: [] };
}

async function differences(engine: Engine, policy: AccountPolicy | undefined): Promise<Reading<AccountDifference[]>> {
  const { account, descriptor } = engine.vendor;
  if (policy === undefined) return { value: [] };
  try {
    if (account === undefined) throw notDeclarable(descriptor.displayName, "account");
    const state = await account.read({ policy, signal: engine.deadline.signal });
    return { value: accountDifferences(policy, state, namesIn(engine, account)) };
  } catch (error) {
    return { failed: `${account?.name ?? descriptor.displayName} could not be read: ${reasonOf(error)}` };
  }
}

export function accountOf({ vendor }: Engine, policy: AccountPolicy): VendorAccount {
  const { id, displayName, account: declarable = {} } = vendor.descriptor;
  if (policy.vendor !== id) throw foreignVendor(ACCOUNT, policy.vendor, id);
  const stranger = accountDimensions(policy).find((dimension) => declarable[dimension] === undefined);
  if (stranger !== undefined) throw notDeclarable(displayName, stranger);
  if (vendor.account === undefined) throw notDeclarable(displayName, "account");
  return vendor.account;
}

export function namesIn({ vendor }: Engine, account: VendorAccount): AccountNames {
  return { account: account.name, vendor: vendor.descriptor.displayName };
}
