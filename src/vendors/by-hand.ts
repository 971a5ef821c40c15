import type * as v from "valibot";
import { allowedBaseUrl, refusedSettings } from "../http/base-url";
import { type Dialect, exchange, failure, isToken, noVerdict, parseAnswer, type Transport } from "../http/exchange";
import { fingerprint } from "./fingerprint";
import type {
  IdentifyRequest,
  KeyRequest,
  KnownKeys,
  Vendor,
  VendorAdapter,
  VendorConnection,
  VendorDescriptor,
  VendorKey,
  VerifyRequest,
  VerifyResult,
} from "./vendor";

const FINGERPRINT_DIGITS = 16;

/** A vendor whose keys a person makes and deletes in its console, and that has no API for them. */
export interface ByHand {
  readonly descriptor: VendorDescriptor;
  readonly dialect: Dialect;
  /** A call that costs nothing and that each key may make, below the descriptor's first base URL. */
  readonly look: { readonly endpoint: string; readonly answer: v.GenericSchema };
  /** Ends a key by its value, where the vendor takes that from anybody. */
  readonly revokeByValue?: (transport: Transport, value: string, signal: AbortSignal | undefined) => Promise<void>;
}

/** What lives at such a vendor is known from the ledger, and whether it does from a call with its value. */
export function byHand(parts: ByHand): Vendor {
  return { descriptor: parts.descriptor, connect: (connection) => new ByHandAdapter(parts, connection) };
}

class ByHandAdapter implements VendorAdapter {
  readonly descriptor: VendorDescriptor;
  readonly #parts: ByHand;
  readonly #transport: Transport;
  readonly #known: KnownKeys;
  readonly #now: () => number;

  constructor(parts: ByHand, { settings, fetch, now, known }: VendorConnection) {
    const { descriptor, dialect } = parts;
    if (known === undefined) throw refusedSettings(descriptor.displayName, "its keys are known from the ledger alone");
    const given = Object.entries(settings ?? {}).find(([name]) => name === "baseUrl")?.[1];
    const { displayName, baseUrls } = descriptor;
    const baseUrl = allowedBaseUrl(displayName, String(given ?? baseUrls[0]), baseUrls);
    this.descriptor = descriptor;
    this.#parts = parts;
    this.#transport = { fetch, baseUrl, now, dialect };
    this.#known = known;
    this.#now = now;
  }

  /** Any value that works is one of the vendor's; its name is what the person was told, since nobody shows another. */
  async identify({ value, name, signal }: IdentifyRequest): Promise<VendorKey | undefined> {
    const { outcome } = await this.#look(value, signal);
    if (outcome !== "works") return undefined;
    return { id: fingerprint(this.descriptor.id, value, FINGERPRINT_DIGITS), name, createdAt: this.#seconds() };
  }

  async list(): Promise<VendorKey[]> {
    return [...(await this.#known.list())];
  }

  async read({ keyId, signal }: KeyRequest): Promise<VendorKey | undefined> {
    const found = (await this.#known.list()).find(({ id }) => id === keyId);
    if (found === undefined) return undefined;
    const value = await this.#known.value(keyId);
    // Whoever has deleted the value has left nothing to try.
    if (value === undefined) return found;
    return (await this.#look(value, signal)).outcome === "refused" ? undefined : found;
  }

  async revoke({ keyId, signal }: KeyRequest): Promise<"revoked" | "gone" | "by_hand"> {
    const value = await this.#known.value(keyId);
    if (value === undefined) return "by_hand";
    if ((await this.#look(value, signal)).outcome === "refused") return "gone";
    if (this.#parts.revokeByValue === undefined) return "by_hand";
    await this.#parts.revokeByValue(this.#transport, value, signal);
    return (await this.#look(value, signal)).outcome === "refused" ? "revoked" : "by_hand";
  }

  verify({ value, signal }: VerifyRequest): Promise<VerifyResult> {
    return this.#look(value, signal);
  }

  async #look(value: string, signal: AbortSignal | undefined): Promise<VerifyResult> {
    const { dialect, look } = this.#parts;
    const { endpoint } = look;
    const { displayName } = this.descriptor;
    const refused = (why: string): VerifyResult => ({
      outcome: "refused",
      evidence: `${displayName} refuses the key: ${why}`,
      scopeProven: false,
    });
    if (!isToken(value)) return refused("the value holds characters that no key has");
    const answer = await exchange(this.#transport, value, { endpoint, signal });
    if (answer.status === 401) return refused(`401 to ${endpoint}`);
    // An account on hold, a spend limit that is reached: the key may work again.
    if (answer.status === 403) throw noVerdict(dialect, endpoint, answer);
    if (answer.status < 200 || answer.status > 299) throw failure(dialect, endpoint, answer);
    parseAnswer(dialect, look.answer, answer.body, endpoint, answer.status);
    return { outcome: "works", evidence: `${displayName} knows the key`, scopeProven: false };
  }

  #seconds(): number {
    return Math.floor(this.#now() / 1_000);
  }
}
