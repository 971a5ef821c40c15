import type { KeyPolicy } from "../../model/key-policy";
import type { SecretPayload } from "../../model/secret-payload";
import { unixSeconds } from "../../model/units";
import { keyMark, ownerMark, policyMark } from "../integrity/marks";
import type { KeySession } from "../key-session";
import { shownOwner } from "../vendor-keys/owner";

/** For a value that the engine stores. What becomes a mark is shown first. */
export async function marksOf(
  session: KeySession,
  token: string,
  { keyId, issuedAt, expiresAt }: SecretPayload,
  policy: KeyPolicy,
): Promise<string[]> {
  const ownerId = await shownOwner(session);
  const held = { versionId: token, keyId, issuedAt: unixSeconds(issuedAt), expiresAt: unixSeconds(expiresAt) };
  const marks = [keyMark(held, policy), policyMark(policy)];
  return ownerId === undefined ? marks : [...marks, ownerMark(ownerId)];
}
