import { VendorError } from "../../src/model/vendor-error";
import type { VendorSimulator } from "../../src/sandbox/vendors/simulator";
import { ContractHarness, type ContractSubject } from "../../src/testing/fixture";
import type { Exchange } from "./compare";

export interface Recorded extends Exchange {
  /**
   * Sent with a key's own value, to see what it opens; only where the document has the operation is
   * there something to hold it against.
   */
  readonly isLook: boolean;
}

export interface Recording {
  readonly exchanges: readonly Recorded[];
  /** Values that must not be shown. */
  readonly secrets: readonly string[];
  readonly tokenExchanges: number;
}

const DAY_SECONDS = 86_400;
const OWNER = "ai-keys/x.0badcafe/summariser";
const NAME = `${OWNER}/0123456789ab`;
/** More than two pages of a hundred. */
const MANY = 205;

/**
 * Drives a vendor's adapter through all its verbs on its simulator, also through what is refused,
 * and writes down what went to and fro.
 */
export async function drive(subject: ContractSubject): Promise<Recording> {
  const { vendor, grants, isTokenExchange = () => false } = subject;
  const { descriptor } = vendor;
  const exchanges: Recorded[] = [];
  let isLook = false;
  let tokenExchanges = 0;
  const recorded = (simulator: VendorSimulator): VendorSimulator => {
    const handle = simulator.handle.bind(simulator);
    simulator.handle = async (request) => {
      const answer = await handle(request);
      const url = `https://${request.host}${request.url}`;
      if (isTokenExchange(url)) {
        tokenExchanges += 1;
        return answer;
      }
      const headers = Object.fromEntries(
        Object.entries(request.headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      );
      const { method, body } = request;
      const sent = answer.body === undefined ? undefined : JSON.parse(JSON.stringify(answer.body));
      exchanges.push({ method, url, headers, body, status: answer.status, answer: sent, isLook });
      return answer;
    };
    return simulator;
  };
  const harness = new ContractHarness({
    ...subject,
    createSimulator: (clock) => recorded(subject.createSimulator(clock)),
  });
  const { adapter } = harness;
  const look = async (value: string, grant = grants[0]) => {
    isLook = true;
    await adapter.verify({ value, grant });
    isLook = false;
  };

  const owner = await harness.owner(OWNER);
  await adapter.findOwner?.({ name: OWNER });
  const mint = async (name: string, grant = grants[0]) => {
    const minted = await harness.mint({ ...owner, name, grant, expiresInSeconds: DAY_SECONDS });
    if (descriptor.grantAfterMint) await adapter.update?.({ keyId: minted.id, ...owner, grant });
    return minted;
  };
  const { id: keyId, value } = await mint(NAME);
  const second = await mint(`${NAME}x`, grants[1]);
  await adapter.isActive?.({ keyId });
  await adapter.read({ keyId });
  await look(value);
  for (const grant of [grants[1], grants[0]]) {
    if (!descriptor.inPlace.grant) break;
    await adapter.update?.({ keyId, ...owner, grant });
    await look(value, grant);
  }
  if (descriptor.inPlace.expiry) {
    await adapter.update?.({ keyId, ...owner, expiresInSeconds: 2 * DAY_SECONDS });
    await adapter.update?.({ keyId, ...owner, grant: grants[0], expiresInSeconds: 3 * DAY_SECONDS });
  }
  await adapter.scopeChanges?.({ since: 0 });
  const declared = harness.connectAccount();
  for (const verb of ["read", "apply", "apply", "read"] as const) {
    await declared?.account[verb]({ policy: declared.policy });
  }
  if (descriptor.grace !== undefined) {
    const graceSeconds = descriptor.grace.minSeconds;
    await adapter.rotate?.({ keyId, graceSeconds, expiresInSeconds: 30 * DAY_SECONDS + graceSeconds });
    await adapter.isActive?.({ keyId });
  }
  await adapter.disable?.({ keyId: second.id });
  await adapter.read({ keyId: second.id });

  const many = Math.min(MANY, descriptor.vendorKeysMax ?? MANY);
  for (let n = 2; n < many; n += 1) await mint(`${NAME}${n}`);
  await adapter.list({});

  // What a key that is gone, and a key that may not manage keys, are answered.
  await adapter.revoke({ keyId });
  await adapter.revoke({ keyId });
  await adapter.read({ keyId });
  if (!descriptor.keysManageKeys) await refused(harness.connect(harness.withAdminKey(second.value)).list({}));
  const { ownerId } = owner;
  if (ownerId !== undefined) {
    await adapter.deleteOwner?.({ ownerId });
    await adapter.deleteOwner?.({ ownerId });
  }
  const { closeAccount, closableSettingsOf = subject.settingsOf } = subject;
  if (closeAccount !== undefined) {
    const closable = harness.connect({ settings: closableSettingsOf(harness.simulator) });
    await closable.accountGone?.({});
    closeAccount(harness.simulator);
    await closable.accountGone?.({});
  }
  return { exchanges, tokenExchanges, secrets: harness.simulator.secrets() };
}

async function refused(call: Promise<unknown>): Promise<void> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof VendorError)) throw new Error(`was not refused: ${String(error)}`);
}
