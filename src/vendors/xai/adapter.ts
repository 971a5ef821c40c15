import { AdminClient, allPages } from "../../http/admin-client";
import { bearer, envelopeOf } from "../../http/envelope";
import type { Dialect, Transport } from "../../http/exchange";
import { type Odd, withOdd } from "../../http/lenient";
import { orGone, orUndefined } from "../../http/not-found";
import { parseSettingsWithUrl } from "../../http/settings";
import { defined } from "../../model/defined";
import { isoSeconds, MILLIS_PER_SECOND } from "../../model/units";
import { VendorError } from "../../model/vendor-error";
import type { VerifyResult } from "../../model/verify-result";
import { checkGrace } from "../grace";
import { ShownLimits } from "../shown-limits";
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
import { aclsOf, grantedBy, othersIn } from "./acls";
import { XAI_DATA_URL, xAiDescriptor } from "./descriptor";
import {
  deletedSchema,
  errorSchema,
  type Key,
  keySchema,
  keysSchema,
  propagationSchema,
  settingsSchema,
  type ValuedKey,
  valuedKeySchema,
} from "./schemas";
import { verify } from "./verify";

const PAGE = 100;

const dialect: Dialect = {
  displayName: xAiDescriptor.displayName,
  authorize: bearer,
  errorIn: envelopeOf(errorSchema),
  valuePrefixes: xAiDescriptor.valuePrefixes,
};

type Adapter = VendorAdapter & Required<Pick<VendorAdapter, "mint" | "rotate" | "update" | "isActive">>;

export const xAi: Vendor<Adapter> = {
  descriptor: xAiDescriptor,
  dataUrl: () => XAI_DATA_URL,
  connect: (connection) => new XAiAdapter(connection),
};

class XAiAdapter implements Adapter {
  readonly descriptor = xAiDescriptor;
  readonly #client: AdminClient;
  readonly #data: Transport;
  readonly #team: string;
  readonly #now: () => number;

  constructor({ settings, adminKey, rateLimiter, fetch, now }: VendorConnection) {
    const { teamId, baseUrl } = parseSettingsWithUrl(xAiDescriptor, settingsSchema, settings);
    this.#client = new AdminClient({ fetch, baseUrl, now, dialect }, adminKey, rateLimiter);
    this.#data = { fetch, baseUrl: XAI_DATA_URL, now, dialect };
    this.#team = teamId;
    this.#now = now;
  }

