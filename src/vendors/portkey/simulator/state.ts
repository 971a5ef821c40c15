import { createHash } from "node:crypto";
import { isoSeconds, MILLIS_PER_SECOND, SECONDS_PER_DAY, SECONDS_PER_HOUR } from "../../../model/units";
import { SeededRandom } from "../../../sandbox/vendors/random";
import type { Clock } from "../../../sandbox/vendors/simulator";
import type { RateLimit, UsageLimits } from "./schemas";

const WINDOW_SECONDS: Readonly<Record<RateLimit["unit"], number>> = {
  rps: 1,
  rpm: 60,
  rph: SECONDS_PER_HOUR,
  rpd: SECONDS_PER_DAY,
  rpw: 7 * SECONDS_PER_DAY,
};

export const KEY_TYPES = ["organisation-service", "workspace-service", "workspace-user"] as const;
export type KeyType = (typeof KEY_TYPES)[number];

export interface StoredKey {
  readonly id: string;
  readonly type: KeyType;
  readonly userId: string | null;
  readonly createdAt: number;
  value: string;
  /** The value before the last rotation, until its transition is over. */
  previous: { readonly value: string; readonly endsAtMillis: number } | undefined;
  name: string;
  description: string | null;
  scopes: readonly string[];
  rateLimits: readonly RateLimit[];
  usageLimits: UsageLimits | null;
  /** Unix seconds; null: it does not expire. */
  expiresAt: number | null;
  alertEmails: readonly string[] | null;
  updatedAt: number;
  /** US dollars or tokens, of the period that is running. */
  usage: { readonly period: string; readonly amount: number };
  calls: Array<{ readonly atMillis: number; readonly tokens: number }>;
}

/** One organisation at Portkey with one workspace, which has a UUID and a slug. */
export class PortkeyState {
  /** With the admin key, which is an organisation's service key. */
  readonly keys = new Map<string, StoredKey>();
  readonly organisationId: string;
  readonly workspaceId: string;
  readonly workspaceSlug: string;
  readonly adminKey: StoredKey;
  /** Somebody has deleted the workspace. */
  isDeleted = false;
  readonly #random: SeededRandom;
  readonly #issued: string[] = [];

  constructor(
    readonly clock: Clock,
    seed: string,
    adminScopes: readonly string[],
  ) {
    this.#random = new SeededRandom(seed);
    this.organisationId = this.#uuid();
    this.workspaceId = this.#uuid();
    this.workspaceSlug = `ws-shared-${this.#random.alphanumeric(6).toLowerCase()}`;
    this.adminKey = this.addKey({ type: "organisation-service", name: "admin", scopes: adminScopes });
  }

  get seconds(): number {
    return Math.floor(this.clock.now() / MILLIS_PER_SECOND);
  }

  /** Every value that was ever given out. */
  get issued(): readonly string[] {
    return this.#issued;
  }

  /** Keys of the workspace, oldest first. */
  get workspaceKeys(): StoredKey[] {
    return [...this.keys.values()].filter(({ type }) => type !== "organisation-service");
  }

  /** For good; what is in a workspace has to be removed before. */
  deleteWorkspace(): void {
    for (const { id } of this.workspaceKeys) this.keys.delete(id);
    this.isDeleted = true;
  }

  get workspaces(): object[] {
    const shown = (id: string, slug: string, is_default: 0 | 1) => ({ id, slug, name: slug, is_default });
    const own = this.isDeleted ? [] : [shown(this.workspaceId, this.workspaceSlug, 0)];
    return [shown(this.organisationId, "ws-default", 1), ...own];
  }

  addKey(given: Pick<StoredKey, "type" | "name" | "scopes"> & Partial<StoredKey>): StoredKey {
    const stored: StoredKey = {
      userId: null,
      description: null,
      rateLimits: [],
      usageLimits: null,
      expiresAt: null,
      alertEmails: null,
      ...given,
      id: this.#uuid(),
      value: this.#value(),
      previous: undefined,
      createdAt: this.seconds,
      updatedAt: this.seconds,
      usage: { period: "", amount: 0 },
      calls: [],
    };
    this.keys.set(stored.id, stored);
    return stored;
  }

