import { createHash } from "node:crypto";
import { isoSeconds } from "../../../model/units";
import { SeededRandom } from "../../../sandbox/vendors/random";
import type { Clock } from "../../../sandbox/vendors/simulator";

export interface StoredKey {
  readonly hash: string;
  readonly value: string;
  readonly workspaceId: string;
  readonly createdAt: number;
  /** Unix seconds; null: it does not expire. Set when the key is made, and never again. */
  readonly expiresAt: number | null;
  name: string;
  disabled: boolean;
  limit: number | null;
  limitReset: "daily" | "weekly" | "monthly" | null;
  /** US dollars; of the period that is running. */
  usage: number;
  updatedAt: number | null;
}

export interface StoredGuardrail {
  readonly id: string;
  readonly workspaceId: string;
  readonly createdAt: number;
  name: string;
  allowedModels: readonly string[] | null;
}

/** One account at OpenRouter with its default workspace. */
export class OpenRouterState {
  readonly keys = new Map<string, StoredKey>();
  readonly guardrails = new Map<string, StoredGuardrail>();
  /** Hash of a key -> id of its one guardrail. */
  readonly assignments = new Map<string, string>();
  readonly defaultWorkspaceId: string;
  readonly workspaceIds: string[];
  readonly managementKey: string;
  readonly #random: SeededRandom;
  readonly #issued: string[] = [];

  constructor(
    readonly clock: Clock,
    seed: string,
  ) {
    this.#random = new SeededRandom(seed);
    this.defaultWorkspaceId = this.#uuid();
    this.workspaceIds = [this.defaultWorkspaceId];
    this.managementKey = this.#value();
  }

  addWorkspace(): string {
    const id = this.#uuid();
    this.workspaceIds.push(id);
    return id;
  }

  /** For good. OpenRouter deletes none that has active keys. */
  deleteWorkspace(id: string): void {
    this.workspaceIds.splice(this.workspaceIds.indexOf(id), 1);
  }

  get seconds(): number {
    return Math.floor(this.clock.now() / 1_000);
  }

  /** Every value that was ever given out. */
  get issued(): readonly string[] {
    return this.#issued;
  }

  addKey(key: Pick<StoredKey, "name" | "limit" | "limitReset" | "expiresAt" | "workspaceId">): StoredKey {
    const value = this.#value();
    const stored: StoredKey = {
      ...key,
      value,
      hash: createHash("sha256").update(value).digest("hex"),
      createdAt: this.seconds,
      updatedAt: null,
      disabled: false,
      usage: 0,
    };
    this.keys.set(stored.hash, stored);
    return stored;
  }

  addGuardrail(name: string, allowedModels: readonly string[] | null, workspaceId: string): StoredGuardrail {
    const guardrail = { id: this.#uuid(), workspaceId, createdAt: this.seconds, name, allowedModels };
    this.guardrails.set(guardrail.id, guardrail);
    return guardrail;
  }

  /** The key that a value belongs to, where it opens anything now. */
  keyOf(value: string): StoredKey | undefined {
    const key = [...this.keys.values()].find((stored) => stored.value === value);
    if (key === undefined || key.disabled) return undefined;
    return key.expiresAt !== null && key.expiresAt <= this.seconds ? undefined : key;
  }

  shownKey(key: StoredKey): object {
    return {
      ...metered(key),
      hash: key.hash,
      name: key.name,
      disabled: key.disabled,
      created_at: isoSeconds(key.createdAt),
      updated_at: key.updatedAt === null ? null : isoSeconds(key.updatedAt),
      external_user: null,
      workspace_id: key.workspaceId,
    };
  }

  /**
   * As `GET /key` shows a key to itself, without hash and name; the management key has no limit.
   */
  shownToItself(key: StoredKey | undefined): object {
    return {
      ...metered(key ?? { value: this.managementKey, limit: null, limitReset: null, usage: 0, expiresAt: null }),
      workspace_id: key?.workspaceId ?? this.defaultWorkspaceId,
      is_management_key: key === undefined,
      is_provisioning_key: key === undefined,
      is_free_tier: false,
      organization_id: null,
      allowed_data_regions: [],
      free_model_daily_requests: { limit: 1_000, remaining: 1_000, used: 0 },
      rate_limit: { interval: "1h", note: "This field is deprecated and safe to ignore.", requests: -1 },
    };
  }

  shownGuardrail(guardrail: StoredGuardrail): object {
    return {
      id: guardrail.id,
      name: guardrail.name,
      description: null,
      // Shown under their dated names, whatever was sent.
      allowed_models:
        guardrail.allowedModels?.map((model) => (/-\d{8}$/.test(model) ? model : `${model}-20260101`)) ?? null,
      allowed_providers: null,
      limit_usd: null,
      reset_interval: null,
      include_byok_in_budgets: false,
      created_at: isoSeconds(guardrail.createdAt),
      updated_at: null,
      workspace_id: guardrail.workspaceId,
    };
  }

  #value(): string {
    const value = `sk-or-v1-${createHash("sha256").update(this.#random.urlSafe(64)).digest("hex")}`;
    this.#issued.push(value);
    return value;
  }

  #uuid(): string {
    const hex = createHash("sha256").update(this.#random.urlSafe(32)).digest("hex");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }
}

/** What a key is shown with, to whomever. */
function metered(key: Pick<StoredKey, "value" | "limit" | "limitReset" | "usage" | "expiresAt">): object {
  return {
    label: `${key.value.slice(0, 12)}...${key.value.slice(-3)}`,
    limit: key.limit,
    limit_remaining: key.limit === null ? null : Math.max(0, key.limit - key.usage),
    limit_reset: key.limitReset,
    include_byok_in_limit: false,
    usage: key.usage,
    usage_daily: key.usage,
    usage_weekly: key.usage,
    usage_monthly: key.usage,
    byok_usage: 0,
    byok_usage_daily: 0,
    byok_usage_weekly: 0,
    byok_usage_monthly: 0,
    creator_user_id: null,
    expires_at: key.expiresAt === null ? null : isoSeconds(key.expiresAt),
  };
}
