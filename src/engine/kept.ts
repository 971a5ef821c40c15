import { secretName } from "../model/names";
import { parseSecretPayload } from "../model/secret-payload";
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
  return { inUse: current === undefined ? undefined : await keyIdOf(bench, name, current), retained };
}

export function retainedVersions(versions: SecretState["versions"]): string[] {
  return Object.keys(versions).filter((id) => versions[id]?.includes(RETAINED + id));
}

async function keyIdOf({ engine }: Workbench, name: string, versionId: string): Promise<string | undefined> {
  const text = await engine.secrets.value(name, versionId);
  return text === undefined ? undefined : parseSecretPayload(text)?.keyId;
}
