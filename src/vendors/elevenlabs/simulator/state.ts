import { createHash } from "node:crypto";
import { BlockList, isIPv6 } from "node:net";
import { SeededRandom } from "../../../sandbox/vendors/random";
import type { Clock } from "../../../sandbox/vendors/simulator";

export interface StoredKey {
  readonly keyId: string;
  readonly value: string;
  readonly createdAt: number;
  name: string;
  disabled: boolean;
  /** Null: all. */
  permissions: readonly string[] | null;
  /** Credits a month. */
  characterLimit: number | null;
  /** CIDR blocks. */
  allowedIps: readonly string[] | null;
}

/** A workspace with one service account, and an administrator whose key manages it. */
export class ElevenLabsState {
  readonly keys = new Map<string, StoredKey>();
  readonly serviceAccountUserId: string;
  readonly adminKey: StoredKey;
  readonly #random: SeededRandom;
  readonly #issued: string[] = [];
  /** `<id of the key> <month>` -> credits used. */
  readonly #used = new Map<string, number>();

  constructor(
    readonly clock: Clock,
    seed: string,
  ) {
    this.#random = new SeededRandom(seed);
    this.serviceAccountUserId = this.#random.alphanumeric(28);
    this.adminKey = this.#made("administrator", ["service_account_write"], null, null);
  }

  /** Every value that was ever given out. */
  get issued(): readonly string[] {
    return this.#issued;
  }

  addKey(
    name: string,
    permissions: readonly string[] | null,
    characterLimit: number | null,
    allowedIps: readonly string[] | null,
  ): StoredKey {
    const key = this.#made(name, permissions, characterLimit, allowedIps);
    this.keys.set(key.keyId, key);
    return key;
  }

  /** The key that a value belongs to, where it opens anything. */
  keyOf(value: string): StoredKey | undefined {
    return [this.adminKey, ...this.keys.values()].find((key) => key.value === value && !key.disabled);
  }

  usedBy({ keyId }: StoredKey): number {
    return this.#used.get(`${keyId} ${this.#month()}`) ?? 0;
  }

  use(key: StoredKey, credits: number): void {
    this.#used.set(`${key.keyId} ${this.#month()}`, this.usedBy(key) + credits);
  }

  shownKey(key: StoredKey): object {
    return {
      name: key.name,
      hint: key.value.slice(-4),
      key_id: key.keyId,
      service_account_user_id: this.serviceAccountUserId,
      created_at_unix: key.createdAt,
      is_disabled: key.disabled,
      permissions: key.permissions,
      disable_reason: null,
      character_limit: key.characterLimit,
      character_count: this.usedBy(key),
      hashed_xi_api_key: digest(key.value),
      allowed_ips: key.allowedIps,
      third_party_disable_allowed: true,
      platform_limits: null,
    };
  }

  #made(
    name: string,
    permissions: readonly string[] | null,
    characterLimit: number | null,
    allowedIps: readonly string[] | null,
  ): StoredKey {
    const value = `sk_${digest(this.#random.urlSafe(64)).slice(0, 48)}`;
    this.#issued.push(value);
    return {
      keyId: digest(this.#random.urlSafe(64)),
      value,
      createdAt: Math.floor(this.clock.now() / 1_000),
      name,
      disabled: false,
      permissions,
      characterLimit,
      allowedIps,
    };
  }

  #month(): string {
    return new Date(this.clock.now()).toISOString().slice(0, 7);
  }
}

export function isInside(address: string, networks: readonly string[]): boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [start = "", length = ""] = network.split("/");
    list.addSubnet(start, Number(length), isIPv6(start) ? "ipv6" : "ipv4");
  }
  return list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
