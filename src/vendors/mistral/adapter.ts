import { AdminClient, allPages } from "../../http/admin-client";
import { bearer, envelopeOf } from "../../http/envelope";
import { type Dialect, exchange, isSuccess, isToken, parseAnswer, type Transport } from "../../http/exchange";
import { orGone } from "../../http/not-found";
import { parseSettingsWithUrl } from "../../http/settings";
import { contradiction, isSaid, type KeyWords, noKey, noVerdict, refusal } from "../../http/verdict";
import { isoSeconds, MILLIS_PER_SECOND } from "../../model/units";
import type { VerifyResult } from "../../model/verify-result";
import { misfits } from "../misfits";
import type {
  CallOptions,
  KeyRequest,
  MintedKey,
  MintRequest,
  Vendor,
  VendorAdapter,
  VendorConnection,
  VendorKey,
  VerifyRequest,
} from "../vendor";
import { mistralDescriptor } from "./descriptor";
import {
  deletedSchema,
  errorSchema,
  type Key,
  keysSchema,
  mintedSchema,
  modelsSchema,
  settingsSchema,
  UUID,
  workspacesSchema,
} from "./schemas";

const PAGE = 100;
/** Its default: how long a page may be is not documented. */
const WORKSPACES_PAGE = 25;
const LIST = "GET /admin/api-keys";

const dialect: Dialect = {
  displayName: mistralDescriptor.displayName,
  authorize: bearer,
  errorIn: envelopeOf(errorSchema),
  valuePrefixes: mistralDescriptor.valuePrefixes,
  id: UUID,
};

/** Mistral says no more than this of a key that it does not know. */
const UNKNOWN_KEY: readonly KeyWords[] = [
  { statuses: [401], message: /^unauthorized\.?$/i },
  { statuses: [401], message: /invalid api key|api key (?:is invalid|has expired)/i },
];

/** Mistral's OpenAPI document names the one header, its pages the other. */
const adminDialect: Dialect = {
  ...dialect,
  authorize: (key) => ({ ...dialect.authorize(key), "x-api-key": key }),
};

export const mistral: Vendor = {
  descriptor: mistralDescriptor,
  connect: (connection) => new MistralAdapter(connection),
};

class MistralAdapter implements VendorAdapter {
  readonly descriptor = mistralDescriptor;
  readonly #workspaceId: string;
  readonly #userId: string;
  readonly #transport: Transport;
  readonly #adminTransport: Transport;
  readonly #client: AdminClient;
  readonly #now: () => number;

  constructor({ settings, adminKey, rateLimiter, fetch, now }: VendorConnection) {
    const { workspaceId, userId, baseUrl } = parseSettingsWithUrl(mistralDescriptor, settingsSchema, settings);
    this.#workspaceId = workspaceId;
    this.#userId = userId;
    this.#transport = { fetch, baseUrl, now, dialect };
    this.#adminTransport = { ...this.#transport, dialect: adminDialect };
    this.#client = new AdminClient(this.#adminTransport, adminKey, rateLimiter);
    this.#now = now;
  }

