import type { KeyRecord } from "../../model/key-record";
import { ownerName, secretName } from "../../model/names";
import { parseSecretPayload } from "../../model/secret-payload";
import type { KnownKeys } from "../../vendors/vendor";
import type { Engine } from "../ports";

/** Vendor keys as the issuer's own ledger and secrets have them. */
export function ledgerKeyIndex({
  ledger,
  secrets,
  prefix,
  deployment,
}: Pick<Engine, "ledger" | "secrets" | "prefix" | "deployment">): KnownKeys {
  return {
    async list() {
      const { records } = await ledger.list();
      return records.flatMap((record) =>
        idsOf(record).map((id) => ({
          id,
          name: ownerName(deployment, record.key),
          createdAt: record.current?.keyId === id ? record.current.issuedAt : 0,
        })),
      );
    },
    async value(keyId) {
      const { records } = await ledger.list();
      const record = records.find((candidate) => idsOf(candidate).includes(keyId));
      if (record === undefined) return undefined;
      const name = secretName(prefix, record.key);
      for (const versionId of Object.keys((await secrets.describe(name))?.versions ?? {})) {
        const payload = parseSecretPayload((await secrets.value(name, versionId)) ?? "");
        if (payload?.keyId === keyId) return payload.apiKey;
      }
      return undefined;
    },
  };
}

function idsOf({ current, pending, superseded }: KeyRecord): string[] {
  return [current, ...pending, ...superseded].map((k) => k?.keyId).filter((id) => id !== undefined);
}
