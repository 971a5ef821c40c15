import { AdminClient, allPages, stuckPages } from "../../http/admin-client";
import type { Transport } from "../../http/exchange";
import { type Odd, withOdd } from "../../http/lenient";
import { orGone, orUndefined } from "../../http/not-found";
import { parseSettingsWithUrl } from "../../http/settings";
import { defined } from "../../model/defined";
import type { Grant, Limits } from "../../model/grant";
import { isoSeconds, MILLIS_PER_SECOND } from "../../model/units";
import { VendorError } from "../../model/vendor-error";
import type { VerifyResult } from "../../model/verify-result";
import { checkGrace } from "../grace";
import type {
  CallOptions,
  KeyRequest,
  MintedKey,
  MintRequest,
  RotateRequest,
  UpdateRequest,
  Vendor,
  VendorAdapter,
  VendorConnection,
  VendorKey,
  VerifyRequest,
} from "../vendor";
import type { CreateKeyBody, RotateKeyBody, UpdateKeyBody, UsageLimitsBody } from "./bodies";
import { portkeyDescriptor } from "./descriptor";
import { portkeyDialect } from "./dialect";
import { rateLimits, shownLimits, usageLimits } from "./limits";
import {
  doneSchema,
  type Key,
  keySchema,
  keysSchema,
  mintedSchema,
  rotatedSchema,
  settingsSchema,
  workspacesSchema,
} from "./schemas";
import { verify } from "./verify";

const PAGE = 100;

type InPlaceAdapter = VendorAdapter & Required<Pick<VendorAdapter, "rotate" | "update">>;

/** Service keys of one workspace. There are no owners: a key belongs to the workspace. */
export const portkey: Vendor<InPlaceAdapter> = {
  descriptor: portkeyDescriptor,
  connect: (connection) => new PortkeyAdapter(connection),
};

class PortkeyAdapter implements InPlaceAdapter {
  readonly descriptor = portkeyDescriptor;
  readonly #transport: Transport;
  readonly #client: AdminClient;
  readonly #workspaceId: string;
  readonly #now: () => number;

