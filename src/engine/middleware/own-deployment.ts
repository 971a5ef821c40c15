import { otherDeployment, subjectOf } from "../../model/errors";
import type { KeyRecord } from "../../model/key-record";
import type { ScheduledDeletion } from "../../model/scheduled-deletion";
import type { Ledger, LedgerList, SecretState, SecretStore } from "../ports";

/**
 * Secrets of this issuer alone: its prefix is also the start of what another app may have declared
 * further down, and a name proves nothing. A secret without the tag is not told apart here; the
 * controller's role has no right on its value.
 */
export function ownSecrets(store: SecretStore, prefix: string): SecretStore {
  return overriding(store, {
    describe: async (name: string): Promise<SecretState | undefined> => {
      const state = await store.describe(name);
      if (state?.issuer === undefined || state.issuer === prefix) return state;
      throw otherDeployment(
        `secret "${name}"`,
        `a secret of the issuer "${state.issuer}", as its tag says`,
        `secrets of the issuer "${prefix}"`,
      );
    },
    scheduledDeletion: async (name: string): Promise<ScheduledDeletion | undefined> => {
      const found = await store.scheduledDeletion(name);
      return found?.issuer === undefined || found.issuer === prefix ? found : undefined;
    },
  });
}

/**
 * Records of this deployment alone: a table can be a copy of another account's, or be written by
 * somebody else's controller.
 */
export function ownLedger(ledger: Ledger, deployment: string): Ledger {
  const refusal = (record: KeyRecord): Error | undefined =>
    record.deployment === undefined || record.deployment === deployment
      ? undefined
      : otherDeployment(subjectOf(record.key), `a record of ${record.deployment}`, `records of ${deployment}`);
  return overriding(ledger, {
    get: async (key: string): Promise<KeyRecord | undefined> => {
      const record = await ledger.get(key);
      const refused = record === undefined ? undefined : refusal(record);
      if (refused !== undefined) throw refused;
      return record;
    },
    list: async (): Promise<LedgerList> => {
      const { records, unreadable } = await ledger.list();
      const others = records.flatMap((record) => {
        const refused = refusal(record);
        return refused === undefined ? [] : [[record.key, refused] as const];
      });
      return {
        records: records.filter((record) => refusal(record) === undefined),
        unreadable: new Map([...unreadable, ...others]),
      };
    },
    put: (record: KeyRecord): Promise<KeyRecord> => ledger.put({ ...record, deployment }),
  });
}

/**
 * The same with other methods; what is not overridden runs on the original, whose private parts it
 * may need.
 */
function overriding<Target extends object>(target: Target, own: Partial<Target>): Target {
  const methods = new Map<string | symbol, unknown>(Object.entries(own));
  return new Proxy(target, {
    get(from, name) {
      const found: unknown = methods.get(name) ?? Reflect.get(from, name, from);
      return typeof found === "function" && !methods.has(name) ? found.bind(from) : found;
    },
  });
}
