import { allowedFetch } from "../http/allowed-fetch";
import type { Grant } from "../model/grant";
import type { ProjectLimits } from "../model/project-limits";
import type { VendorSimulator } from "../sandbox/vendors/simulator";
import type { MintedKey, MintRequest, Vendor, VendorAdapter, VendorConnection, VendorProject } from "../vendors/vendor";
import { minting } from "./minting";

/** A stand-in for the vendor, in memory: answers each request as the vendor would. */
export type VendorFake = Pick<VendorSimulator, "adminKey" | "handle" | "secrets">;

/** What the contract needs of a vendor to try its adapter. */
export interface ContractSubject<Fake extends VendorFake = VendorSimulator> {
  readonly vendor: Vendor;
  /** A new one for each test, without keys. Its time is the clock's, Unix milliseconds. */
  readonly createSimulator: (clock: { now(): number }) => Fake;
  /** As the adapter parses them. */
  readonly settingsOf: (simulator: Fake) => object;
  /** Two grants that the vendor enforces per key and that differ. */
  readonly grants: readonly [Grant, Grant];
  /**
   * A vendor key's id, and an owner's, that look right and that nothing has. @default "key-1",
   * "owner-1"
   */
  readonly strangers?: { readonly keyId: string; readonly ownerId: string };
  /**
   * Requests that only trade credentials for an access token, and are no admin calls. @default none
   */
  readonly isTokenExchange?: (url: string) => boolean;
  /** Requests that change something at the vendor. @default all but GET */
  readonly hasEffect?: (sent: Sent) => boolean;
  /**
   * A person makes a key in the vendor's console, and sees its value; of vendors whose adapters do
   * not mint.
   */
  readonly mintManually?: (simulator: Fake, name: string, expiresInSeconds: number) => Promise<string>;
  /**
   * What can be declared for the whole project (or the vendor's like), and settings that name it;
   * where the adapter has an `account`.
   */
  readonly account?: { readonly policy: ProjectLimits; readonly settingsOf: (simulator: Fake) => object };
  /**
   * Closes what all keys are in, as the vendor shows it, and ends them; where the descriptor's
   * `accountGone` has a proof.
   */
  readonly closeAccount?: (simulator: Fake) => void;
  /** Settings that name what `closeAccount` closes. @default `settingsOf` */
  readonly closableSettingsOf?: (simulator: Fake) => object;
  /** One page holds 205 keys, or all there are. @default false */
  readonly onePage?: boolean;
  /**
   * The vendor shows no single key: one is read from the list, whose 404 is a failure. @default
   * false
   */
  readonly readsFromList?: true;
  /** How a connection carries what lets an adapter in. @default its admin key */
  readonly withAdminKey?: (key: string, simulator: Fake) => Partial<VendorConnection>;
  /**
   * What the vendor answers to a look with a key where it does not let it in, as it documents it or
   * as people have reported it.
   */
  readonly refusals: {
    /** It says for certain that it does not know the key, or that the key has ended. */
    readonly unknownKey: readonly RefusalSample[];
    /** It speaks of something else: a region, a bill, a budget, an account, a permission. */
    readonly noVerdict: readonly RefusalSample[];
  };
  /**
   * The vendor's error envelope around a message; a text is sent as it is. @default
   * `{ error: { message } }`
   */
  readonly errorBody?: (message: string) => unknown;
}

export interface RefusalSample {
  readonly status: number;
  /** A text is sent as it is. */
  readonly body: unknown;
  /** Where it is documented, or was seen. */
  readonly source: string;
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
export class ContractHarness<Fake extends VendorFake = VendorSimulator> {
  now = START;
  /** Without exchanges of credentials for a token. */
  readonly sent: Sent[] = [];
  readonly turns: string[] = [];
  readonly throttles: Array<number | undefined> = [];
  /** Answers in the simulator's place, where it answers at all. */
  intercept: (sent: Sent) => Response | Error | undefined = () => undefined;
  /** Id of a vendor key -> its value, as ledger and secrets have them. */
  readonly known = new Map<string, string | undefined>();
  readonly simulator: Fake;
  readonly adapter: VendorAdapter;