  constructor({ settings, adminKey, rateLimiter, fetch, now }: VendorConnection) {
    const { workspaceId, baseUrl } = parseSettingsWithUrl(portkeyDescriptor, settingsSchema, settings);
    this.#workspaceId = workspaceId;
    this.#transport = {
      fetch,
      baseUrl,
      now,
      dialect: portkeyDialect,
    };
    this.#client = new AdminClient(this.#transport, adminKey, rateLimiter);
    this.#now = now;
  }

  /**
   * The answer has id and value, and nothing of what was granted: Portkey grants what was asked, or
   * refuses.
   */
  async mint({ name, grant, expiresInSeconds, signal }: MintRequest): Promise<MintedKey> {
    const endpoint = "POST /api-keys/workspace/service";
    const createdAt = this.#seconds();
    const expiresAt = createdAt + expiresInSeconds;
    const limits = rateLimits(grant.limits ?? {});
    const budget = budgetIn(endpoint, grant.limits);
    const body: CreateKeyBody = {
      name,
      workspace_id: this.#workspaceId,
      scopes: scopesIn(endpoint, grant),
      ...(limits.length === 0 ? {} : { rate_limits: limits }),
      ...defined({ usage_limits: budget }),
      expires_at: isoSeconds(expiresAt),
    };
    const { id, key } = await this.#client.call({ endpoint, body, answer: mintedSchema, signal });
    return { id, name, value: key, createdAt, expiresAt };
  }

  /**
   * A rotation leaves everything but the value as it is, the expiry as well, which its answer does
   * not show: so it is read before. Read afterwards, a failure would lose the value.
   */
  async rotate(rotation: RotateRequest): Promise<MintedKey> {
    const { keyId, graceSeconds, signal } = rotation;
    const endpoint = "POST /api-keys/{id}/rotate";
    checkGrace(portkeyDescriptor, endpoint, graceSeconds);
    const { name, expiresAt } = await this.#known(endpoint, rotation);
    const createdAt = this.#seconds();
    const body: RotateKeyBody = { key_transition_period_ms: graceSeconds * MILLIS_PER_SECOND };
    const request = { endpoint, ids: { id: keyId }, body, answer: rotatedSchema, signal };
    const { id, key } = await this.#client.call(request).catch(asConflict);
    return { id, name, value: key, createdAt, ...defined({ expiresAt }) };
  }

  async list({ signal }: CallOptions): Promise<VendorKey[]> {
    const endpoint = "GET /api-keys";
    const workspace = [["workspace_id", this.#workspaceId]] as const;
    const keys = await this.#pages(endpoint, (page) =>
      this.#client.call({ endpoint, query: [...workspace, ...page], answer: keysSchema, signal }),
    );
    return keys.map(vendorKey);
  }

  /** An organisation always has a workspace: a list without any is of a key that sees none. */
  async accountGone({ signal }: CallOptions): Promise<string | undefined> {
    const endpoint = "GET /admin/workspaces";
    const all = await this.#pages(endpoint, (query) =>
      this.#client.call({ endpoint, query, answer: workspacesSchema, signal }),
    );
    const isThere = all.some(({ id, slug }) => id === this.#workspaceId || slug === this.#workspaceId);
    return isThere || all.length === 0 ? undefined : "Portkey has no such workspace any more, and lists others";
  }

  /**
   * Until a page brings nothing, or everything is there: how long a page may be is not documented,
   * so a shorter one is no end by itself.
   */
  #pages<Item extends { readonly id: string }>(
    endpoint: string,
    pageAt: (
      query: ReadonlyArray<readonly [string, string]>,
    ) => Promise<{ total?: number | null | undefined; data: Item[] }>,
  ): Promise<Item[]> {
    const { displayName } = portkeyDescriptor;
    const seen = new Set<string>();
    let page = 0;
    return allPages(displayName, endpoint, async () => {
      const { data, total } = await pageAt([
        ["page_size", String(PAGE)],
        ["current_page", String(page)],
      ]);
      const fresh = data.filter(({ id }) => !seen.has(id));
      if (data.length > 0 && fresh.length === 0) throw stuckPages(displayName, endpoint);
      for (const { id } of fresh) seen.add(id);
      const isLast = data.length === 0 || (data.length < PAGE && seen.size >= (total ?? Number.POSITIVE_INFINITY));
      page += 1;
      return { items: fresh, next: isLast ? undefined : [["current_page", String(page)]] };
    });
  }

  read(key: KeyRequest): Promise<VendorKey | undefined> {
    const endpoint = "GET /api-keys/{id}";
    const request = { endpoint, ids: { id: key.keyId }, answer: keySchema, signal: key.signal };
    return orUndefined(() => this.#unlessAbsent(key, async () => vendorKey(await this.#client.call(request))));
  }

  /** The answer is empty, so what is there now is read. */
  async update(change: UpdateRequest): Promise<VendorKey> {
    const { keyId, grant, expiresInSeconds, signal } = change;
    const endpoint = "PUT /api-keys/{id}";
    if (grant === undefined && expiresInSeconds === undefined) {
      throw new VendorError("invalid", endpoint, "nothing to update");
    }
    const body: UpdateKeyBody = {
      ...(grant === undefined ? {} : grantIn(endpoint, grant)),
      ...(expiresInSeconds === undefined ? {} : { expires_at: isoSeconds(this.#seconds() + expiresInSeconds) }),
    };
    await this.#client.call({ endpoint, ids: { id: keyId }, body, answer: doneSchema, signal });
    return this.#known(endpoint, change);
  }

  /** Ends both values of a key whose rotation is in transition. */
  revoke(key: KeyRequest): Promise<"revoked" | "gone"> {
    const endpoint = "DELETE /api-keys/{id}";
    const request = { endpoint, ids: { id: key.keyId }, answer: doneSchema, signal: key.signal };
    return orGone(() =>
      this.#unlessAbsent(key, async () => {
        await this.#client.call(request);
        return "revoked" as const;
      }),
    );
  }

  verify(request: VerifyRequest): Promise<VerifyResult> {
    return verify(this.#transport, request);
  }

  #seconds(): number {
    return Math.floor(this.#now() / MILLIS_PER_SECOND);
  }

  async #known(endpoint: string, key: KeyRequest): Promise<VendorKey> {
    const found = await this.read(key);
    if (found === undefined) throw new VendorError("not_found", endpoint, "Portkey has no such key in the workspace");
    return found;
  }

  /**
   * Portkey documents a 403 for what is not in the workspace, the same as for a missing permission.
   * The list tells them apart: whoever may see it, and does not find the key there, was not refused
   * for want of a permission.
   */
  async #unlessAbsent<Done>(key: KeyRequest, call: () => Promise<Done>): Promise<Done> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof VendorError) || error.status !== 403) throw error;
      if ((await this.list(key)).some(({ id }) => id === key.keyId)) throw error;
      throw new VendorError("not_found", error.call, "Portkey has no such key in the workspace", { status: 403 });
    }
  }
}

/** Everything that `grant` says; what it does not say is taken off. */
function grantIn(endpoint: string, grant: Grant): UpdateKeyBody {
  const limits = rateLimits(grant.limits ?? {});
  return {
    scopes: scopesIn(endpoint, grant),
    rate_limits: limits.length === 0 ? null : limits,
    usage_limits: budgetIn(endpoint, grant.limits) ?? null,
  };
}

function scopesIn(endpoint: string, { scopes = [] }: Grant): string[] {
  // What Portkey makes of none is not documented.
  if (scopes.length === 0) throw new VendorError("invalid", endpoint, "a key of Portkey needs scopes");
  return [...scopes];
}

function budgetIn(endpoint: string, limits: Limits | undefined): UsageLimitsBody | undefined {
  if (limits?.spend === undefined) return undefined;
  const budget = usageLimits(limits.spend);
  if (budget === undefined) {
    const problem = "Portkey has budgets of whole US dollars, per week, per month or in total";
    throw new VendorError("invalid", endpoint, problem);
  }
  return budget;
}

/**
 * A rotation that is refused, although nothing is wrong with the request, was refused for the key's
 * sake: a transition is under way, which blocks the next rotation until it is over. The status of
 * that is not documented.
 */
function asConflict(error: unknown): never {
  if (!(error instanceof VendorError) || error.kind !== "invalid" || error.status === undefined) throw error;
  throw new VendorError("conflict", error.call, error.message, { status: error.status });
}

function vendorKey(key: Key & Odd): VendorKey {
  const limits = shownLimits(key);
  const { id, name, created_at, expires_at, scopes } = key;
  return {
    id,
    name,
    createdAt: created_at,
    ...(expires_at == null ? {} : { expiresAt: expires_at }),
    // A key whose budget is spent (`status: "exhausted"`) is not disabled: that is the limit at
    // work, and a new key would be a new budget.
    granted: withOdd(
      {
        ...(scopes == null ? {} : { scopes: [...scopes].sort() }),
        ...limits,
      },
      key,
    ),
  };
}
