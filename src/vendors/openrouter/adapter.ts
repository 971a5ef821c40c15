import * as v from "valibot";
import { AdminClient, allPages } from "../../http/admin-client";
import { bearer, envelopeOf } from "../../http/envelope";
import { type Dialect, exchange, isSuccess, isToken, parseAnswer, type Transport } from "../../http/exchange";
import { type Odd, withOdd } from "../../http/lenient";
import { orGone, orUndefined } from "../../http/not-found";
import { parseSettingsWithUrl } from "../../http/settings";
import { type KeyWords, noKey, refusal } from "../../http/verdict";
import { describeSpend, type Grant, type Limits } from "../../model/grant";
import { isoSeconds } from "../../model/units";
import { VendorError } from "../../model/vendor-error";
import type { VerifyResult } from "../../model/verify-result";
import { misfits } from "../misfits";
import { ShownLimits } from "../shown-limits";
import type {
  CallOptions,
  FullVendorAdapter,
  KeyRequest,
  MintedKey,
  MintRequest,
  OwnerRequest,
  UpdateRequest,
  Vendor,
  VendorConnection,
  VendorKey,
  VerifyRequest,
} from "../vendor";
import { openRouterDescriptor } from "./descriptor";
import {
  assignedSchema,
  deletedSchema,
  errorSchema,
  guardrailAnswerSchema,
  guardrailsSchema,
  introspectionSchema,
  type Key,
  keyAnswerSchema,
  keysSchema,
  mintedSchema,
  RESETS,
  settingsSchema,
  workspaceSchema,
  workspacesSchema,
} from "./schemas";

const { wider, narrower } = misfits("OpenRouter knows the key");

const PAGE = 100;
const MILLIS = 1_000;

const dialect: Dialect = {
  displayName: openRouterDescriptor.displayName,
  authorize: bearer,
  errorIn: envelopeOf(
    v.pipe(
      errorSchema,
      v.transform(({ error }) => error),
    ),
  ),
  valuePrefixes: openRouterDescriptor.valuePrefixes,
};

/**
 * The first is what it says of keys that were deleted; in an outage it was seen to say so of
 * others.
 */
const UNKNOWN_KEY: readonly KeyWords[] = [
  { statuses: [401], message: /^user not found/i },
  {
    statuses: [401],
    message: /(?:invalid|disabled|expired) (?:api key|credentials)|api key .*(?:disabled|expired|revoked)/i,
  },
];

/**
 * Owners are guardrails: each declared key has one, which says which models its vendor keys may
 * use.
 */
export const openRouter: Vendor<FullVendorAdapter> = {
  descriptor: openRouterDescriptor,
  connect: (connection) => new OpenRouterAdapter(connection),
};

class OpenRouterAdapter implements FullVendorAdapter {
  readonly descriptor = openRouterDescriptor;
  readonly accountGone?: (request: CallOptions) => Promise<string | undefined>;
  readonly #transport: Transport;
  readonly #client: AdminClient;
  readonly #workspace: ReadonlyArray<readonly [string, string]>;
  readonly #now: () => number;

  constructor({ settings, adminKey, rateLimiter, fetch, now }: VendorConnection) {
    const { workspaceId, baseUrl } = parseSettingsWithUrl(openRouterDescriptor, settingsSchema, settings);
    this.#workspace = workspaceId === undefined ? [] : [["workspace_id", workspaceId]];
    this.#transport = { fetch, baseUrl, now, dialect };
    this.#client = new AdminClient(this.#transport, adminKey, rateLimiter);
    this.#now = now;
    if (workspaceId !== undefined) this.accountGone = (options) => this.#deleted(workspaceId, options);
  }

