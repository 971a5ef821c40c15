import { defined } from "../../model/defined";
import { INCIDENTS } from "../../model/incidents";
import type { CurrentKey } from "../../model/key-record";
import type { SecretPayload } from "../../model/secret-payload";
import { unixSeconds } from "../../model/units";
import type { KeySession } from "../key-session";
import { nowSeconds } from "../ports";

/** Makes the ledger say what Secrets Manager says: the token's key is the current one. */
export async function supersede(
  session: KeySession,
  token: string,
  payload: SecretPayload,
  overlapSeconds: number,
): Promise<void> {
  const { record, engine } = session;
  const now = nowSeconds(engine.clock);
  const previous = record.current;
  const entry = session.pending(token);
  // The same value in a new version was tested when it was the old one's, and may have begun to
  // end.
  const isSame = previous?.versionId === token || (entry === undefined && previous?.keyId === payload.keyId);
  const testedAt = isSame ? previous?.testedAt : entry?.testedAt;
  const current: CurrentKey = {
    keyId: payload.keyId,
    versionId: token,
    issuedAt: unixSeconds(payload.issuedAt),
    expiresAt: unixSeconds(payload.expiresAt),
    ...defined({ testedAt }),
    ...(isSame && previous?.valueEndsAt !== undefined ? { valueEndsAt: previous.valueEndsAt } : {}),
  };
  const superseded =
    previous === undefined || previous.keyId === current.keyId
      ? record.superseded
      : [
          ...record.superseded.filter((k) => k.keyId !== previous.keyId),
          { keyId: previous.keyId, revokeAfter: now + overlapSeconds, expiresAt: previous.expiresAt },
        ];
  await session.save({
    current,
    superseded: superseded.filter((k) => k.keyId !== current.keyId),
    pending: session.withoutPending(token),
    ...session.resolving(
      INCIDENTS.poisonedPending,
      INCIDENTS.keyGone,
      INCIDENTS.abandonedRotation,
      INCIDENTS.overdueRotation,
    ),
  });
}
