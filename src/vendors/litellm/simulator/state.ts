import { createHash } from "node:crypto";
import { SeededRandom } from "../../../sandbox/vendors/random";
import type { Clock } from "../../../sandbox/vendors/simulator";
import { nextReset } from "./durations";

/** Fields as the proxy names them; times are Unix milliseconds. */
export interface KeyFields {
  key_alias: string | null;
  models: readonly string[];
  allowed_routes: readonly string[];
  rpm_limit: number | null;
  tpm_limit: number | null;
  max_budget: number | null;
  budget_duration: string | null;
  expires: number | null;
  metadata: Readonly<Record<string, unknown>>;
}

export interface StoredKey extends KeyFields {
  readonly token: string;
  readonly keyName: string;
  readonly createdAt: number;
  updatedAt: number;
  budgetResetAt: number | null;
  spend: number;
  blocked: boolean;
  lastActive: number | null;
  /** Of the last minute. */
  calls: ReadonlyArray<{ readonly at: number; readonly tokens: number }>;
}

const MINUTE_MILLIS = 60_000;

export function hashOf(value: string): string {
  return createHash("sha256").update(value).digest("hex");
}

/** One proxy with its database. */
export class LiteLlmState {
  /** By token: the value's hash. The value itself is kept nowhere. */
  readonly keys = new Map<string, StoredKey>();
  readonly masterKey: string;
  readonly #random: SeededRandom;
  readonly #seen: string[] = [];

  constructor(
    readonly clock: Clock,
    seed: string,
  ) {
    this.#random = new SeededRandom(seed);
    this.masterKey = this.newValue();
  }

  get now(): number {
    return this.clock.now();
  }

  /** Values that were given out, or sent in. */
  get seen(): readonly string[] {
    return this.#seen;
  }

  note(value: string): void {
    if (!this.#seen.includes(value)) this.#seen.push(value);
  }

  newValue(): string {
    const value = `sk-${this.#random.urlSafe(22)}`;
    this.note(value);
    return value;
  }

  addKey(value: string, fields: KeyFields): StoredKey {
    const key: StoredKey = {
      ...fields,
      token: hashOf(value),
      keyName: `sk-...${value.slice(-4)}`,
      createdAt: this.now,
      updatedAt: this.now,
      budgetResetAt: fields.budget_duration === null ? null : nextReset(fields.budget_duration, this.now),
      spend: 0,
      blocked: false,
      lastActive: null,
      calls: [],
    };
    this.keys.set(key.token, key);
    return key;
  }

  hasAlias(alias: string, except?: string): boolean {
    return [...this.keys.values()].some((key) => key.key_alias === alias && key.token !== except);
  }

  /** Newest first, as the proxy lists them. */
  sorted(): StoredKey[] {
    return [...this.keys.values()].sort((a, b) => b.createdAt - a.createdAt || (a.token < b.token ? 1 : -1));
  }

  /** A budget whose period has ended starts anew, and calls older than a minute are forgotten. */
  refresh(key: StoredKey): void {
    if (key.budget_duration !== null && key.budgetResetAt !== null && key.budgetResetAt <= this.now) {
      key.spend = 0;
      key.budgetResetAt = nextReset(key.budget_duration, this.now);
    }
    key.calls = key.calls.filter(({ at }) => at > this.now - MINUTE_MILLIS);
  }

  /** As `/key/info` shows it, without its token. */
  shown(key: StoredKey): object {
    const { key_alias, models, allowed_routes, rpm_limit, tpm_limit, max_budget, budget_duration, metadata } = key;
    return {
      key_name: key.keyName,
      ...{ key_alias, models, allowed_routes, rpm_limit, tpm_limit, max_budget, budget_duration, metadata },
      spend: key.spend,
      expires: isoOrNull(key.expires),
      budget_reset_at: isoOrNull(key.budgetResetAt),
      blocked: key.blocked,
      last_active: isoOrNull(key.lastActive),
      created_at: isoOrNull(key.createdAt),
      created_by: "default_user_id",
      updated_at: isoOrNull(key.updatedAt),
      updated_by: "default_user_id",
      ...{ user_id: "default_user_id", team_id: null, org_id: null, max_parallel_requests: null },
      ...{ aliases: {}, config: {}, permissions: {}, model_spend: {}, model_max_budget: {}, budget_limits: null },
      ...{ soft_budget_cooldown: false, allowed_cache_controls: [], object_permission_id: null },
      ...{ rotation_count: 0, auto_rotate: false, rotation_interval: null, last_rotation_at: null },
    };
  }
}

export function isoOrNull(millis: number | null): string | null {
  return millis === null ? null : new Date(millis).toISOString();
}
