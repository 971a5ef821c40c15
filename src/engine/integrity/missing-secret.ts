import { secretMissing, secretScheduled } from "../../model/errors";
import { secretName } from "../../model/names";
import type { Engine } from "../ports";

/** Why a key's secret is not there: SK244 where AWS still keeps it, else SK214. */
export async function missingSecret(
  { prefix, secrets }: Pick<Engine, "prefix" | "secrets">,
  key: string,
): Promise<Error> {
  const name = secretName(prefix, key);
  const kept = await secrets.scheduledDeletion(name);
  return kept === undefined ? secretMissing(key, name) : secretScheduled(prefix, key, kept);
}
