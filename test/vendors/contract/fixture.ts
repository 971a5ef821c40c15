import type { Grant } from "../../../src/model/grant";
import type { VendorSimulator } from "../../../src/sandbox/simulator";
import type { MintedKey, MintRequest, Vendor, VendorAdapter, VendorConnection } from "../../../src/vendors/vendor";
import { minting } from "../../support/minting";

/** What the contract needs of a vendor to try its adapter. */
export interface ContractSubject {
  readonly vendor: Vendor;
  readonly createSimulator: (clock: { now(): number }) => VendorSimulator;
  /** As the adapter parses them. */
  readonly settingsOf: (simulator: VendorSimulator) => object;
  /** Two grants that the vendor enforces per key and that differ. */
  readonly grants: readonly [Grant, Grant];
  /** A vendor key's id, and an owner's, that look right and that nothing has. @default "key-1", "owner-1" */
  readonly strangers?: { readonly keyId: string; readonly ownerId: string };
  /** Requests that only trade credentials for an access token, and are no admin calls. @default none */
  readonly isTokenExchange?: (url: string) => boolean;
  /** The vendor lists everything at once. @default false: 205 keys take several pages */
  readonly onePage?: boolean;
  /** The vendor shows no single key: one is read from the list, whose 404 is a failure. @default false */
  readonly readsFromList?: true;
  /** The vendor's error envelope around a message. @default `{ error: { message } }` */
  readonly errorBody?: (message: string) => unknown;
}

export interface Sent {
  readonly method: string;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const START = Date.UTC(2026, 10, 24, 12);

/** One adapter on its simulator, in process. */
export class ContractBench {
  now = START;
  /** Without exchanges of credentials for a token. */
  readonly sent: Sent[] = [];
  readonly turns: string[] = [];
  readonly throttles: Array<number | undefined> = [];
  /** Answers in the simulator's place, where it answers at all. */
  intercept: (sent: Sent) => Response | Error | undefined = () => undefined;
  readonly simulator: VendorSimulator;
  readonly adapter: VendorAdapter;

  constructor(private readonly subject: ContractSubject) {
    this.simulator = subject.createSimulator({ now: () => this.now });
    this.adapter = this.connect();
  }

  connect(change: Partial<VendorConnection> = {}): VendorAdapter {
    return this.subject.vendor.connect({
      adminKey: async () => this.simulator.adminKey,
      settings: this.subject.settingsOf(this.simulator),
      pacer: {
        turn: async (endpoint) => void this.turns.push(endpoint),
        throttled: async (_, seconds) => void this.throttles.push(seconds),
      },
      fetch: (input, init) => this.#fetch(String(input), init ?? {}),
      now: () => this.now,
      sleep: async () => {},
      ...change,
    });
  }

  /** Id of the owner that keys are minted for, where the vendor has owners. */
  async owner(name = "ai-keys/x.0badcafe/summariser"): Promise<{ ownerId?: string }> {
    const ownerId = await this.adapter.createOwner?.({ name });
    return ownerId === undefined ? {} : { ownerId };
  }

  /** With a value that was chosen before. */
  repeatMint(request: MintRequest): Promise<MintedKey> {
    return minting(this.adapter).mint(request);
  }

  /** As the engine mints. */
  mint(request: Omit<MintRequest, "value">): Promise<MintedKey> {
    const chosen = this.adapter.chooseValue?.();
    return this.repeatMint({ ...request, ...(chosen === undefined ? {} : { value: chosen.value }) });
  }

  async #fetch(input: string, init: RequestInit): Promise<Response> {
    init.signal?.throwIfAborted();
    const url = new URL(input);
    const headers: Record<string, string> = {};
    new Headers(init.headers).forEach((value, name) => {
      headers[name] = value;
    });
    const sent = { method: init.method ?? "GET", url: input, headers, body: String(init.body ?? "") };
    const isExchange = this.subject.isTokenExchange?.(input) === true;
    if (!isExchange) this.sent.push(sent);
    const forced = isExchange ? undefined : this.intercept(sent);
    if (forced instanceof Error) throw forced;
    if (forced !== undefined) return forced;
    const {
      status,
      body,
      headers: answered,
    } = await this.simulator.handle({
      method: sent.method,
      host: url.hostname,
      url: url.pathname + url.search,
      headers,
      body: sent.body,
    });
    return new Response(status === 204 ? null : JSON.stringify(body), { status, headers: { ...answered } });
  }
}
