import { createHash } from "node:crypto";
import { isoSeconds, MILLIS_PER_SECOND, SECONDS_PER_DAY } from "../../../model/units";
import { SeededRandom } from "../../../sandbox/vendors/random";
import type { Clock } from "../../../sandbox/vendors/simulator";

export interface StoredKey {
  readonly id: string;
  readonly value: string;
  readonly name: string | null;
  readonly workspaceId: string;
  readonly userId: string;
  readonly createdAt: number;
  /** `YYYY-MM-DD`; null: it does not expire. Set when the key is made, and never again. */
  readonly expirationDate: string | null;
  lastUsed: string | null;
}

/** One organisation at Mistral with two workspaces and one member. */
export class MistralState {
  readonly keys = new Map<string, StoredKey>();
  readonly workspaceId: string;
  readonly otherWorkspaceId: string;
  readonly userId: string;
  readonly adminKey: string;
  /** Which end of its date a key ends with: Mistral does not say. */
  dies: "at_begin_of_date" | "at_end_of_date" = "at_begin_of_date";
  /**
   * Days that the organisation's expiry policy gives a key at the most; null: there is no policy.
   */
  maxValidityDays: number | null = null;
  /** Somebody has archived the workspace that is not another, and its keys with it. */
  isArchived = false;
  readonly #random: SeededRandom;
  readonly #issued: string[] = [];

  constructor(
    readonly clock: Clock,
    seed: string,
  ) {
    this.#random = new SeededRandom(seed);
    this.workspaceId = this.#uuid();
    this.otherWorkspaceId = this.#uuid();
    this.userId = this.#uuid();
    this.adminKey = this.#value();
  }

  get seconds(): number {
    return Math.floor(this.clock.now() / MILLIS_PER_SECOND);
  }

  /** Every value that was ever given out. */
  get issued(): readonly string[] {
    return this.#issued;
  }

  workspaces(withArchived: boolean) {
    const shown = (uuid: string, name: string) => ({ uuid, name, description: null, icon: null, is_default: false });
    const own = this.isArchived && !withArchived ? [] : [shown(this.workspaceId, "Default")];
    return [...own, shown(this.otherWorkspaceId, "Another")];
  }

  archive(): void {
    this.isArchived = true;
    for (const { id, workspaceId } of this.keys.values()) if (workspaceId === this.workspaceId) this.keys.delete(id);
  }

  addKey(given: { name: string | null; workspaceId: string; userId: string; expiration: string | null }): StoredKey {
    const { name, workspaceId, userId, expiration } = given;
    const key: StoredKey = {
      id: this.#uuid(),
      value: this.#value(),
      name,
      workspaceId,
      userId,
      createdAt: this.seconds,
      expirationDate: this.#underPolicy(expiration),
      lastUsed: null,
    };
    this.keys.set(key.id, key);
    return key;
  }

  /** The key that a value belongs to, where it opens anything now. */
  keyOf(value: string): StoredKey | undefined {
    const key = [...this.keys.values()].find((stored) => stored.value === value);
    return key === undefined || this.#isExpired(key) ? undefined : key;
  }

  use(key: StoredKey): void {
    key.lastUsed = dateOf(this.seconds);
  }

  /** As it is shown to whoever made it. */
  shownKey(key: StoredKey): object {
    return {
      key_id: key.id,
      key: null,
      name: key.name,
      hidden_key: `${key.value.slice(0, 4)}...${key.value.slice(-4)}`,
      created_at: `${new Date(key.createdAt * MILLIS_PER_SECOND).toISOString().slice(0, 19)}.000000Z`,
      expiration_date: key.expirationDate,
      actions: {
        rotate: this.#isExpired(key) ? { status: "unavailable", reason: "key_expired" } : { status: "available" },
        delete: { status: "available" },
      },
    };
  }

  listedKey(key: StoredKey): object {
    return {
      ...this.shownKey(key),
      workspace_id: key.workspaceId,
      workspace_name: key.workspaceId === this.workspaceId ? "Default" : "Another",
      created_by: "admin@example.com",
      product: "API",
      last_used: key.lastUsed,
      can_delete: true,
    };
  }

  /** Too late a date, or none, becomes the latest that the policy allows. */
  #underPolicy(asked: string | null): string | null {
    if (this.maxValidityDays === null) return asked;
    const latest = dateOf(this.seconds + this.maxValidityDays * SECONDS_PER_DAY);
    return asked === null || asked > latest ? latest : asked;
  }

  #isExpired({ expirationDate }: StoredKey): boolean {
    if (expirationDate === null) return false;
    const today = dateOf(this.seconds);
    return this.dies === "at_begin_of_date" ? expirationDate <= today : expirationDate < today;
  }

  #value(): string {
    const value = this.#random.alphanumeric(32);
    this.#issued.push(value);
    return value;
  }

  #uuid(): string {
    const hex = createHash("sha256").update(this.#random.urlSafe(32)).digest("hex");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }
}

/** In UTC. */
export function dateOf(seconds: number): string {
  return isoSeconds(seconds).slice(0, "2026-12-31".length);
}
