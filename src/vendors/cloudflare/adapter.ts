import * as v from "valibot";
import { AdminClient, allPages } from "../../http/admin-client";
import type { Dialect, Transport } from "../../http/exchange";
import { type Odd, withOdd } from "../../http/lenient";
import { orGone, orUndefined } from "../../http/not-found";
import { parseSettingsWithUrl } from "../../http/settings";
import type { Grant } from "../../model/grant";
import { isoSeconds, MILLIS_PER_SECOND } from "../../model/units";
import { VendorError, type VendorErrorKind } from "../../model/vendor-error";
import type { VerifyResult } from "../../model/verify-result";
import type {
  CallOptions,
  KeyRequest,
  MintedKey,
  MintRequest,
  UpdateRequest,
  Vendor,
  VendorAdapter,
  VendorConnection,
  VendorKey,
  VerifyRequest,
} from "../vendor";
import { type CreateBody, grantBody, grantedOf, keptGrantBody, ownBody } from "./bodies";
import { cloudflareDescriptor } from "./descriptor";
import { groupIdOf } from "./groups";
import {
  deletedSchema,
  errorSchema,
  groupsSchema,
  mintedSchema,
  settingsSchema,
  type Token,
  tokenAnswerSchema,
  tokensSchema,
} from "./schemas";
import { verifyToken } from "./verify";

const PAGE = 50;

const CREATE = "POST /accounts/{account}/tokens";
const LIST = "GET /accounts/{account}/tokens";
const READ = "GET /accounts/{account}/tokens/{token}";
const UPDATE = "PUT /accounts/{account}/tokens/{token}";
const DELETE = "DELETE /accounts/{account}/tokens/{token}";
const GROUPS = "GET /accounts/{account}/tokens/permission_groups";

/** Refusals of a write that may be due to a permission group. */
const EXPLICABLE: ReadonlySet<VendorErrorKind> = new Set(["invalid", "admin_refused"]);

const dialect: Dialect = {
  displayName: cloudflareDescriptor.displayName,
  authorize: (token) => ({ authorization: `Bearer ${token}` }),
  errorIn: (body) => {
    const parsed = v.safeParse(errorSchema, body);
    const [first] = parsed.success ? parsed.output.errors : [];
    return first === undefined ? undefined : { message: first.message, code: String(first.code) };
  },
  valuePrefixes: cloudflareDescriptor.valuePrefixes,
};

export const cloudflare: Vendor = {
  descriptor: cloudflareDescriptor,
  /**
   * As clients of OpenAI use it: `/chat/completions` and `/embeddings` of Workers AI are under it.
   */
  dataUrl: (settings) => {
    const { accountId, baseUrl } = connectionOf(settings);
    return `${baseUrl}/accounts/${accountId}/ai/v1`;
  },
  connect: (connection) => new CloudflareAdapter(connection),
};

function connectionOf(settings: unknown): { readonly accountId: string; readonly baseUrl: string } {
  return parseSettingsWithUrl(cloudflareDescriptor, settingsSchema, settings);
}

class CloudflareAdapter implements VendorAdapter {
  readonly descriptor = cloudflareDescriptor;
  readonly #transport: Transport;
  readonly #client: AdminClient;
  readonly #account: string;
  readonly #now: () => number;

  constructor({ settings, adminKey, rateLimiter, fetch, now }: VendorConnection) {
    const { accountId, baseUrl } = connectionOf(settings);
    this.#transport = { fetch, baseUrl, now, dialect };
    this.#client = new AdminClient(this.#transport, adminKey, rateLimiter);
    this.#account = accountId;
    this.#now = now;
  }