  async mint({ name, grant, expiresInSeconds, signal }: MintRequest): Promise<MintedKey> {
    const endpoint = "POST /auth/teams/{team}/api-keys";
    const { requestsPerMinute, tokensPerMinute } = grant.limits ?? {};
    const body = {
      name,
      acls: aclsOf(endpoint, grant),
      ...defined({ qpm: requestsPerMinute }),
      ...(tokensPerMinute === undefined ? {} : { tpm: String(tokensPerMinute) }),
      expireTime: this.#in(expiresInSeconds),
    };
    const ids = { team: this.#team };
    return mintedKey(await this.#client.call({ endpoint, ids, body, answer: valuedKeySchema, signal }));
  }

  async rotate({ keyId, graceSeconds, expiresInSeconds, signal }: RotateRequest): Promise<MintedKey> {
    const endpoint = "POST /auth/api-keys/{key}/rotate";
    checkGrace(xAiDescriptor, endpoint, graceSeconds);
    const body = { expireTime: this.#in(expiresInSeconds), oldSecretExpireTime: this.#in(graceSeconds) };
    const ids = { key: keyId };
    const key = await this.#client.call({ endpoint, ids, body, answer: valuedKeySchema, signal });
    // xAI tells when the key was made, not its value.
    return { ...mintedKey(key), createdAt: this.#seconds };
  }

  async list({ signal }: CallOptions): Promise<VendorKey[]> {
    return (await this.#keys(signal)).map(vendorKey);
  }

  /** xAI has no call that shows one key: pages are read until it is found. */
  async read({ keyId, signal }: KeyRequest): Promise<VendorKey | undefined> {
    const found = (await this.#keys(signal, keyId)).find(({ apiKeyId }) => apiKeyId === keyId);
    return found === undefined ? undefined : vendorKey(found);
  }

  async update({ keyId, grant, expiresInSeconds, signal }: UpdateRequest): Promise<VendorKey> {
    const endpoint = "PUT /auth/api-keys/{key}";
    const { requestsPerMinute, tokensPerMinute } = grant?.limits ?? {};
    const apiKey = {
      ...(grant === undefined
        ? {}
        : {
            aclStrings: aclsOf(endpoint, grant),
            // A field that the mask names and the key has not is unset.
            qpm: requestsPerMinute ?? null,
            tpm: tokensPerMinute === undefined ? null : String(tokensPerMinute),
          }),
      ...(expiresInSeconds === undefined ? {} : { expireTime: this.#in(expiresInSeconds) }),
    };
    const fieldMask = Object.keys(apiKey).join(",");
    if (fieldMask === "") throw new VendorError("invalid", endpoint, "nothing to update");
    const request = { endpoint, ids: { key: keyId }, body: { apiKey, fieldMask }, answer: keySchema, signal };
    return vendorKey(await this.#client.call(request));
  }

  revoke({ keyId, signal }: KeyRequest): Promise<"revoked" | "gone"> {
    const request = { endpoint: "DELETE /auth/api-keys/{key}", ids: { key: keyId }, answer: deletedSchema, signal };
    return orGone(async () => {
      await this.#client.call(request);
      return "revoked" as const;
    });
  }

  verify(request: VerifyRequest): Promise<VerifyResult> {
    return verify(this.#data, request);
  }

  async isActive({ keyId, signal }: KeyRequest): Promise<boolean> {
    const endpoint = "GET /auth/api-keys/{key}/propagation";
    const request = { endpoint, ids: { key: keyId }, answer: propagationSchema, signal };
    const clusters = Object.values((await orUndefined(() => this.#client.call(request)))?.icPropagation ?? {});
    return clusters.length > 0 && clusters.every((knows) => knows);
  }

  /** All keys of the team, those that have expired included; up to the page that has `until`. */
  #keys(signal: AbortSignal | undefined, until?: string): Promise<Key[]> {
    const endpoint = "GET /auth/teams/{team}/api-keys";
    return allPages<Key>(dialect.displayName, endpoint, async (next) => {
      const query = [["pageSize", String(PAGE)] as const, ...next];
      const request = { endpoint, ids: { team: this.#team }, query, answer: keysSchema, signal };
      const { apiKeys, paginationToken } = await this.#client.call(request);
      const ended = !paginationToken || apiKeys.some(({ apiKeyId }) => apiKeyId === until);
      return { items: apiKeys, next: ended ? undefined : [["paginationToken", paginationToken]] };
    });
  }

  get #seconds(): number {
    return Math.floor(this.#now() / MILLIS_PER_SECOND);
  }

  /**
   * Whole seconds, rounded down: what is as long as xAI allows must not become longer on its way.
   */
  #in(seconds: number): string {
    return isoSeconds(this.#seconds + seconds);
  }
}

function mintedKey({ apiKeyId, name, apiKey, createTime, expireTime }: ValuedKey): MintedKey {
  return {
    id: apiKeyId,
    name,
    value: apiKey,
    createdAt: createTime,
    ...(expireTime == null ? {} : { expiresAt: expireTime }),
  };
}

function vendorKey(key: Key & Odd): VendorKey {
  // Zero is how such APIs write a number that is not set; less than that is no limit either.
  const set = (amount: number | null | undefined) => (amount == null || amount <= 0 ? undefined : amount);
  const limits = new ShownLimits()
    .amount("requestsPerMinute", `qpm ${key.qpm}`, set(key.qpm), "unset")
    .amount("tokensPerMinute", `tpm ${key.tpm}`, set(key.tpm), "unset");
  if (set(key.qps) != null) limits.other({ shown: `qps ${key.qps}`, reason: "policies have no limit by the second" });
  const lists = grantedBy(key.aclStrings ?? key.acl_strings ?? []);
  for (const other of othersIn(lists)) limits.other(other);
  return {
    id: key.apiKeyId,
    name: key.name,
    createdAt: key.createTime,
    ...(key.expireTime == null ? {} : { expiresAt: key.expireTime }),
    ...(key.disabled ? { disabled: true } : {}),
    granted: withOdd({ ...lists, ...limits.shown }, key),
  };
}
