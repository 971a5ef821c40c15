import { accountNotGone, accountNotProvable } from "../../model/errors";
import { secretName } from "../../model/names";
import { parseSecretPayload } from "../../model/secret-payload";
import type { AccountGoneFacts } from "../../model/vendor-descriptor";
import { VendorError } from "../../model/vendor-error";
import type { VendorAdapter } from "../../vendors/vendor";
import type { Engine } from "../ports";
import { outcomeOf } from "./seen-dead";

/**
 * What lies in an account that is gone can neither be listed nor revoked, and opens nothing. Who
 * says so is the vendor, asked anew by each run; what an operator or the ledger says is only why it
 * is asked.
 */
export interface ProvenGone {
  /** With an adapter to which no vendor key is left. */
  readonly engine: Engine;
  /** How it is known, as the vendor said it. */
  readonly evidence: string;
}

/** Throws where the vendor does not say so, and where a value of the key shows the contrary. */
export async function proveGone(engine: Engine, key: string): Promise<ProvenGone> {
  const { vendor } = engine;
  const { displayName, accountGone: facts } = vendor.descriptor;
  if (vendor.accountGone === undefined) {
    throw accountNotProvable(key, displayName, reasonWithoutAnswer(facts));
  }
  let evidence: string | undefined;
  try {
    evidence = await vendor.accountGone({ signal: engine.deadline.signal });
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    throw accountNotGone(key, displayName, error.message);
  }
  if (evidence === undefined) throw accountNotGone(key, displayName, "it answers like an account that is open");
  const alive = await workingKey(engine, key);
  if (alive !== undefined)
    throw accountNotGone(key, displayName, `it says so, and vendor key ${alive} works all the same`);
  engine.telemetry.warn("the account is gone: vendor keys are taken for dead", { key, evidence });
  return { engine: { ...engine, vendor: withoutKeys(vendor) }, evidence };
}

function reasonWithoutAnswer(facts: AccountGoneFacts | undefined): string {
  if (facts === undefined) return "its adapter does not say what would be one";
  if ("noProof" in facts) return facts.noProof;
  return `the proof is that ${facts.proof}, and the issuer names nothing of the kind`;
}

/**
 * Id of a vendor key whose value opens something. To another account's admin key, a project is one
 * that is not there: then the keys work. A look that is no verdict shows nothing.
 */
async function workingKey(engine: Engine, key: string): Promise<string | undefined> {
  const { secrets, ledger } = engine;
  const name = secretName(engine.prefix, key);
  const record = (await ledger.get(key)) ?? {};
  for (const versionId of Object.keys((await secrets.describe(name))?.versions ?? {})) {
    const payload = parseSecretPayload((await secrets.value(name, versionId)) ?? "");
    if (payload !== undefined && (await outcomeOf({ engine, record }, payload.apiKey)) === "works")
      return payload.keyId;
  }
  return undefined;
}

function withoutKeys({ descriptor, findOwner }: VendorAdapter): VendorAdapter {
  const { revocation: _, ...facts } = descriptor;
  return {
    // Nothing is waited for: the account opens nothing at once.
    descriptor: facts,
    list: async () => [],
    read: async () => undefined,
    revoke: async () => "gone",
    verify: async () => ({ outcome: "refused", evidence: "the account is gone", scopeProven: false }),
    ...(findOwner === undefined ? {} : { findOwner: async () => undefined, deleteOwner: async () => "gone" as const }),
  };
}
