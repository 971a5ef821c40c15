import { AdminClient } from "../../http/admin-client";
import type { Transport } from "../../http/exchange";
import { type Odd, withOdd } from "../../http/lenient";
import { orGone, orUndefined } from "../../http/not-found";
import { parseSettingsWithUrl } from "../../http/settings";
import { defined } from "../../model/defined";
import type { Grant } from "../../model/grant";
import { MILLIS_PER_SECOND } from "../../model/units";
import { VendorError } from "../../model/vendor-error";
import type { VerifyResult } from "../../model/verify-result";
import { ShownLimits } from "../shown-limits";
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
import type { CreateKeyBody, UpdateKeyBody } from "./bodies";
import { elevenLabsDescriptor } from "./descriptor";
import { elevenLabsDialect } from "./dialect";
import { acknowledgedSchema, type Key, keysSchema, mintedSchema, settingsSchema } from "./schemas";
import { verify } from "./verify";

const KEYS = "/v1/service-accounts/{account}/api-keys";

/**
 * Keys of one service account, so that a key outlives the person who declared it. The account is
 * the team's own: nothing of it is changed.
 */
export const elevenLabs: Vendor = {
  descriptor: elevenLabsDescriptor,
  connect: (connection) => new ElevenLabsAdapter(connection),
};

class ElevenLabsAdapter implements VendorAdapter {
  readonly descriptor = elevenLabsDescriptor;
  readonly #account: string;
  readonly #transport: Transport;
  readonly #client: AdminClient;
  readonly #now: () => number;

  constructor({ settings, adminKey, rateLimiter, fetch, now }: VendorConnection) {
    const { serviceAccountUserId, baseUrl } = parseSettingsWithUrl(elevenLabsDescriptor, settingsSchema, settings);
    this.#account = serviceAccountUserId;
    this.#transport = {
      fetch,
      baseUrl,
      now,
      dialect: elevenLabsDialect,
    };
    this.#client = new AdminClient(this.#transport, adminKey, rateLimiter);
    this.#now = now;
  }

  async mint({ name, grant, signal }: MintRequest): Promise<MintedKey> {
    const endpoint = `POST ${KEYS}`;
    const { limits, networks } = grant;
    const body: CreateKeyBody = {
      name,
      permissions: permissionsOf(endpoint, grant),
      ...(limits?.charactersPerMonth === undefined ? {} : { character_limit: limits.charactersPerMonth }),
      ...(networks === undefined ? {} : { allowed_ips: [...networks] }),
    };
    const minted = await this.#client.call({ endpoint, ids: this.#ids(), body, answer: mintedSchema, signal });
    // Neither name nor time is answered, and to read them could lose the value.
    const createdAt = Math.floor(this.#now() / MILLIS_PER_SECOND);
    return { id: minted.key_id, name, value: minted["xi-api-key"], createdAt };
  }

  async list({ signal }: CallOptions): Promise<VendorKey[]> {
    const request = { endpoint: `GET ${KEYS}`, ids: this.#ids(), answer: keysSchema, signal };
    return (await this.#client.call(request))["api-keys"].map(vendorKey);
  }

  /** There is no call for one key. Without its account a key is gone. */
  read({ keyId, ...options }: KeyRequest): Promise<VendorKey | undefined> {
    return orUndefined(async () => (await this.list(options)).find((key) => key.id === keyId));
  }

  async update({ keyId, grant, expiresInSeconds, signal }: UpdateRequest): Promise<VendorKey> {
    const endpoint = `PATCH ${KEYS}/{key}`;
    if (expiresInSeconds !== undefined) throw new VendorError("invalid", endpoint, "ElevenLabs knows no expiry");
    if (grant === undefined) throw new VendorError("invalid", endpoint, "nothing to update");
    const body: UpdateKeyBody = {
      permissions: permissionsOf(endpoint, grant),
      character_limit: grant.limits?.charactersPerMonth ?? "clear",
      allowed_ips: grant.networks === undefined ? "clear" : [...grant.networks],
    };
    await this.#client.call({ endpoint, ids: this.#ids(keyId), body, answer: acknowledgedSchema, signal });
    // The answer says nothing of the key.
    const updated = await this.read({ keyId, ...defined({ signal }) });
    if (updated === undefined)
      throw new VendorError("not_found", endpoint, "ElevenLabs does not list the key any more");
    return updated;
  }

  revoke({ keyId, signal }: KeyRequest): Promise<"revoked" | "gone"> {
    const endpoint = `DELETE ${KEYS}/{key}`;
    return orGone(async () => {
      try {
        await this.#client.call({ endpoint, ids: this.#ids(keyId), answer: acknowledgedSchema, signal });
      } catch (error) {
        // Whether an unknown key is answered 404 is not documented. The list is complete, and what
        // it lacks opens nothing.
        const answered = error instanceof VendorError && error.kind === "invalid" && error.status !== undefined;
        if (!answered) throw error;
        const listed = await this.list(signal === undefined ? {} : { signal });
        if (listed.some(({ id }) => id === keyId)) throw error;
        return "gone" as const;
      }
      return "revoked" as const;
    });
  }

  verify(request: VerifyRequest): Promise<VerifyResult> {
    return verify(this.#transport, request);
  }

  #ids(key?: string): Record<string, string> {
    return { account: this.#account, ...defined({ key }) };
  }
}

function permissionsOf(endpoint: string, { scopes = [] }: Grant): string[] {
  if (scopes.length > 0) return [...scopes];
  throw new VendorError("invalid", endpoint, "a key without permissions");
}

function vendorKey(key: Key & Odd): VendorKey {
  const { permissions, character_limit, allowed_ips: networks } = key;
  const limits = new ShownLimits().amount(
    "charactersPerMonth",
    `character_limit ${character_limit}`,
    character_limit,
    "nothing",
  );
  return {
    id: key.key_id,
    name: key.name,
    createdAt: key.created_at_unix ?? 0,
    ...(key.is_disabled ? { disabled: true } : {}),
    granted: withOdd(
      {
        // What is not in the answer is not known; null is no restriction.
        ...(permissions === undefined ? {} : { scopes: sorted(permissions) }),
        ...(character_limit === undefined ? {} : limits.shown),
        ...(networks === undefined ? {} : { networks: sorted(networks?.map(network)) }),
      },
      key,
    ),
  };
}

function sorted(list: readonly string[] | null | undefined): string[] | null {
  return list == null ? null : [...list].sort();
}

/** People may have entered a bare address. */
function network(text: string): string {
  if (text.includes("/")) return text;
  return `${text}/${text.includes(":") ? 128 : 32}`;
}
