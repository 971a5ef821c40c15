import type * as v from "valibot";
import { allowedBaseUrl, refusedSettings } from "../http/base-url";
import { type Dialect, exchange, isSuccess, isToken, parseAnswer, type Transport } from "../http/exchange";
import { type KeyWords, noKey, refusal } from "../http/verdict";
import type { VendorDescriptor } from "../model/vendor-descriptor";
import type { VerifyResult } from "../model/verify-result";
import { fingerprint } from "./fingerprint";
import type {
  IdentifyRequest,
  KeyRequest,
  KnownKeys,
  Vendor,
  VendorAdapter,
  VendorConnection,
  VendorKey,
  VerifyRequest,
} from "./vendor";

const FINGERPRINT_DIGITS = 16;
/** Between two looks at a key that is refused. */
const PAUSE_MILLIS = 5_000;
/** Keys that are looked at for one that works. */
const CONTROLS_MAX = 5;

/** A vendor whose keys a person makes and deletes in its console, and that has no API for them. */
export interface ManualParts {
  readonly descriptor: VendorDescriptor;
  readonly dialect: Dialect;
  /**
   * A call that costs nothing and that each key may make, below the descriptor's first base URL.
   */
  readonly look: { readonly endpoint: string; readonly answer: v.GenericSchema };
  /** In which words the vendor says that it does not know a key. */
  readonly unknownKey: readonly KeyWords[];
  /** Ends a key by its value, where the vendor takes that from anybody. */
  readonly revokeByValue?: (transport: Transport, value: string, signal: AbortSignal | undefined) => Promise<void>;
}

/**
 * What lives at such a vendor is known from the ledger, and whether it does from a call with its
 * value.
 */
export function manualVendor(parts: ManualParts): Vendor {
  return { descriptor: parts.descriptor, connect: (connection) => new ManualAdapter(parts, connection) };
}

class ManualAdapter implements VendorAdapter {
  readonly descriptor: VendorDescriptor;
  readonly #parts: ManualParts;
  readonly #transport: Transport;
  readonly #known: KnownKeys;
  readonly #now: () => number;
  readonly #sleep: VendorConnection["sleep"];

  constructor(parts: ManualParts, { settings, fetch, now, sleep, known }: VendorConnection) {
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
    this.#sleep = sleep;
  }

  /**
   * Any value that works is one of the vendor's; its name is what the person was told, since nobody
   * shows another.
   */
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
    return (await this.#ending(keyId, value, signal)) === "dead" ? undefined : found;
  }

  async revoke({ keyId, signal }: KeyRequest): ReturnType<VendorAdapter["revoke"]> {
    const value = await this.#known.value(keyId);
    if (value === undefined) return "manual";
    const before = await this.#ending(keyId, value, signal);
    if (before !== "alive") return before === "dead" ? "gone" : "unconfirmed";
    if (this.#parts.revokeByValue === undefined) return "manual";
    await this.#parts.revokeByValue(this.#transport, value, signal);
    const after = await this.#ending(keyId, value, signal);
    // The vendor was well a moment ago: it knew this very key.
    return after === "alive" ? "manual" : "revoked";
  }

  /**
   * A refusal alone is no death: in an outage, vendors were seen to refuse keys that live.
   * `refused`: again and again, and no other key shows that the vendor is well.
   */
  async #ending(keyId: string, value: string, signal: AbortSignal | undefined): Promise<"alive" | "refused" | "dead"> {
    const isRefused = async () => (await this.#look(value, signal)).outcome === "refused";
    if (!(await isRefused())) return "alive";
    await this.#sleep(PAUSE_MILLIS, signal);
    const control = await this.#control(keyId, value, signal);
    if (!(await isRefused())) return "alive";
    if (control === undefined) return "refused";
    return (await this.#look(control, signal)).outcome === "works" ? "dead" : "refused";
  }

  /** Value of another key, which works. */
  async #control(keyId: string, value: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    const others = (await this.#known.list()).filter(({ id }) => id !== keyId);
    for (const { id } of others.slice(0, CONTROLS_MAX)) {
      const other = await this.#known.value(id);
      if (other === undefined || other === value) continue;
      if ((await this.#look(other, signal)).outcome === "works") return other;
    }
    return undefined;
  }

  verify({ value, signal }: VerifyRequest): Promise<VerifyResult> {
    return this.#look(value, signal);
  }

  async #look(value: string, signal: AbortSignal | undefined): Promise<VerifyResult> {
    const { dialect, look } = this.#parts;
    const { endpoint } = look;
    const { displayName } = this.descriptor;
    if (!isToken(value)) return noKey(dialect);
    const answer = await exchange(this.#transport, value, { endpoint, signal });
    if (!isSuccess(answer.status)) return refusal(dialect, this.#parts.unknownKey, endpoint, answer);
    parseAnswer(dialect, look.answer, answer.body, endpoint, answer.status);
    return { outcome: "works", evidence: `${displayName} knows the key`, scopeProven: false };
  }

  #seconds(): number {
    return Math.floor(this.#now() / 1_000);
  }
}
