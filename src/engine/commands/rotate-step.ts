import { defined } from "../../model/defined";
import { keyStopped, notPending, rotationOff, undeclaredKey } from "../../model/errors";
import type { RotationStep } from "../../model/events";
import { secretName } from "../../model/names";
import { isoTime } from "../../model/units";
import { CURRENT, currentVersion, PENDING } from "../../secrets/labels";
import { missingSecret } from "../integrity/missing-secret";
import { abandon } from "../issuance/abandon";
import { applyPending } from "../issuance/apply";
import { create } from "../issuance/create";
import { promote } from "../issuance/promote";
import { checkApplied, checkTrusted } from "../issuance/recover/record-check";
import { verifyPending } from "../issuance/verify";
import { KeySession } from "../key-session";
import { withLease } from "../middleware/lease";
import type { Engine, SecretState } from "../ports";

export interface RotationRequest {
  readonly key: string;
  readonly runStep: RotationStep;
  readonly token: string;
  readonly rotationToken?: string;
}

/**
 * One step of a rotation that Secrets Manager drives. Throws where the step did not succeed: it
 * then retries all of them.
 * @returns whether the step has put a value into use
 */
export function rotateStep(engine: Engine, request: RotationRequest): Promise<boolean> {
  return withLease(engine, request.key, () => step(engine, request));
}

function replacing({ versions }: SecretState): { replaces?: string } {
  const replaces = currentVersion(versions);
  return replaces === undefined ? {} : { replaces };
}

/**
 * A run that gave the key up was cut off: its revocation is carried out, and the token is of no
 * use.
 */
async function checkNotDiscarded(session: KeySession, token: string): Promise<void> {
  const entry = session.pending(token);
  if (entry?.discarded === undefined) return;
  await abandon(session, token, entry.keyId);
  throw notPending(session.key, token);
}

async function step(engine: Engine, { key, runStep: step, token, rotationToken }: RotationRequest): Promise<boolean> {
  const name = secretName(engine.prefix, key);
  const state = await engine.secrets.describe(name);
  if (state === undefined) throw await missingSecret(engine, key);
  const labels = state.versions[token] ?? [];
  const record = await engine.ledger.get(key);
  if (record?.policy === undefined) throw undeclaredKey(key);
  const session = new KeySession(engine, record);
  const { policy } = record;
  if (step === "testSecret" && !labels.includes(CURRENT) && (await engine.secrets.value(name, token)) === undefined) {
    // A change of the schedule runs this step alone, on a version without a value.
    engine.telemetry.info("nothing to test: the version has no value", { key });
    return false;
  }
  if (!labels.includes(PENDING) && !labels.includes(CURRENT)) throw notPending(key, token);
  const { edited } = await checkTrusted(session, state);
  // Somebody put their own value under the token, which is no rotation of ours any more.
  if (edited === token) throw notPending(key, token);
  await checkApplied(session, policy, state);
  if (!labels.includes(CURRENT)) await checkNotDiscarded(session, token);
  if (step === "createSecret") {
    if (!state.rotationEnabled) throw rotationOff(key);
    if (labels.includes(CURRENT)) return false;
    const { stopped } = session.record;
    if (stopped !== undefined) throw keyStopped(key, name, isoTime(stopped.since));
    await create(session, {
      token,
      policy,
      origin: "rotation",
      ...replacing(state),
      ...defined({ rotationToken }),
    });
  } else if (step === "setSecret") {
    if (!labels.includes(CURRENT)) await applyPending(session, token, policy);
  } else if (step === "testSecret") {
    // Promoted by an attempt that ended before it said so: tested before, and in use since.
    if (!labels.includes(CURRENT)) await verifyPending(session, token, policy);
  } else {
    return promote(session, token, policy);
  }
  return false;
}
