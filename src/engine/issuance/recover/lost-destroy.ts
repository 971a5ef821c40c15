import { INCIDENTS } from "../../../model/incidents";
import { currentVersion } from "../../../secrets/labels";
import { destroyIn } from "../../integrity/marks";
import type { KeySession } from "../../key-session";
import type { SecretState } from "../../ports";

/**
 * A destroy that the record has lost is there again, by the secret's word. A secret without a value
 * has no version to say it; there the incident tells of it, which nothing but the end of a destroy,
 * or an apply, takes away.
 */
export async function recallDestroy(session: KeySession, { versions }: Pick<SecretState, "versions">): Promise<void> {
  const { unfinished, incidents = [] } = session.record;
  if (unfinished !== undefined) return;
  const incident = incidents.find(({ kind }) => kind === INCIDENTS.unfinishedDestroy);
  const destroy = destroyIn(versions) ?? (currentVersion(versions) === undefined ? incident : undefined);
  if (destroy !== undefined) {
    const { since } = destroy;
    await session.save({ unfinished: { action: "destroy", since, reason: "it was cut off" } });
  } else if (incident !== undefined) await session.resolve(INCIDENTS.unfinishedDestroy);
}