  async mint({ name, grant, expiresInSeconds, signal }: MintRequest): Promise<MintedKey> {
    const now = this.#seconds();
    const body: CreateBody = {
      name,
      ...grantBody(CREATE, this.#account, grant),
      not_before: isoSeconds(now),
      expires_on: isoSeconds(now + expiresInSeconds),
    };
    const request = { endpoint: CREATE, ids: { account: this.#account }, body, answer: mintedSchema, signal };
    const { result } = await this.#explained(CREATE, grant, signal, () => this.#client.call(request));
    return {
      id: result.id,
      name: result.name,
      value: result.value,
      createdAt: result.issued_on ?? now,
      ...(result.expires_on == null ? {} : { expiresAt: result.expires_on }),
    };
  }

  /**
   * Pages may be smaller than asked, and their total may be missing: then a page that brings
   * nothing new is the end.
   */
  async list({ signal }: CallOptions): Promise<VendorKey[]> {
    const seen = new Set<string>();
    let number = 1;
    const tokens = await allPages(dialect.displayName, LIST, async (query) => {
      const { result, result_info } = await this.#client.call({
        endpoint: LIST,
        ids: { account: this.#account },
        // Left out, tokens that have ended would look deleted.
        query: [["per_page", String(PAGE)], ["include_expired", "true"], ...query],
        answer: tokensSchema,
        signal,
      });
      const items = result.filter(({ id }) => !seen.has(id));
      for (const { id } of items) seen.add(id);
      number += 1;
      const isLast = items.length === 0 || seen.size >= (result_info?.total_count ?? Number.POSITIVE_INFINITY);
      return { items, next: isLast ? undefined : [["page", String(number)]] };
    });
    return tokens.map((token) => this.#vendorKey(token));
  }

  async read({ keyId, signal }: KeyRequest): Promise<VendorKey | undefined> {
    const token = await orUndefined(() => this.#token(keyId, signal));
    return token === undefined ? undefined : this.#vendorKey(token);
  }

  /** Cloudflare replaces the whole token: what is not to change is read first, and written back. */
  async update({ keyId, grant, expiresInSeconds, signal }: UpdateRequest): Promise<VendorKey> {
    if (grant === undefined && expiresInSeconds === undefined) {
      throw new VendorError("invalid", UPDATE, "nothing to update");
    }
    const token = await this.#token(keyId, signal);
    const body = {
      ...ownBody(token),
      ...(grant === undefined ? keptGrantBody(token) : grantBody(UPDATE, this.#account, grant)),
      ...(expiresInSeconds === undefined ? {} : { expires_on: isoSeconds(this.#seconds() + expiresInSeconds) }),
    };
    const request = { endpoint: UPDATE, ids: this.#ids(keyId), body, answer: tokenAnswerSchema, signal };
    const { result } = await this.#explained(UPDATE, grant ?? {}, signal, () => this.#client.call(request));
    return this.#vendorKey(result);
  }

  revoke({ keyId, signal }: KeyRequest): Promise<"revoked" | "gone"> {
    const request = { endpoint: DELETE, ids: this.#ids(keyId), answer: deletedSchema, signal };
    return orGone(async () => {
      await this.#client.call(request);
      return "revoked" as const;
    });
  }

  verify(request: VerifyRequest): Promise<VerifyResult> {
    return verifyToken(this.#transport, this.#account, request);
  }

  async #token(keyId: string, signal: AbortSignal | undefined): Promise<Token> {
    const request = { endpoint: READ, ids: this.#ids(keyId), answer: tokenAnswerSchema, signal };
    return (await this.#client.call(request)).result;
  }

  /** Where a write is refused, says which scope the account does not offer, if that is why. */
  async #explained<Done>(
    endpoint: string,
    { scopes = [] }: Grant,
    signal: AbortSignal | undefined,
    write: () => Promise<Done>,
  ): Promise<Done> {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof VendorError && EXPLICABLE.has(error.kind))) throw error;
      const request = { endpoint: GROUPS, ids: { account: this.#account }, answer: groupsSchema, signal };
      const offered = await this.#client.call(request).catch(() => undefined);
      if (offered === undefined) throw error;
      const ids = offered.result.filter((group) => group.is_selectable).map(({ id }) => id);
      const missing = scopes.filter((scope) => !ids.includes(groupIdOf(scope) ?? ""));
      if (missing.length === 0) throw error;
      const why = `Cloudflare does not let the admin key give ${missing.join(", ")} in this account`;
      throw new VendorError(error.kind, endpoint, why, error.status === undefined ? {} : { status: error.status });
    }
  }

  #vendorKey(token: Token & Odd): VendorKey {
    const { id, name, status, issued_on, not_before, expires_on, last_used_on } = token;
    return {
      id,
      name,
      createdAt: issued_on ?? not_before ?? 0,
      ...(expires_on == null ? {} : { expiresAt: expires_on }),
      ...(last_used_on == null ? {} : { lastUsedAt: last_used_on }),
      ...(status === "disabled" ? { disabled: true } : {}),
      granted: withOdd(grantedOf(this.#account, token), token),
    };
  }

  #ids(keyId: string): { account: string; token: string } {
    return { account: this.#account, token: keyId };
  }

  #seconds(): number {
    return Math.floor(this.#now() / MILLIS_PER_SECOND);
  }
}
