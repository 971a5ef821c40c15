import { INCIDENTS } from "../../../model/incidents";
import { type KeyPolicy, mintedFacts } from "../../../model/key-policy";
import { CURRENT, PENDING, UNISSUED } from "../../../secrets/labels";
import type { Workbench } from "../../key-session";
import type { SecretState } from "../../ports";
import { discard, unstage } from "../abandon";
import { complete } from "../issue";
import { finish } from "../promote";

/**
 * Brings order into what other runs left behind: a value that already is AWSCURRENT is written down, and what was minted for another
 * policy is given up, since a version cannot be changed. A rotation that is under way then fails, and is retried with a new token.
 */
export async function tidyPending(bench: Workbench, secret: SecretState, policy: KeyPolicy): Promise<void> {
  const { rotationEnabled, versions } = secret;
  for (const entry of bench.record.pending) {
    if (versions[entry.token]?.includes(UNISSUED)) {
      // Nothing was minted for that version.
      await bench.save({ pending: bench.withoutPending(entry.token) });
    } else if (versions[entry.token]?.includes(CURRENT)) {
      // Of older releases the first value was in use before its test; any other was tested before, and is not to be lost to a test now.
      if (bench.record.current === undefined) await complete(bench, entry.token, policy);
      else await finish(bench, entry.token, policy);
    } else if (
      entry.discarded ||
      entry.facts !== mintedFacts(policy) ||
      (entry.origin === "rotation" && !rotationEnabled)
    ) {
      await discard(bench, entry.token, entry.keyId);
    }
  }
  if (rotationEnabled) return;
  // Somebody cancelled a rotation: Secrets Manager leaves its AWSPENDING, and would refuse to switch rotation on again.
  await freeLabel(bench, versions);
}

/** Takes AWSPENDING off a version that nobody will finish: as long as it is there, Secrets Manager takes its rotation for incomplete. */
export async function freeLabel(bench: Workbench, versions: SecretState["versions"]): Promise<void> {
  const stuck = Object.keys(versions).filter((id) => {
    const labels = versions[id] ?? [];
    return labels.includes(PENDING) && !labels.includes(CURRENT) && bench.pending(id) === undefined;
  });
  if (stuck.length > 0) await bench.open(INCIDENTS.stuckLabel);
  for (const token of stuck) await unstage(bench, token);
  await bench.resolve(INCIDENTS.stuckLabel);
}
