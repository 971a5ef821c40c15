import * as v from "valibot";
import { accessTokens, type TokenAnswer, tokenAnswerSchema } from "../../http/access-token";
import { AdminClient, allPages, stuckPages } from "../../http/admin-client";
import { allowedBaseUrl, refusedSettings } from "../../http/base-url";
import { type Dialect, exchange, failure, isSuccess, isToken, parseAnswer, type Transport } from "../../http/exchange";
import { orGone, orUndefined } from "../../http/not-found";
import { parseSettings } from "../../http/settings";
import { type KeyWords, noKey, refusal } from "../../http/verdict";
import { MILLIS_PER_SECOND } from "../../model/units";
import { VendorError } from "../../model/vendor-error";
import type { VerifyResult } from "../../model/verify-result";
import { fingerprint } from "../fingerprint";
import type {
  CallOptions,
  IdentifyRequest,
  KeyRequest,
  MintedKey,
  MintRequest,
  Vendor,
  VendorAdapter,
  VendorConnection,
  VendorKey,
  VerifyRequest,
} from "../vendor";
import type { RegenerateKeyBody } from "./bodies";
import { azureOpenAiDescriptor } from "./descriptor";
import {
  type Credentials,
  credentialsSchema,
  deletedAccountsSchema,
  errorSchema,
  keysSchema,
  modelsSchema,
  settingsSchema,
  tokenErrorSchema,
} from "./schemas";

const { displayName, valuePrefixes } = azureOpenAiDescriptor;
const LOGIN_URL = "https://login.microsoftonline.com";
const MANAGEMENT_SCOPE = "https://management.azure.com/.default";
const MANAGEMENT_VERSION = [["api-version", "2025-09-01"]] as const;
const DATA_VERSION = [["api-version", "2024-10-21"]] as const;
const LIST_KEYS = "POST /listKeys";
const DELETED_ACCOUNTS = "GET /deletedAccounts";
const REGENERATE_KEY = "POST /regenerateKey";

type Slot = RegenerateKeyBody["keyName"];
/** Key2 before Key1: whoever took one key by hand took the first. */
const SLOTS: readonly Slot[] = ["Key2", "Key1"];
const FINGERPRINT_DIGITS = 12;
const KEY_ID = /^(Key[12])-[0-9a-f]{12}$/;

/** What one of the account's two slots holds. */
interface Held {
  readonly slot: Slot;
  /** Of the slot and its value: a regenerated slot is another vendor key. */
  readonly id: string;
  readonly value: string;
}

const errorIn: Dialect["errorIn"] = (body) => {
  const envelope = v.safeParse(errorSchema, body);
  if (!envelope.success) return undefined;
  const { message, code } = envelope.output.error;
  return { message, ...(code == null ? {} : { code }) };
};
const management: Dialect = {
  displayName,
  authorize: (token) => ({ authorization: `Bearer ${token}` }),
  errorIn,
  valuePrefixes,
};
const data: Dialect = { displayName, authorize: (key) => ({ "api-key": key }), errorIn, valuePrefixes };
/** The secret travels in the form; given as the key, it is taken out of what Entra ID answers. */
const login: Dialect = {
  displayName: "Microsoft Entra ID",
  authorize: () => ({}),
  errorIn: (body) => {
    const envelope = v.safeParse(tokenErrorSchema, body);
    if (!envelope.success) return undefined;
    const { error, error_description } = envelope.output;
    return { message: `${error} ${error_description}`.trim(), code: error };
  },
  valuePrefixes,
};

type Settings = v.InferOutput<typeof settingsSchema>;

function parsedSettings(settings: unknown): Settings & { readonly dataUrl: string } {
  const parsed = parseSettings(displayName, settingsSchema, settings);
  const { accountName, endpoint = `https://${accountName.toLowerCase()}.openai.azure.com` } = parsed;
  // Names of accounts may hold what no host's name does; such an account has its endpoint under
  // another name.
  if (!v.is(settingsSchema.entries.endpoint, endpoint)) {
    throw refusedSettings(displayName, "an account of this name needs its endpoint given");
  }
  return { ...parsed, dataUrl: endpoint };
}

/**
 * In Resource Manager's words. A subscription that is not found may be one that the application may
 * not see.
 */
const GONE = /(?:resource '[^']*\/accounts\/|account '|resource group ').*\bnot (?:be )?found/i;
const SWITCHED_OFF = /disableLocalAuth is set to be true/i;

