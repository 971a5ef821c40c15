import { isoSeconds } from "../../../model/units";
import { SeededRandom } from "../../../sandbox/vendors/random";
import type { Clock } from "../../../sandbox/vendors/simulator";
import { type RateGroup, rateGroups, WorkspaceSettings } from "./workspace-settings";

export interface StoredKey {
  readonly id: string;
  readonly value: string;
  readonly createdAt: number;
  /** Unix seconds; null: it does not expire. */
  readonly expiresAt: number | null;
  readonly workspaceId: string;
  name: string;
  /** What people and the API set; `expired` comes by itself. */
  status: "active" | "inactive" | "archived";
}

export interface ConsoleKey {
  readonly name: string;
  /** @default the organisation's default workspace */
  readonly workspaceId?: string | undefined;
  /** @default it does not expire */
  readonly expiresInSeconds?: number | undefined;
}

/** One organisation at Anthropic, with two workspaces. */
export class AnthropicState {
  readonly keys = new Map<string, StoredKey>();
  readonly workspaceIds: readonly [defaultId: string, other: string];
  /** What is set for each, by id. */
  readonly workspaces: ReadonlyMap<string, WorkspaceSettings>;
  /** Id of an archived workspace -> since when, in Unix seconds. */
  readonly archived = new Map<string, number>();
  readonly rateGroups: readonly RateGroup[];
  readonly userId: string;
  readonly adminKey: string;
  readonly #random: SeededRandom;
  readonly #issued: string[] = [];

  constructor(
    readonly clock: Clock,
    seed: string,
  ) {
    this.#random = new SeededRandom(seed);
    this.workspaceIds = [this.newId("wrkspc"), this.newId("wrkspc")];
    this.workspaces = new Map(this.workspaceIds.map((id) => [id, new WorkspaceSettings()]));
    this.userId = this.newId("user");
    this.adminKey = this.#value("sk-ant-admin01-");
    this.rateGroups = rateGroups((kind) => this.newId(kind));
  }

  get seconds(): number {
    return Math.floor(this.clock.now() / 1_000);
  }

  /** Every value that was ever given out. */
  get issued(): readonly string[] {
    return this.#issued;
  }

  addKey({ name, workspaceId = this.workspaceIds[0], expiresInSeconds }: ConsoleKey): StoredKey {
    const key: StoredKey = {
      id: this.newId("apikey"),
      value: this.#value("sk-ant-api03-"),
      createdAt: this.seconds,
      expiresAt: expiresInSeconds === undefined ? null : this.seconds + expiresInSeconds,
      workspaceId,
      name,
      status: "active",
    };
    this.keys.set(key.id, key);
    return key;
  }

  /** For good, and the keys in it with it. */
  archive(workspaceId: string): void {
    this.archived.set(workspaceId, this.seconds);
    for (const key of this.keys.values()) if (key.workspaceId === workspaceId) key.status = "archived";
  }

  statusOf({ status, expiresAt }: StoredKey): StoredKey["status"] | "expired" {
    return status !== "archived" && expiresAt !== null && expiresAt <= this.seconds ? "expired" : status;
  }

  get active(): number {
    return [...this.keys.values()].filter((key) => this.statusOf(key) === "active").length;
  }

  /** The key that a value belongs to, where it opens anything now. */
  keyOf(value: string): StoredKey | undefined {
    return [...this.keys.values()].find((key) => key.value === value && this.statusOf(key) === "active");
  }

  shown(key: StoredKey): object {
    return {
      type: "api_key",
      id: key.id,
      name: key.name,
      created_at: isoSeconds(key.createdAt),
      created_by: { id: this.userId, type: "user" },
      expires_at: key.expiresAt === null ? null : isoSeconds(key.expiresAt),
      partial_key_hint: `${key.value.slice(0, 16)}...${key.value.slice(-4)}`,
      principal: { type: "user_actor", user_id: this.userId },
      scope: { type: "workspace", workspace_id: key.workspaceId },
      status: this.statusOf(key),
    };
  }

  newId(kind: string): string {
    return `${kind}_01${this.#random.alphanumeric(22)}`;
  }

  #value(prefix: string): string {
    const value = `${prefix}${this.#random.urlSafe(93)}AA`;
    this.#issued.push(value);
    return value;
  }
}
