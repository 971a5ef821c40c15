import { defined } from "../../src/model/defined";
import { ContractHarness, type ContractSubject } from "../../src/testing/fixture";
import type { VendorAdapter, VendorConnection } from "../../src/vendors/vendor";

/** What a simulator answered to one request. */
export interface Take {
  readonly method: string;
  readonly path: string;
  readonly isTokenExchange: boolean;
  readonly status: number;
  readonly headers: ReadonlyArray<readonly [string, string]>;
  readonly text: string;
}

/** One call of an adapter, and all that its vendor answered meanwhile. */
export interface Tape {
  readonly verb: string;
  readonly harness: ContractHarness;
  readonly connect: (change: Partial<VendorConnection>) => VendorAdapter;
  readonly call: (adapter: VendorAdapter) => Promise<unknown>;
  readonly takes: readonly Take[];
}

export interface Tapes {
  readonly subject: ContractSubject;
  readonly tapes: readonly Tape[];
}

const DAY_SECONDS = 86_400;
const OWNER = "ai-keys/x.0badcafe/summariser";
const NAME = `${OWNER}/0123456789ab`;

interface Made {
  readonly ownerId?: string;
  readonly keyId: string;
  readonly value: string;
}

type Call = (adapter: VendorAdapter) => Promise<unknown>;

/** Calls of all verbs that the adapter has. */
function callsOf(
  { vendor, grants, account }: ContractSubject,
  { ownerId, keyId, value }: Made,
): Readonly<Record<string, Call>> {
  const { grace, inPlace } = vendor.descriptor;
  const [grant, other] = grants;
  const owner = ownerId === undefined ? {} : { ownerId };
  const mint = { ...owner, name: `${NAME}2`, grant, expiresInSeconds: DAY_SECONDS, keep: [keyId] };
  const graceSeconds = grace?.minSeconds ?? 0;
  const expiresInSeconds = 30 * DAY_SECONDS + graceSeconds;
  return {
    findOwner: async (adapter) => adapter.findOwner?.({ name: OWNER }),
    createOwner: async (adapter) => adapter.createOwner?.({ name: `${OWNER}2` }),
    deleteOwner: async (adapter) => adapter.deleteOwner?.({ ownerId: ownerId ?? "" }),
    mint: async (adapter) => {
      const chosen = adapter.chooseValue?.().value;
      return adapter.mint?.({ ...mint, ...defined({ value: chosen }) });
    },
    identify: async (adapter) => adapter.identify?.({ value, name: NAME }),
    rotate: async (adapter) => adapter.rotate?.({ keyId, graceSeconds, expiresInSeconds }),
    list: (adapter) => adapter.list({}),
    read: (adapter) => adapter.read({ keyId }),
    isActive: async (adapter) => adapter.isActive?.({ keyId }),
    update: async (adapter) => adapter.update?.({ keyId, ...owner, grant: other }),
    ...(inPlace.expiry
      ? { postpone: async (adapter) => adapter.update?.({ keyId, ...owner, expiresInSeconds: 2 * DAY_SECONDS }) }
      : {}),
    disable: async (adapter) => adapter.disable?.({ keyId }),
    revoke: (adapter) => adapter.revoke({ keyId }),
    verify: (adapter) => adapter.verify({ value, grant }),
    accountGone: async (adapter) => adapter.accountGone?.({}),
    scopeChanges: async (adapter) => adapter.scopeChanges?.({ since: 1 }),
    ...(account === undefined
      ? {}
      : {
          readAccount: async (adapter) => adapter.account?.read({ policy: account.policy }),
          applyAccount: async (adapter) => adapter.account?.apply({ policy: account.policy }),
        }),
  };
}

/** Each verb that calls its vendor, on a simulator of its own. */
export async function recordTapes(subject: ContractSubject): Promise<Tapes> {
  const verbs = Object.keys(callsOf(subject, { keyId: "", value: "" }));
  const tapes: Tape[] = [];
  for (const verb of verbs) {
    const harness = new ContractHarness(subject);
    const made = await make(harness, subject);
    const call = callsOf(subject, made)[verb];
    const { account, closeAccount, closableSettingsOf = account?.settingsOf ?? subject.settingsOf } = subject;
    const isClosed = verb === "accountGone" && closeAccount !== undefined;
    const settings = (isClosed ? closableSettingsOf : (account?.settingsOf ?? subject.settingsOf))(harness.simulator);
    // An account that is gone is asked about with all that there is to ask.
    if (isClosed) closeAccount(harness.simulator);
    const connect: Tape["connect"] = (change) => harness.connect({ settings, ...change });
    const takes: Take[] = [];
    const recording = async (input: unknown, init: RequestInit = {}) => {
      const response = await harness.fetch(String(input), init);
      takes.push({
        method: init.method ?? "GET",
        path: new URL(String(input)).pathname,
        isTokenExchange: subject.isTokenExchange?.(String(input)) === true,
        status: response.status,
        headers: [...response.headers],
        text: await response.clone().text(),
      });
      return response;
    };
    await call?.(connect({ fetch: recording }));
    if (call !== undefined && takes.length > 0) tapes.push({ verb, harness, connect, call, takes });
  }
  return { subject, tapes };
}

async function make(harness: ContractHarness, { grants, vendor }: ContractSubject): Promise<Made> {
  const [grant] = grants;
  const owner = await harness.owner(OWNER);
  const { id: keyId, value } = await harness.mint({ ...owner, name: NAME, grant, expiresInSeconds: DAY_SECONDS });
  harness.known.set(keyId, value);
  if (vendor.descriptor.grantAfterMint) await harness.adapter.update?.({ keyId, ...owner, grant });
  return { ...owner, keyId, value };
}
