import {
  AdminClient,
  allowedBaseUrl,
  allPages,
  type Dialect,
  exchange,
  failure,
  isToken,
  type KeyRequest,
  type KeyWords,
  lenient,
  type MintedKey,
  type MintRequest,
  noKey,
  orGone,
  orUndefined,
  parseAnswer,
  refusal,
  refusedSettings,
  type Transport,
  type UpdateRequest,
  type Vendor,
  type VendorAdapter,
  type VendorConnection,
  type VendorDescriptor,
  VendorError,
  type VendorKey,
  type VerifyRequest,
  type VerifyResult,
} from "cdktf-scoped-keys/adapter";
import * as v from "valibot";

/** Acme is invented. It enforces scopes and expiry per key, and changes scopes in place. */
const descriptor: VendorDescriptor = {
  id: "acme",
  displayName: "Acme",
  strategy: "additive",
  baseUrls: ["https://api.acme.example/v1"],
  enforcement: {
    permissions: "key",
    endpoints: "nobody",
    models: "nobody",
    requestsPerMinute: "nobody",
    tokensPerMinute: "nobody",
    spend: "nobody",
    characters: "nobody",
    expiry: "key",
    sourceIp: "nobody",
  },
  inPlace: { grant: true, expiry: false },
  scopes: { "models:read": "lists models", "chat:write": "asks models", "files:read": "reads files" },
  maxExpirySeconds: 90 * 86_400,
  activation: { typicalSeconds: 5, worstSeconds: 3_600, source: "Acme's page on keys" },
  revocation: { typicalSeconds: 5, worstSeconds: 900, source: "Acme's page on keys" },
  accountGone: { noProof: "Acme has no API for accounts" },
  adminCallsPerMinute: 120,
  keyNamePattern: /^[\x20-\x7e]{1,200}$/,
  adminPermission: "an admin key of Acme's console",
  valuePrefixes: ["acme_"],
};

/** What Acme says of a key that it does not know. All other refusals are no verdict on a key. */
const UNKNOWN_KEY: readonly KeyWords[] = [{ statuses: [401], message: /^invalid key$/ }];

const dialect: Dialect = {
  displayName: descriptor.displayName,
  authorize: (key) => ({ authorization: `Bearer ${key}` }),
  errorIn: (body) => {
    const envelope = v.safeParse(v.object({ error: v.object({ message: v.string() }) }), body);
    return envelope.success ? envelope.output.error : undefined;
  },
  valuePrefixes: descriptor.valuePrefixes,
};

const settingsSchema = v.strictObject({ baseUrl: v.optional(v.string()) });
const keySchema = v.object({
  id: v.string(),
  name: v.string(),
  scopes: v.array(v.string()),
  created_at: v.number(),
  expires_at: v.number(),
});
const mintedSchema = v.object({ ...keySchema.entries, value: v.string() });
const pageSchema = v.object({ keys: v.array(lenient(keySchema, "id")), next: v.nullable(v.string()) });
const deletedSchema = v.object({ deleted: v.literal(true) });
const introspectionSchema = v.object({ scopes: v.array(v.string()) });

export const vendor: Vendor = { descriptor, connect: (connection) => new AcmeAdapter(connection) };

class AcmeAdapter implements VendorAdapter {
  readonly descriptor = descriptor;
  readonly #transport: Transport;
  readonly #admin: AdminClient;

  constructor({ settings, adminKey, rateLimiter, fetch, now }: VendorConnection) {
    const { displayName, baseUrls } = descriptor;
    const parsed = v.safeParse(settingsSchema, settings);
    if (!parsed.success) throw refusedSettings(displayName, "only `baseUrl` is known");
    const { baseUrl = baseUrls[0] ?? "" } = parsed.output;
    this.#transport = { fetch, now, dialect, baseUrl: allowedBaseUrl(displayName, baseUrl, baseUrls) };
    this.#admin = new AdminClient(this.#transport, adminKey, rateLimiter);
  }

