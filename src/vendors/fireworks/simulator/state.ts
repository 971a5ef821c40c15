import { isoSeconds, MILLIS_PER_SECOND } from "../../../model/units";
import { SeededRandom } from "../../../sandbox/vendors/random";
import type { Clock } from "../../../sandbox/vendors/simulator";

export type Role = "admin" | "user" | "contributor" | "inference-user";

export interface StoredUser {
  readonly id: string;
  readonly serviceAccount: boolean;
  role: Role;
}

export interface StoredKey {
  readonly id: string;
  readonly value: string;
  readonly user: StoredUser;
  readonly displayName: string;
  readonly createdAt: number;
  /** Unix seconds; null: it does not expire. Set when the key is made, and never again. */
  readonly expiresAt: number | null;
  lastUsedAt: number | null;
}

/** One account at Fireworks with an admin, a member and a service account. */
export class FireworksState {
  readonly accountId = "sandbox-account";
  readonly keys = new Map<string, StoredKey>();
  readonly users = new Map<string, StoredUser>();
  readonly admin: StoredUser;
  readonly member: StoredUser;
  readonly serviceAccount: StoredUser;
  readonly adminKey: string;
  readonly #random: SeededRandom;
  readonly #issued: string[] = [];

  constructor(
    readonly clock: Clock,
    seed: string,
  ) {
    this.#random = new SeededRandom(seed);
    this.admin = this.#addUser("ada", "admin", false);
    this.member = this.#addUser("alan", "user", false);
    this.serviceAccount = this.#addUser("scoped-keys", "inference-user", true);
    this.adminKey = this.addKey(this.admin, "default", null).value;
  }

  get seconds(): number {
    return Math.floor(this.clock.now() / MILLIS_PER_SECOND);
  }

  /** Every value that was ever given out. */
  get issued(): readonly string[] {
    return this.#issued;
  }

  addKey(user: StoredUser, displayName: string, expiresAt: number | null): StoredKey {
    const value = `fw_${this.#random.alphanumeric(24)}`;
    this.#issued.push(value);
    const id = `key_${this.#random.alphanumeric(16)}`;
    const key = { id, value, user, displayName, createdAt: this.seconds, expiresAt, lastUsedAt: null };
    this.keys.set(id, key);
    return key;
  }

  keysOf(user: StoredUser): StoredKey[] {
    return [...this.keys.values()].filter((key) => key.user === user);
  }

  /** The key that a value belongs to, where it opens anything now. */
  keyOf(value: string): StoredKey | undefined {
    const key = [...this.keys.values()].find((stored) => stored.value === value);
    if (key === undefined) return undefined;
    return key.expiresAt !== null && key.expiresAt <= this.seconds ? undefined : key;
  }

  shownKey({ id, displayName, value, user, createdAt, expiresAt, lastUsedAt }: StoredKey): object {
    const address = user.serviceAccount ? `${user.id}@${this.accountId}.sa.fireworks.ai` : `${user.id}@example.com`;
    return {
      keyId: id,
      displayName,
      key: "",
      createTime: isoSeconds(createdAt),
      secure: true,
      email: address,
      prefix: value.slice(0, 6),
      expireTime: expiresAt === null ? null : isoSeconds(expiresAt),
      annotations: {},
      lastUsed: lastUsedAt === null ? null : isoSeconds(lastUsedAt),
    };
  }

  #addUser(id: string, role: Role, serviceAccount: boolean): StoredUser {
    const user = { id, role, serviceAccount };
    this.users.set(id, user);
    return user;
  }
}