  /** The key that a value belongs to, where it opens anything now. */
  keyOf(value: string): StoredKey | undefined {
    const now = this.clock.now();
    const isValueOf = ({ value: current, previous }: StoredKey) =>
      current === value || (previous?.value === value && previous.endsAtMillis > now);
    const key = [...this.keys.values()].find(isValueOf);
    return key === undefined || (key.expiresAt !== null && key.expiresAt <= this.seconds) ? undefined : key;
  }

  isInTransition({ previous }: StoredKey): boolean {
    return previous !== undefined && previous.endsAtMillis > this.clock.now();
  }

  rotate(key: StoredKey, transitionMillis: number): number {
    const endsAtMillis = this.clock.now() + transitionMillis;
    key.previous = { value: key.value, endsAtMillis };
    key.value = this.#value();
    key.updatedAt = this.seconds;
    return endsAtMillis;
  }

  isExhausted(key: StoredKey): boolean {
    return key.usageLimits !== null && this.#used(key) >= key.usageLimits.credit_limit;
  }

  /** Which of the key's limits of requests and tokens stops another call; undefined: none. */
  exceeded(key: StoredKey): RateLimit | undefined {
    const now = this.clock.now();
    return key.rateLimits.find(({ type, unit, value }) => {
      const since = now - WINDOW_SECONDS[unit] * MILLIS_PER_SECOND;
      const within = key.calls.filter(({ atMillis }) => atMillis > since);
      return value <= (type === "requests" ? within.length : within.reduce((sum, { tokens }) => sum + tokens, 0));
    });
  }

  /** What a call has cost. */
  count(key: StoredKey, { tokens, usd }: { tokens: number; usd: number }): void {
    const now = this.clock.now();
    const longest = now - WINDOW_SECONDS.rpw * MILLIS_PER_SECOND;
    key.calls = [...key.calls.filter(({ atMillis }) => atMillis > longest), { atMillis: now, tokens }];
    const amount = this.#used(key) + (key.usageLimits?.type === "tokens" ? tokens : usd);
    key.usage = { period: this.#period(key), amount };
  }

  /** What a key has not is left out. */
  shownKey(key: StoredKey): object {
    const shown = {
      id: key.id,
      key: `${key.value.slice(0, 2)}*****${key.value.slice(-3)}`,
      name: key.name,
      description: key.description,
      type: key.type,
      organisation_id: this.organisationId,
      // The UUID, also of a key that was made with the workspace's slug.
      workspace_id: key.type === "organisation-service" ? null : this.workspaceId,
      user_id: key.userId,
      status: this.isExhausted(key) ? "exhausted" : "active",
      created_at: isoSeconds(key.createdAt),
      last_updated_at: isoSeconds(key.updatedAt),
      creation_mode: "api",
      rate_limits: key.rateLimits,
      usage_limits: key.usageLimits,
      expires_at: key.expiresAt === null ? null : isoSeconds(key.expiresAt),
      alert_emails: key.alertEmails,
      scopes: key.scopes,
      defaults: {},
      object: "api-key",
    };
    return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== null));
  }

  #used(key: StoredKey): number {
    return key.usage.period === this.#period(key) ? key.usage.amount : 0;
  }

  /**
   * Budgets start anew on the first of a month, or on Sunday, at midnight UTC; or so many days
   * after the key was made.
   */
  #period({ usageLimits, createdAt }: StoredKey): string {
    const now = new Date(this.clock.now());
    const days = Math.floor(this.seconds / SECONDS_PER_DAY);
    if (usageLimits?.periodic_reset === "monthly") return `${now.getUTCFullYear()}-${now.getUTCMonth()}`;
    if (usageLimits?.periodic_reset === "weekly") return `week ${Math.floor((days - now.getUTCDay()) / 7)}`;
    const every = usageLimits?.periodic_reset_days;
    return every == null ? "" : `period ${Math.floor((this.seconds - createdAt) / (every * SECONDS_PER_DAY))}`;
  }

  #value(): string {
    const value = this.#random.alphanumeric(28);
    this.#issued.push(value);
    return value;
  }

  #uuid(): string {
    const hex = createHash("sha256").update(this.#random.urlSafe(32)).digest("hex");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }
}