  /**
   * A 404 alone may come from a proxy. To another account's key every workspace is one that is not
   * there: then no workspace is listed, or its keys work.
   */
  async #deleted(workspace: string, { signal }: CallOptions): Promise<string | undefined> {
    const endpoint = "GET /workspaces";
    let offset = 0;
    const all = await allPages(dialect.displayName, endpoint, async (more) => {
      const query = [["limit", String(PAGE)] as const, ...more];
      const { data } = await this.#client.call({ endpoint, query, answer: workspacesSchema, signal });
      offset += data.length;
      return { items: data, next: data.length < PAGE ? undefined : [["offset", String(offset)] as const] };
    });
    if (all.length === 0 || all.some(({ id }) => id === workspace)) return undefined;
    const request = { endpoint: "GET /workspaces/{id}", ids: { id: workspace }, answer: workspaceSchema, signal };
    const found = await orUndefined(() => this.#client.call(request));
    return found === undefined ? "OpenRouter has no such workspace any more, and lists others" : undefined;
  }

  async findOwner({ name, signal }: OwnerRequest): Promise<string | undefined> {
    const endpoint = "GET /guardrails";
    const all = await this.#pages(endpoint, async (query) => {
      const paged = [...query, ["limit", String(PAGE)] as const];
      return (await this.#client.call({ endpoint, query: paged, answer: guardrailsSchema, signal })).data;
    });
    const [oldest] = all
      .filter((guardrail) => guardrail.name === name)
      .sort((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1));
    return oldest?.id;
  }

  async createOwner({ name, signal }: OwnerRequest): Promise<string> {
    const body = { name, ...Object.fromEntries(this.#workspace) };
    const answer = guardrailAnswerSchema;
    return (await this.#client.call({ endpoint: "POST /guardrails", body, answer, signal })).data.id;
  }

  deleteOwner({ ownerId, signal }: { ownerId: string; signal?: AbortSignal }): Promise<"deleted" | "gone"> {
    const endpoint = "DELETE /guardrails/{id}";
    return orGone(async () => {
      await this.#client.call({ endpoint, ids: { id: ownerId }, answer: deletedSchema, signal });
      return "deleted" as const;
    });
  }

  async mint({ name, grant, expiresInSeconds, signal }: MintRequest): Promise<MintedKey> {
    const endpoint = "POST /keys";
    const body = {
      name,
      ...limitBody(grant),
      // OpenRouter counts no seconds from the request: it wants a moment, and in UTC.
      expires_at: isoSeconds(Math.floor(this.#now() / MILLIS) + expiresInSeconds),
      ...Object.fromEntries(this.#workspace),
    };
    const { key, data } = await this.#client.call({ endpoint, body, answer: mintedSchema, signal });
    return {
      id: data.hash,
      name: data.name,
      value: key,
      createdAt: data.created_at,
      ...(data.expires_at == null ? {} : { expiresAt: data.expires_at }),
    };
  }

  async list({ signal }: { signal?: AbortSignal }): Promise<VendorKey[]> {
    const endpoint = "GET /keys";
    const keys = await this.#pages(endpoint, async (query) => {
      // Left out, keys that somebody disabled would look deleted.
      const paged = [...query, ["include_disabled", "true"] as const];
      return (await this.#client.call({ endpoint, query: paged, answer: keysSchema, signal })).data;
    });
    return keys.map(vendorKey);
  }

  read({ keyId, signal }: KeyRequest): Promise<VendorKey | undefined> {
    const request = { endpoint: "GET /keys/{hash}", ids: { hash: keyId }, answer: keyAnswerSchema, signal };
    return orUndefined(async () => vendorKey((await this.#client.call(request)).data));
  }

  /** Models first: what is already limited by spend alone is not opened in between. */
  async update({ keyId, ownerId, grant, expiresInSeconds, signal }: UpdateRequest): Promise<VendorKey> {
    const endpoint = "PATCH /keys/{hash}";
    if (expiresInSeconds !== undefined) {
      throw new VendorError("invalid", endpoint, "OpenRouter sets an expiry when a key is made, and never again");
    }
    if (grant === undefined) throw new VendorError("invalid", endpoint, "nothing to update");
    if (ownerId !== undefined) await this.#guard(ownerId, keyId, grant, signal);
    else if (grant.models !== undefined) throw new VendorError("invalid", endpoint, "models without a guardrail");
    const request = { endpoint, ids: { hash: keyId }, body: limitBody(grant), answer: keyAnswerSchema, signal };
    return vendorKey((await this.#client.call(request)).data);
  }

  revoke({ keyId, signal }: KeyRequest): Promise<"revoked" | "gone"> {
    const request = { endpoint: "DELETE /keys/{hash}", ids: { hash: keyId }, answer: deletedSchema, signal };
    return orGone(async () => {
      await this.#client.call(request);
      return "revoked" as const;
    });
  }

  /**
   * One call, which costs nothing. No free call is known to lie outside a list of models, so those
   * are not proven.
   */
  async verify({ value, grant, signal }: VerifyRequest): Promise<VerifyResult> {
    const endpoint = "GET /key";
    if (!isToken(value)) return noKey(dialect);
    const answer = await exchange(this.#transport, value, { endpoint, signal });
    if (!isSuccess(answer.status)) return refusal(dialect, UNKNOWN_KEY, endpoint, answer);
    const { data } = parseAnswer(dialect, introspectionSchema, answer.body, endpoint, answer.status);
    if (data.is_management_key) return wider("it may manage keys");
    const spends = [spendOf(data.limit, data.limit_reset), grant.limits?.spend] as const;
    const [shown, wanted] = spends.map(wordsOf);
    const tell = isLess(...spends) ? narrower : wider;
    if (shown !== wanted) return tell(`it may spend ${shown} where ${wanted} was asked`);
    const evidence = `OpenRouter knows the key, which may spend ${shown}`;
    return { outcome: "works", evidence, scopeProven: false };
  }

  async #guard(id: string, keyId: string, grant: Grant, signal: AbortSignal | undefined): Promise<void> {
    const body = { allowed_models: grant.models === undefined ? null : [...grant.models] };
    const ids = { id };
    await this.#client.call({ endpoint: "PATCH /guardrails/{id}", ids, body, answer: guardrailAnswerSchema, signal });
    const endpoint = "POST /guardrails/{id}/assignments/keys";
    await this.#client.call({ endpoint, ids, body: { key_hashes: [keyId] }, answer: assignedSchema, signal });
  }

  #pages<Item>(
    endpoint: string,
    page: (query: ReadonlyArray<readonly [string, string]>) => Promise<readonly Item[]>,
  ): Promise<Item[]> {
    let offset = 0;
    return allPages(dialect.displayName, endpoint, async (query) => {
      const items = await page([...this.#workspace, ...query]);
      offset += items.length;
      return { items, next: items.length < PAGE ? undefined : [["offset", String(offset)]] };
    });
  }
}

function limitBody({ limits }: Grant): { limit: number | null; limit_reset: string | null } {
  const { spend } = limits ?? {};
  return spend === undefined
    ? { limit: null, limit_reset: null }
    : { limit: spend.usd, limit_reset: RESETS[spend.per] };
}

function spendOf(limit: number | null | undefined, reset: Key["limit_reset"]): Limits["spend"] {
  if (limit == null) return undefined;
  return { usd: limit, per: periodOf(reset) ?? "lifetime" };
}

function periodOf(reset: Key["limit_reset"]): keyof typeof RESETS | undefined {
  const periods = Object.keys(RESETS) as Array<keyof typeof RESETS>;
  return periods.find((period) => RESETS[period] === (reset ?? null));
}

/** Limits of two periods cannot be compared: then it may be more. */
function isLess(shown: Limits["spend"], wanted: Limits["spend"]): boolean {
  if (shown === undefined || wanted === undefined) return shown !== undefined;
  return shown.per === wanted.per && shown.usd < wanted.usd;
}

function wordsOf(spend: Limits["spend"]): string {
  return spend === undefined ? "without limit" : describeSpend(spend);
}

function vendorKey(key: Key & Odd): VendorKey {
  const { hash, name, disabled, limit, limit_reset, created_at, expires_at } = key;
  const per = periodOf(limit_reset);
  const shown = `limit ${limit}${limit_reset == null ? "" : `, limit_reset ${limit_reset}`}`;
  // A key without credit still opens what is free.
  const limits = new ShownLimits().budget(shown, limit, per === undefined ? {} : { per }, "nothing");
  return {
    id: hash,
    name,
    createdAt: created_at,
    ...(expires_at == null ? {} : { expiresAt: expires_at }),
    ...(disabled ? { disabled: true } : {}),
    granted: withOdd(limits.shown, key),
  };
}