/** The account's firewall, and keys switched off for all of it, are a 403. */
const UNKNOWN_KEY: readonly KeyWords[] = [{ statuses: [401], message: /invalid subscription key/i }];

/**
 * The two keys of one account. The idle one is regenerated to mint, the one that is to end is
 * regenerated to revoke.
 */
export const azureOpenAi: Vendor = {
  descriptor: azureOpenAiDescriptor,
  dataUrl: (settings) => parsedSettings(settings).dataUrl,
  connect: (connection) => new AzureOpenAiAdapter(connection),
};

class AzureOpenAiAdapter implements VendorAdapter {
  readonly descriptor = azureOpenAiDescriptor;
  readonly #client: AdminClient;
  /** Of the subscription, where the account is but one. */
  readonly #subscription: AdminClient;
  /** End of the id that the account has while it can be recovered, in lower case. */
  readonly #deletedId: string;
  readonly #data: Transport;
  readonly #login: Transport;
  readonly #now: () => number;

  constructor({ settings, adminKey, rateLimiter, fetch, now }: VendorConnection) {
    const { tenantId, subscriptionId, resourceGroup, accountName, dataUrl, baseUrl } = parsedSettings(settings);
    const { baseUrls } = azureOpenAiDescriptor;
    const subscription = `/subscriptions/${subscriptionId}`;
    const provider = "/providers/Microsoft.CognitiveServices";
    const account = `${subscription}/resourceGroups/${resourceGroup}${provider}/accounts/${accountName}`;
    const managementUrl = allowedBaseUrl(displayName, baseUrl ?? baseUrls[0] ?? "", baseUrls);
    this.#login = { fetch, baseUrl: `${LOGIN_URL}/${tenantId}`, now, dialect: login };
    this.#data = { fetch, baseUrl: dataUrl, now, dialect: data };
    const token = accessTokens({
      adminKey,
      credentials: credentialsSchema,
      exchange: (credentials) => this.#token(credentials),
      now,
    });
    const clientAt = (path: string) =>
      new AdminClient({ fetch, baseUrl: managementUrl + path, now, dialect: management }, token, rateLimiter);
    this.#client = clientAt(account);
    this.#subscription = clientAt(subscription + provider);
    this.#deletedId = `/resourceGroups/${resourceGroup}/deletedAccounts/${accountName}`.toLowerCase();
    this.#now = now;
  }

