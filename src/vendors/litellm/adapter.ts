import { createHash, randomBytes } from "node:crypto";
import * as v from "valibot";
import { AdminClient, allPages } from "../../http/admin-client";
import { ownBaseUrl, refusedSettings } from "../../http/base-url";
import type { Transport } from "../../http/exchange";
import { type Odd, withOdd } from "../../http/lenient";
import { orGone, orUndefined } from "../../http/not-found";
import { defined } from "../../model/defined";
import { MILLIS_PER_SECOND } from "../../model/units";
import { VendorError } from "../../model/vendor-error";
import type { VerifyResult } from "../../model/verify-result";
import type {
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
import { liteLlmDescriptor } from "./descriptor";
import { dialect } from "./dialect";
import { grantBody, grantedIn, leftoversOff } from "./grant";
import {
  deletedSchema,
  infoSchema,
  type Key,
  keysSchema,
  mintedSchema,
  settingsSchema,
  updatedSchema,
} from "./schemas";
import { verify } from "./verify";

const PAGE = 100;
/** Team of the keys that the UI makes for itself, one a login. */
const UI_TEAM = "litellm-dashboard";
const VALUE_BYTES = 32;
/** The proxy takes a key's value wherever it takes its hash: an id is checked to be none. */
const HASH = /^[0-9a-f]{64}$/;

/** An adapter whose keys have values of the caller's choice. */
export type LiteLlmAdapter = VendorAdapter & Required<Pick<VendorAdapter, "chooseValue" | "mint" | "update">>;

export const liteLlm: Vendor<LiteLlmAdapter> = {
  descriptor: liteLlmDescriptor,
  connect: (connection) => new Adapter(connection),
};

class Adapter implements LiteLlmAdapter {
  readonly descriptor = liteLlmDescriptor;
  readonly #transport: Transport;
  readonly #client: AdminClient;
  readonly #now: () => number;

  constructor({ settings, adminKey, rateLimiter, fetch, now }: VendorConnection) {
    const { displayName } = liteLlmDescriptor;
    const parsed = v.safeParse(settingsSchema, settings);
    if (!parsed.success) throw refusedSettings(displayName, '"baseUrl" is missing or malformed');
    this.#transport = { fetch, baseUrl: ownBaseUrl(displayName, parsed.output.baseUrl), now, dialect };
    this.#client = new AdminClient(this.#transport, adminKey, rateLimiter);
    this.#now = now;
  }

  /** The proxy takes no value that starts otherwise. */
  chooseValue(): { readonly value: string; readonly id: string } {
    const value = `sk-${randomBytes(VALUE_BYTES).toString("base64url")}`;
    return { value, id: hashOf(value) };
  }

  async mint({ name, value, grant, expiresInSeconds, signal }: MintRequest): Promise<MintedKey> {
    const endpoint = "POST /key/generate";
    if (value === undefined) throw new VendorError("invalid", endpoint, "the value of a key is to be chosen before");
    const body = { key: value, key_alias: name, duration: `${expiresInSeconds}s`, ...grantBody(endpoint, grant) };
    const key = { id: hashOf(value), name, value };
    try {
      const minted = await this.#client.call({ endpoint, body, answer: mintedSchema, signal });
      if (minted.key !== value) {
        // Some other key lives now; its alias leads to it.
        throw new VendorError("unexpected", endpoint, "LiteLLM gave the key a value of its own");
      }
      return { ...key, ...livesIn(minted, this.#now()) };
    } catch (error) {
      if (!(error instanceof VendorError) || (error.kind !== "invalid" && error.kind !== "conflict")) throw error;
      return { ...key, ...livesIn(await this.#mintedBefore(key, error, signal), this.#now()) };
    }
  }

  async list({ signal }: { signal?: AbortSignal }): Promise<VendorKey[]> {
    const endpoint = "GET /key/list";
    let page = 1;
    const keys = await allPages(dialect.displayName, endpoint, async (next) => {
      const query = [["size", String(PAGE)], ["return_full_object", "true"], ...next] as const;
      const answer = await this.#client.call({ endpoint, query, answer: keysSchema, signal });
      const isLast = answer.total_pages == null ? answer.keys.length < PAGE : page >= answer.total_pages;
      page += 1;
      return { items: answer.keys, next: isLast ? undefined : [["page", String(page)]] };
    });
    // Newest first: a key that is minted meanwhile moves others to the next page.
    return [...new Map(keys.map((key) => [key.token, vendorKey(key.token, key)])).values()];
  }

  async read({ keyId, signal }: KeyRequest): Promise<VendorKey | undefined> {
    const key = await this.#info(keyId, signal);
    return key === undefined ? undefined : vendorKey(keyId, key);
  }

  async update({ keyId, grant, expiresInSeconds, signal }: UpdateRequest): Promise<VendorKey> {
    const endpoint = "POST /key/update";
    const key = checkedHash(endpoint, keyId);
    const granted = grant === undefined ? {} : grantBody(endpoint, grant);
    const before = grant === undefined ? undefined : await this.#info(keyId, signal);
    const body = {
      key,
      ...granted,
      ...(before === undefined ? {} : leftoversOff(before)),
      ...(expiresInSeconds === undefined ? {} : { duration: `${expiresInSeconds}s` }),
    };
    if (Object.keys(body).length === 1) throw new VendorError("invalid", endpoint, "nothing to update");
    await this.#client.call({ endpoint, body, answer: updatedSchema, signal });
    const updated = await this.read({ keyId, ...defined({ signal }) });
    if (updated === undefined) throw new VendorError("not_found", endpoint, "LiteLLM has no such key any more");
    return updated;
  }

  revoke({ keyId, signal }: KeyRequest): Promise<"revoked" | "gone"> {
    const endpoint = "POST /key/delete";
    return orGone(async () => {
      const body = { keys: [checkedHash(endpoint, keyId)] };
      const { deleted_keys } = await this.#client.call({ endpoint, body, answer: deletedSchema, signal });
      if (deleted_keys.includes(keyId)) return "revoked" as const;
      throw new VendorError("unexpected", endpoint, "LiteLLM does not say that it deleted the key");
    });
  }

  verify(request: VerifyRequest): Promise<VerifyResult> {
    return verify(this.#transport, request);
  }

  async #info(keyId: string, signal: AbortSignal | undefined): Promise<Key | undefined> {
    const endpoint = "GET /key/info";
    return orUndefined(async () => {
      const query = [["key", checkedHash(endpoint, keyId)]] as const;
      return (await this.#client.call({ endpoint, query, answer: infoSchema, signal })).info;
    });
  }

  /**
   * The proxy refuses a value or an alias that is taken: by an attempt whose answer was lost, or by
   * somebody else. Its hash tells which; the words of a refusal differ from release to release.
   */
  async #mintedBefore(
    { id, name }: { id: string; name: string },
    refusal: VendorError,
    signal: AbortSignal | undefined,
  ): Promise<Key> {
    let found: Key | undefined;
    try {
      found = await this.#info(id, signal);
    } catch (error) {
      if (error instanceof VendorError && error.kind === refusal.kind) throw refusal;
      const why = `${refusal.message}; whether an earlier attempt has minted the key is not known`;
      throw new VendorError("unavailable", refusal.call, why, { cause: error });
    }
    if (found === undefined) throw refusal;
    if (found.key_alias === name) return found;
    throw new VendorError("conflict", refusal.call, "LiteLLM has this key under another alias");
  }
}

function hashOf(value: string): string {
  return createHash("sha256").update(value).digest("hex");
}

function checkedHash(endpoint: string, keyId: string): string {
  if (HASH.test(keyId)) return keyId;
  throw new VendorError("invalid", endpoint, "not the hash of a key of LiteLLM");
}

function livesIn(
  { created_at, expires }: Pick<Key, "created_at" | "expires">,
  now: number,
): Pick<MintedKey, "createdAt" | "expiresAt"> {
  return {
    createdAt: created_at ?? Math.floor(now / MILLIS_PER_SECOND),
    ...(expires == null ? {} : { expiresAt: expires }),
  };
}

function vendorKey(id: string, key: Key & Odd): VendorKey {
  return {
    id,
    name: key.key_alias ?? "",
    // Rows that are older than the column have none.
    createdAt: key.created_at ?? 0,
    ...(key.expires == null ? {} : { expiresAt: key.expires }),
    ...(key.last_active == null ? {} : { lastUsedAt: key.last_active }),
    ...(key.blocked === true ? { disabled: true } : {}),
    granted: withOdd(grantedIn(key), key),
    ...(key.team_id === UI_TEAM && key.key_alias == null ? { madeFor: "a session of its UI" } : {}),
  };
}