  async mint({ name, grant, expiresInSeconds, signal }: MintRequest): Promise<MintedKey> {
    const body = { name, scopes: grant.scopes, expires_in: expiresInSeconds };
    const minted = await this.#admin.call({ endpoint: "POST /admin/keys", body, answer: mintedSchema, signal });
    const { id, value, created_at, expires_at } = minted;
    return { id, name: minted.name, value, createdAt: created_at, expiresAt: expires_at };
  }

  async list({ signal }: { signal?: AbortSignal }): Promise<VendorKey[]> {
    const endpoint = "GET /admin/keys";
    const keys = await allPages(descriptor.displayName, endpoint, async (query) => {
      const page = await this.#admin.call({ endpoint, query, answer: pageSchema, signal });
      return { items: page.keys, next: page.next === null ? undefined : [["after", page.next]] };
    });
    return keys.map(vendorKey);
  }

  read({ keyId, signal }: KeyRequest): Promise<VendorKey | undefined> {
    const request = { endpoint: "GET /admin/keys/{id}", ids: { id: keyId }, answer: keySchema, signal };
    return orUndefined(async () => vendorKey(await this.#admin.call(request)));
  }

  async update({ keyId, grant, signal }: UpdateRequest): Promise<VendorKey> {
    const endpoint = "PATCH /admin/keys/{id}";
    if (grant === undefined)
      throw new VendorError("invalid", endpoint, "Acme changes the scopes of a key, and nothing else");
    const body = { scopes: grant.scopes };
    return vendorKey(await this.#admin.call({ endpoint, ids: { id: keyId }, body, answer: keySchema, signal }));
  }

  revoke({ keyId, signal }: KeyRequest): Promise<"revoked" | "gone"> {
    const request = { endpoint: "DELETE /admin/keys/{id}", ids: { id: keyId }, answer: deletedSchema, signal };
    return orGone(async () => {
      await this.#admin.call(request);
      return "revoked" as const;
    });
  }

  /** Two free calls: what the key may do, and one that it must not be able to make. */
  async verify({ value, grant, signal }: VerifyRequest): Promise<VerifyResult> {
    if (!isToken(value)) return noKey(dialect);
    const endpoint = "GET /key";
    const answer = await exchange(this.#transport, value, { endpoint, signal });
    if (answer.status !== 200) return refusal(dialect, UNKNOWN_KEY, endpoint, answer);
    const shown = parseAnswer(dialect, introspectionSchema, answer.body, endpoint, answer.status);
    const [has = "", wanted = ""] = [shown, grant].map(({ scopes = [] }) => [...scopes].sort().join(", "));
    const more = shown.scopes.some((scope) => grant.scopes?.includes(scope) !== true);
    if (has !== wanted) return unfit(more ? "wider" : "narrower", `it has the scopes ${has} where ${wanted} was asked`);
    if (grant.scopes?.includes("models:read")) return works(`it has the scopes ${has}`, false);
    const outside = await exchange(this.#transport, value, { endpoint: "GET /models", signal });
    if (outside.status === 200) return unfit("wider", "it may list models");
    if (outside.status !== 403) throw failure(dialect, "GET /models", outside);
    return works(`it has the scopes ${has}, and may not list models`, true);
  }
}

function vendorKey({ id, name, scopes, created_at, expires_at }: v.InferOutput<typeof keySchema>): VendorKey {
  return { id, name, createdAt: created_at, expiresAt: expires_at, granted: { scopes: [...scopes].sort() } };
}

function works(evidence: string, scopeProven: boolean): VerifyResult {
  return { outcome: "works", evidence: `Acme knows the key: ${evidence}`, scopeProven };
}

function unfit(outcome: "wider" | "narrower", evidence: string): VerifyResult {
  return { outcome, evidence: `Acme knows the key, but ${evidence}`, scopeProven: true };
}
