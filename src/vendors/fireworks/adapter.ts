import type * as v from "valibot";
import { AdminClient, allPages } from "../../http/admin-client";
import { bearer, envelopeOf } from "../../http/envelope";
import {
  type Answer,
  checkedId,
  type Dialect,
  exchange,
  isSuccess,
  isToken,
  parseAnswer,
  type Transport,
} from "../../http/exchange";
import { orGone } from "../../http/not-found";
import { parseSettingsWithUrl } from "../../http/settings";
import { isSaid, type KeyWords, noKey, noVerdict, refusal } from "../../http/verdict";
import { isoSeconds, MILLIS_PER_SECOND } from "../../model/units";
import type { VerifyResult } from "../../model/verify-result";
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
import { fireworksDescriptor } from "./descriptor";
import {
  accountModelsSchema,
  deletedSchema,
  errorSchema,
  inferenceModelsSchema,
  type Key,
  keysSchema,
  mintedSchema,
  settingsSchema,
} from "./schemas";

/** The most that Fireworks' other listings give at once. */
const PAGE = 200;
const KEYS = "/accounts/{account}/users/{user}/apiKeys";
const DATA_URL = "https://api.fireworks.ai/inference/v1";

const dialect: Dialect = {
  displayName: fireworksDescriptor.displayName,
  authorize: bearer,
  errorIn: envelopeOf(errorSchema),
  valuePrefixes: fireworksDescriptor.valuePrefixes,
};

const UNKNOWN_KEY: readonly KeyWords[] = [
  { statuses: [401, 403], message: /api key (?:you provided )?is (?:invalid|expired|not valid)|invalid api key/i },
  { statuses: [401], message: /^unauthorized\.?$/i },
];

export const fireworks: Vendor = {
  descriptor: fireworksDescriptor,
  dataUrl: () => DATA_URL,
  connect: (connection) => new FireworksAdapter(connection),
};

class FireworksAdapter implements VendorAdapter {
  readonly descriptor = fireworksDescriptor;
  readonly #account: string;
  readonly #ids: Readonly<Record<string, string>>;
  readonly #transport: Transport;
  readonly #dataTransport: Transport;
  readonly #client: AdminClient;
  readonly #now: () => number;

  constructor({ settings, adminKey, rateLimiter, fetch, now }: VendorConnection) {
    const { accountId, userId, baseUrl } = parseSettingsWithUrl(fireworksDescriptor, settingsSchema, settings);
    this.#account = accountId;
    this.#ids = { account: accountId, user: userId };
    this.#transport = { fetch, baseUrl, now, dialect };
    this.#dataTransport = { ...this.#transport, baseUrl: DATA_URL };
    this.#client = new AdminClient(this.#transport, adminKey, rateLimiter);
    this.#now = now;
  }

  async mint({ name, expiresInSeconds, signal }: MintRequest): Promise<MintedKey> {
    const now = Math.floor(this.#now() / MILLIS_PER_SECOND);
    const body = { apiKey: { displayName: name, expireTime: isoSeconds(now + expiresInSeconds) } };
    const request = { endpoint: `POST ${KEYS}`, ids: this.#ids, body, answer: mintedSchema, signal };
    const minted = await this.#client.call(request);
    return {
      id: minted.keyId,
      name: minted.displayName ?? "",
      value: minted.key,
      createdAt: minted.createTime ?? now,
      ...(minted.expireTime == null ? {} : { expiresAt: minted.expireTime }),
    };
  }

  async list({ signal }: CallOptions): Promise<VendorKey[]> {
    const endpoint = `GET ${KEYS}`;
    const keys = await allPages(dialect.displayName, endpoint, async (more) => {
      const query = [["pageSize", String(PAGE)] as const, ...more];
      const answer = await this.#client.call({ endpoint, ids: this.#ids, query, answer: keysSchema, signal });
      const { apiKeys: items, nextPageToken } = answer;
      return {
        items,
        next: nextPageToken == null || nextPageToken === "" ? undefined : [["pageToken", nextPageToken]],
      };
    });
    return keys.map(vendorKey);
  }

  /** Fireworks shows a single key nowhere but in the list. */
  async read({ keyId, signal }: KeyRequest): Promise<VendorKey | undefined> {
    // A 404 of the whole list says nothing of the key.
    const keys = await this.list(signal === undefined ? {} : { signal });
    return keys.find(({ id }) => id === keyId);
  }

  revoke({ keyId, signal }: KeyRequest): Promise<"revoked" | "gone"> {
    const endpoint = `POST ${KEYS}:delete`;
    return orGone(async () => {
      const body = { keyId: checkedId(dialect, endpoint, "keyId", keyId) };
      await this.#client.call({ endpoint, ids: this.#ids, body, answer: deletedSchema, signal });
      return "revoked" as const;
    });
  }

  /**
   * One or two reads, which cost nothing. Nothing that lies outside is known: what a key may do is
   * its user's role. The second call is for accounts without a deployment: to them inference
   * answers 500 when it is asked for models (can1357/oh-my-pi#3219).
   */
  async verify({ value, signal }: VerifyRequest): Promise<VerifyResult> {
    if (!isToken(value)) return noKey(dialect);
    const endpoint = "GET /models";
    const models = await exchange(this.#dataTransport, value, { endpoint, signal });
    if (models.status !== 500) return judged(endpoint, models, inferenceModelsSchema);

    const second = "GET /accounts/{account}/models";
    const ids = { account: this.#account };
    const shown = await exchange(this.#transport, value, { endpoint: second, ids, query: [["pageSize", "1"]], signal });
    // Anything but a clear answer leaves the first one standing.
    if (!isSuccess(shown.status) && !isSaid(UNKNOWN_KEY, shown)) throw noVerdict(dialect, endpoint, models);
    return judged(second, shown, accountModelsSchema);
  }
}

function judged(endpoint: string, answer: Answer, schema: v.GenericSchema): VerifyResult {
  if (!isSuccess(answer.status)) return refusal(dialect, UNKNOWN_KEY, endpoint, answer);
  parseAnswer(dialect, schema, answer.body, endpoint, answer.status);
  return { outcome: "works", evidence: `Fireworks knows the key and answers ${endpoint}`, scopeProven: false };
}

function vendorKey({ keyId, displayName, createTime, expireTime, lastUsed }: Key): VendorKey {
  return {
    id: keyId,
    name: displayName ?? "",
    // Unknown counts as old.
    createdAt: createTime ?? 0,
    ...(expireTime == null ? {} : { expiresAt: expireTime }),
    ...(lastUsed == null ? {} : { lastUsedAt: lastUsed }),
  };
}