  constructor(private readonly subject: ContractSubject<Fake>) {
    this.simulator = subject.createSimulator({ now: () => this.now });
    this.adapter = this.connect();
  }

  connect(change: Partial<VendorConnection> = {}): VendorAdapter {
    const { vendor } = this.subject;
    const settings = change.settings ?? this.subject.settingsOf(this.simulator);
    return vendor.connect({
      adminKey: async () => {
        throw new Error("this vendor has no admin key");
      },
      ...this.withAdminKey(this.simulator.adminKey),
      settings,
      rateLimiter: {
        permit: async (endpoint) => void this.turns.push(endpoint),
        throttled: async (_, seconds) => void this.throttles.push(seconds),
      },
      fetch: allowedFetch(vendor.descriptor, settings, (input, init) => this.fetch(String(input), init ?? {})),
      now: () => this.now,
      sleep: async () => {},
      known: {
        list: async () =>
          [...this.known.keys()].map((id) => ({ id, name: "ai-keys/x.0badcafe/summariser", createdAt: 1 })),
        value: async (keyId) => this.known.get(keyId),
      },
      ...change,
    });
  }

  /**
   * An adapter of one project, where the vendor has what is enforced for a whole one, and what can
   * be declared of it.
   */
  connectAccount(
    change: Partial<VendorConnection> = {},
  ): { account: VendorProject; policy: ProjectLimits } | undefined {
    const { vendor, account: given } = this.subject;
    if (vendor.descriptor.account === undefined) return undefined;
    const settings = given?.settingsOf(this.simulator);
    const { account } = this.connect({ settings, ...change });
    if (given === undefined || account === undefined) {
      throw new Error(`the subject of ${vendor.descriptor.displayName} declares nothing for a whole account`);
    }
    return { account, policy: given.policy };
  }

  /** What was sent that changes something at the vendor. */
  get effects(): readonly Sent[] {
    return this.sent.filter(this.subject.hasEffect ?? (({ method }) => method !== "GET"));
  }

  withAdminKey(key: string): Partial<VendorConnection> {
    const { withAdminKey = () => ({ adminKey: async () => key }) } = this.subject;
    return withAdminKey(key, this.simulator);
  }

  /**
   * Id of the owner that keys are minted for, where the vendor has owners; found or made, as the
   * engine does.
   */
  async owner(name = "ai-keys/x.0badcafe/summariser"): Promise<{ ownerId?: string }> {
    const ownerId = (await this.adapter.findOwner?.({ name })) ?? (await this.adapter.createOwner?.({ name }));
    return ownerId === undefined ? {} : { ownerId };
  }

  /** As the engine mints, or as a person does whose key is then found by its value. */
  async mint(request: Omit<MintRequest, "value">): Promise<MintedKey> {
    const { mintManually } = this.subject;
    if (mintManually !== undefined) {
      const { name, expiresInSeconds } = request;
      const value = await mintManually(this.simulator, name, expiresInSeconds);
      const found = await this.adapter.identify?.({ value, name });
      if (found === undefined) throw new Error("the key that was made by hand is not found");
      return { ...found, value };
    }
    const chosen = this.adapter.chooseValue?.();
    const what = { ...request, ...(chosen === undefined ? {} : { value: chosen.value }) };
    return minting(this.adapter).mint(what);
  }

  /** As the adapter's own; for connections that look at what goes to and fro. */
  async fetch(input: string, init: RequestInit): Promise<Response> {
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
      text,
      headers: answered,
    } = await this.simulator.handle({
      method: sent.method,
      host: url.hostname,
      url: url.pathname + url.search,
      headers,
      body: sent.body,
    });
    return new Response(status === 204 ? null : (text ?? JSON.stringify(body)), { status, headers: { ...answered } });
  }
}
