import { secretName } from "../model/names";
import { candidateValues, parseSecretPayload } from "../model/secret-payload";
import type { VendorKey } from "../vendors/vendor";
import { currentVersion, RETAINED, type SecretState } from "./ports";
import type { Workbench } from "./workbench";

/** What a key's secret says about vendor keys that must stay, whatever the ledger says. */
export interface Kept {
  /** Id of the vendor key that AWSCURRENT holds. */
  readonly inUse: string | undefined;
  /** Ids of vendor keys that somebody marked. */
  readonly retained: ReadonlySet<string>;
}

export async function kept(bench: Workbench): Promise<Kept> {
  const { engine, key } = bench;
  const name = secretName(engine.prefix, key);
  const versions = (await engine.secrets.describe(name))?.versions ?? {};
  const current = currentVersion(versions);
  const retained = new Set<string>();
  for (const versionId of retainedVersions(versions)) {
    const keyId = await keyIdOf(bench, name, versionId);
    if (keyId !== undefined) retained.add(keyId);
  }
  if (current === undefined) return { inUse: undefined, retained };
  return { inUse: (await keyIdOf(bench, name, current)) ?? (await foreignSlot(bench, current))?.id, retained };
}

/**
 * Which of a vendor's slots holds the value that somebody else put into a version. Of other vendors' keys nobody needs to know: what this
 * library did not mint it never ends; but of two slots it gives one a new value.
 */
export async function foreignSlot({ engine, key }: Workbench, versionId: string): Promise<VendorKey | undefined> {
  const { vendor, secrets, deadline } = engine;
  const { strategy, displayName } = vendor.descriptor;
  if (strategy !== "slot_pair" || vendor.identify === undefined) return undefined;
  const text = (await secrets.value(secretName(engine.prefix, key), versionId)) ?? "";
  if (parseSecretPayload(text) !== undefined) return undefined;
  for (const { value } of candidateValues(text)) {
    const found = await vendor.identify({ value, name: displayName, signal: deadline.signal });
    if (found !== undefined) return found;
  }
  return undefined;
}

export function retainedVersions(versions: SecretState["versions"]): string[] {
  return Object.keys(versions).filter((id) => versions[id]?.includes(RETAINED + id));
}

async function keyIdOf({ engine }: Workbench, name: string, versionId: string): Promise<string | undefined> {
  const text = await engine.secrets.value(name, versionId);
  return text === undefined ? undefined : parseSecretPayload(text)?.keyId;
}
