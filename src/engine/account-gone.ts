import { accountNotGone } from "../model/errors";
import type { VendorAdapter } from "../vendors/vendor";
import { VendorError } from "../vendors/vendor";
import type { Engine } from "./ports";

/**
 * What lies in an account that is gone can neither be listed nor revoked, and opens nothing. Who says so is the vendor, asked anew by each run;
 * what an operator or the ledger says is only why it is asked.
 */
export interface Gone {
  /** With an adapter to which no vendor key is left. */
  readonly engine: Engine;
  /** How it is known, as the vendor said it. */
  readonly evidence: string;
}

/** Throws where the vendor does not say so. */
export async function accountGone(engine: Engine, key: string): Promise<Gone> {
  const { vendor, deadline } = engine;
  const { displayName } = vendor.descriptor;
  if (vendor.accountGone === undefined) throw accountNotGone(key, displayName, "it cannot be asked");
  let evidence: string | undefined;
  try {
    evidence = await vendor.accountGone({ signal: deadline.signal });
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    throw accountNotGone(key, displayName, error.message);
  }
  if (evidence === undefined) throw accountNotGone(key, displayName, "it answers as an account does that is open");
  engine.telemetry.warn("the account is gone: vendor keys are taken for dead", { key, evidence });
  return { engine: { ...engine, vendor: withoutKeys(vendor) }, evidence };
}

function withoutKeys({ descriptor, findOwner }: VendorAdapter): VendorAdapter {
  return {
    descriptor,
    list: async () => [],
    read: async () => undefined,
    revoke: async () => "gone",
    verify: async () => {
      throw new VendorError("not_found", "verify", "the account is gone");
    },
    ...(findOwner === undefined ? {} : { findOwner: async () => undefined, deleteOwner: async () => "gone" as const }),
  };
}
