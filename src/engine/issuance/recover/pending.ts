import { INCIDENTS } from "../../../model/incidents";
import { type KeyPolicy, mintedFacts } from "../../../model/key-policy";
import { CURRENT, PENDING, UNISSUED } from "../../../secrets/labels";
import type { KeySession } from "../../key-session";
import type { SecretState } from "../../ports";
import { abandon, unstage } from "../abandon";
import { complete } from "../issue";
import { promote } from "../promote";

/**
 * Brings order into what other runs left behind: a value that already is AWSCURRENT is written
 * down, and what was minted for another policy is given up, since a version cannot be changed. A
 * rotation that is under way then fails, and is retried with a new token.
 */
export async function tidyPending(session: KeySession, secret: SecretState, policy: KeyPolicy): Promise<void> {
  const { rotationEnabled, versions } = secret;
  for (const entry of session.record.pending) {
    if (versions[entry.token]?.includes(UNISSUED)) {
      // Nothing was minted for that version.
      await session.save({ pending: session.withoutPending(entry.token) });
    } else if (versions[entry.token]?.includes(CURRENT)) {
      // Of older releases the first value was in use before its test; any other was tested before,
      // and is not to be lost to a test now.
      if (session.record.current === undefined) await complete(session, entry.token, policy);
      else await promote(session, entry.token, policy);
    } else if (
      entry.discarded ||
      entry.facts !== mintedFacts(policy) ||
      (entry.origin === "rotation" && !rotationEnabled)
    ) {
      await abandon(session, entry.token, entry.keyId);
    }
  }
  if (rotationEnabled) return;
  // Somebody cancelled a rotation: Secrets Manager leaves its AWSPENDING, and would refuse to
  // switch rotation on again.
  await freeLabel(session, versions);
}

/**
 * Takes AWSPENDING off a version that nobody will finish: as long as it is there, Secrets Manager
 * takes its rotation for incomplete.
 */
export async function freeLabel(session: KeySession, versions: SecretState["versions"]): Promise<void> {
  const stuck = Object.keys(versions).filter((id) => {
    const labels = versions[id] ?? [];
    return labels.includes(PENDING) && !labels.includes(CURRENT) && session.pending(id) === undefined;
  });
  if (stuck.length > 0) await session.open(INCIDENTS.stuckLabel);
  for (const token of stuck) await unstage(session, token);
  await session.resolve(INCIDENTS.stuckLabel);
}