  /**
   * An expiry policy of the organisation cuts later dates short without a word: the answer says
   * what was granted.
   */
  async mint({ name, expiresInSeconds, signal }: MintRequest): Promise<MintedKey> {
    const now = Math.floor(this.#now() / MILLIS_PER_SECOND);
    const body = {
      workspace_uuid: this.#workspaceId,
      user_id: this.#userId,
      name,
      expiration: dateFrom(now + expiresInSeconds),
    };
    const endpoint = "POST /admin/api-keys";
    const minted = await this.#client.call({ endpoint, body, answer: mintedSchema, signal });
    return {
      id: minted.key_id,
      name: minted.name ?? "",
      value: minted.key,
      createdAt: minted.created_at ?? now,
      ...(minted.expiration_date == null ? {} : { expiresAt: minted.expiration_date }),
    };
  }

  /** Mistral lists the organisation's keys: those of other workspaces are left out. */
  async list({ signal }: CallOptions): Promise<VendorKey[]> {
    let offset = 0;
    const all = await allPages(dialect.displayName, LIST, async (more) => {
      const query = [["limit", String(PAGE)] as const, ...more];
      const { keys } = await this.#client.call({ endpoint: LIST, query, answer: keysSchema, signal });
      offset += keys.length;
      return { items: keys, next: keys.length < PAGE ? undefined : [["offset", String(offset)]] };
    });
    return all.filter((key) => (key.workspace_id ?? this.#workspaceId) === this.#workspaceId).map(vendorKey);
  }

  /**
   * It is archived where it is listed among those alone that are asked for with the archived ones.
   * A key that is still listed can be revoked as any.
   */
  async accountGone(options: CallOptions): Promise<string | undefined> {
    const isAmong = async (archived: boolean) => (await this.#workspaces(archived, options)).has(this.#workspaceId);
    if ((await isAmong(false)) || !(await isAmong(true))) return undefined;
    if ((await this.list(options)).length > 0) return undefined;
    return "Mistral has the workspace archived, and lists no key of it";
  }

  async #workspaces(archived: boolean, { signal }: CallOptions): Promise<Set<string>> {
    const endpoint = "GET /admin/workspaces";
    const seen = new Set<string>();
    let page = 1;
    await allPages(dialect.displayName, endpoint, async () => {
      const query = [
        ["is_archived", String(archived)],
        ["page", String(page)],
        ["page_size", String(WORKSPACES_PAGE)],
      ] as const;
      const { items, total } = await this.#client.call({ endpoint, query, answer: workspacesSchema, signal });
      for (const { uuid } of items) seen.add(uuid);
      page += 1;
      return { items, next: items.length === 0 || seen.size >= total ? undefined : [["page", String(page)] as const] };
    });
    return seen;
  }

  /** Mistral shows a single key nowhere but in the list. */
  async read({ keyId, signal }: KeyRequest): Promise<VendorKey | undefined> {
    // A 404 of the whole list says nothing of the key.
    const keys = await this.list(signal === undefined ? {} : { signal });
    return keys.find(({ id }) => id === keyId);
  }

  revoke({ keyId, signal }: KeyRequest): Promise<"revoked" | "gone"> {
    const endpoint = "DELETE /admin/api-keys/{key}";
    return orGone(async () => {
      await this.#client.call({ endpoint, ids: { key: keyId }, answer: deletedSchema, signal });
      return "revoked" as const;
    });
  }

  /**
   * Two reads, which cost nothing: what every key may do, and what an Admin API key alone may do.
   */
  async verify({ value, signal }: VerifyRequest): Promise<VerifyResult> {
    const endpoint = "GET /models";
    if (!isToken(value)) return noKey(dialect);
    const models = await exchange(this.#transport, value, { endpoint, signal });
    if (!isSuccess(models.status)) return refusal(dialect, UNKNOWN_KEY, endpoint, models);
    parseAnswer(dialect, modelsSchema, models.body, endpoint, models.status);

    const admin = await exchange(this.#adminTransport, value, { endpoint: LIST, query: [["limit", "1"]], signal });
    // What stands before Mistral refuses as well, without a word of Mistral's.
    if (admin.status === 403 && admin.message !== "") {
      const evidence = `Mistral knows the key and refuses ${LIST}, which is for Admin API keys`;
      return { outcome: "works", evidence, scopeProven: true };
    }
    if (isSuccess(admin.status)) {
      return misfits("Mistral knows the key").wider(`${LIST} is let through: it may manage keys`);
    }
    if (isSaid(UNKNOWN_KEY, admin)) throw contradiction(dialect, LIST, admin);
    if (admin.status !== 404) throw noVerdict(dialect, LIST, admin);
    return {
      outcome: "works",
      evidence: `Mistral knows the key; ${LIST} is not there to be tried`,
      scopeProven: false,
    };
  }
}

/**
 * The first date whose beginning is not before that time, so that a key lives as long as was asked,
 * whichever end of its date counts.
 */
function dateFrom(seconds: number): string {
  const { expiryStepSeconds = 1 } = mistralDescriptor;
  return isoSeconds(Math.ceil(seconds / expiryStepSeconds) * expiryStepSeconds).slice(0, "2026-12-31".length);
}

function vendorKey({ key_id, name, created_at, expiration_date, last_used }: Key): VendorKey {
  return {
    id: key_id,
    name: name ?? "",
    // Unknown counts as old.
    createdAt: created_at ?? 0,
    ...(expiration_date == null ? {} : { expiresAt: expiration_date }),
    ...(last_used == null ? {} : { lastUsedAt: last_used }),
  };
}