  async mint({ keep = [], signal }: MintRequest): Promise<MintedKey> {
    const held = await this.#held(signal);
    const idle = SLOTS.map((slot) => held[slot]).find(({ id }) => !keep.includes(id));
    if (idle === undefined) {
      throw new VendorError("conflict", REGENERATE_KEY, `both keys of the ${displayName} account are to be kept`);
    }
    const { id, slot, value } = await this.#regenerate(idle, signal);
    return { id, name: slot, value, createdAt: Math.floor(this.#now() / MILLIS_PER_SECOND) };
  }

  async list({ signal }: CallOptions): Promise<VendorKey[]> {
    const { Key1, Key2 } = await this.#held(signal);
    return [Key1, Key2].map(vendorKey);
  }

  async identify({ value, signal }: IdentifyRequest): Promise<VendorKey | undefined> {
    const { Key1, Key2 } = await this.#held(signal);
    const found = [Key1, Key2].find((held) => held.value === value);
    return found === undefined ? undefined : vendorKey(found);
  }

  async read({ keyId, signal }: KeyRequest): Promise<VendorKey | undefined> {
    const found = await this.#find(keyId, signal);
    return found === undefined ? undefined : vendorKey(found);
  }

  /** Nobody learns the new value; the next `mint` overwrites it. */
  async revoke({ keyId, signal }: KeyRequest): Promise<"revoked" | "gone"> {
    const found = await this.#find(keyId, signal);
    if (found === undefined) return "gone";
    return orGone(async () => {
      await this.#regenerate(found, signal);
      return "revoked" as const;
    });
  }

  /** Azure says so itself, in the place of the keys. */
  async accountGone({ signal }: CallOptions): Promise<string | undefined> {
    try {
      await this.#held(signal);
      return undefined;
    } catch (error) {
      if (!(error instanceof VendorError)) throw error;
      if (error.status === 404 && GONE.test(error.message)) {
        await this.#refuseRecoverable(signal);
        return "Azure has no such account any more, and none that could be recovered";
      }
      if (error.status === 400 && SWITCHED_OFF.test(error.message)) {
        return "Azure has keys switched off for the account (disableLocalAuth; set back, both keys live again)";
      }
      throw error;
    }
  }

  /** For 48 hours a deleted account can be recovered, and its keys with it. */
  async #refuseRecoverable(signal: AbortSignal | undefined): Promise<void> {
    const endpoint = DELETED_ACCOUNTS;
    const deleted = await allPages(displayName, endpoint, async (more) => {
      const query = more.length === 0 ? MANAGEMENT_VERSION : more;
      const request = { endpoint, query, answer: deletedAccountsSchema, signal };
      const { value, nextLink } = await this.#subscription.call(request);
      const next = nextLink == null || !URL.canParse(nextLink) ? undefined : [...new URL(nextLink).searchParams];
      if (nextLink != null && next === undefined) throw stuckPages(displayName, endpoint);
      return { items: value, next };
    });
    if (!deleted.some(({ id }) => id.toLowerCase().endsWith(this.#deletedId))) return;
    const problem =
      "the account is deleted, and Azure can recover it for 48 hours with its keys: purge it (az cognitiveservices account purge), or wait";
    throw new VendorError("invalid", endpoint, problem);
  }

  /**
   * One call, which costs nothing. Each key opens the whole account, so there is no call outside of
   * it to try.
   */
  async verify({ value, signal }: VerifyRequest): Promise<VerifyResult> {
    const endpoint = "GET /openai/models";
    if (!isToken(value)) return noKey(data);
    const answer = await exchange(this.#data, value, { endpoint, query: DATA_VERSION, signal });
    if (!isSuccess(answer.status)) return refusal(data, UNKNOWN_KEY, endpoint, answer);
    parseAnswer(data, modelsSchema, answer.body, endpoint, answer.status);
    const evidence = `${displayName} knows the key, which opens the whole account`;
    return { outcome: "works", evidence, scopeProven: false };
  }

  async #find(keyId: string, signal: AbortSignal | undefined): Promise<Held | undefined> {
    if (!KEY_ID.test(keyId)) {
      throw new VendorError("invalid", LIST_KEYS, `not an id of a vendor key of ${displayName}`);
    }
    const held = await orUndefined(() => this.#held(signal));
    return held === undefined ? undefined : Object.values(held).find(({ id }) => id === keyId);
  }

  async #held(signal: AbortSignal | undefined): Promise<Record<Slot, Held>> {
    const request = { endpoint: LIST_KEYS, query: MANAGEMENT_VERSION, answer: keysSchema, signal };
    return heldOf(await this.#client.call(request));
  }

  async #regenerate({ slot, id }: Held, signal: AbortSignal | undefined): Promise<Held> {
    const endpoint = REGENERATE_KEY;
    const body: RegenerateKeyBody = { keyName: slot };
    const request = { endpoint, query: MANAGEMENT_VERSION, body, answer: keysSchema, signal };
    const made = heldOf(await this.#client.call(request))[slot];
    if (made.id === id) {
      throw new VendorError(
        "unexpected",
        endpoint,
        `${displayName} answered ${endpoint} with the old value of ${slot}`,
      );
    }
    return made;
  }

  async #token({ clientId, clientSecret }: Credentials): Promise<TokenAnswer> {
    const endpoint = "POST /oauth2/v2.0/token";
    const form = {
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      scope: MANAGEMENT_SCOPE,
    };
    const answer = await exchange(this.#login, clientSecret, { endpoint, form });
    const { status } = answer;
    if (isSuccess(status)) return parseAnswer(login, tokenAnswerSchema, answer.body, endpoint, status);
    const failed = failure(login, endpoint, answer);
    // A tenant or an application that Entra ID does not know is answered 400.
    throw failed.kind === "invalid" ? new VendorError("admin_refused", endpoint, failed.message, { status }) : failed;
  }
}

function heldOf({ key1, key2 }: v.InferOutput<typeof keysSchema>): Record<Slot, Held> {
  return { Key1: holding("Key1", key1), Key2: holding("Key2", key2) };
}

function holding(slot: Slot, value: string): Held {
  return { slot, value, id: `${slot}-${fingerprint(azureOpenAiDescriptor.id, value, FINGERPRINT_DIGITS)}` };
}

/** Azure does not say how old a key is. */
function vendorKey({ id, slot }: Held): VendorKey {
  return { id, name: slot, createdAt: 0 };
}
