import { accessTokens, type TokenAnswer, tokenAnswerSchema } from "../../http/access-token";
import { AdminClient } from "../../http/admin-client";
import { exchange, failure, isSuccess, parseAnswer, type Transport } from "../../http/exchange";
import { type Odd, withOdd } from "../../http/lenient";
import { orGone, orUndefined } from "../../http/not-found";
import { parseSettingsWithUrl } from "../../http/settings";
import { defined } from "../../model/defined";
import type { Grant } from "../../model/grant";
import { poll } from "../../model/poll";
import { MILLIS_PER_SECOND } from "../../model/units";
import { VendorError } from "../../model/vendor-error";
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
import type { CreateKeyBody, TokenBody, UpdateKeyBody } from "./bodies";
import { pineconeDescriptor } from "./descriptor";
import { adminDialect, dataDialect, loginDialect } from "./dialects";
import {
  acceptedSchema,
  type Credentials,
  credentialsSchema,
  type Key,
  keySchema,
  keysSchema,
  mintedSchema,
  projectSchema,
  projectsSchema,
  settingsSchema,
} from "./schemas";
import { verify } from "./verify";

const LOGIN_URL = "https://login.pinecone.io";
const PROJECT_KEYS = "/admin/projects/{project}/api-keys";
const KEY = "/admin/api-keys/{key}";
/** Waits between looks at a key whose deletion was accepted. */
const DELETION_PAUSES_MILLIS = [1_000, 2_000, 4_000, 8_000];

/** API keys of one project. */
export const pinecone: Vendor = {
  descriptor: pineconeDescriptor,
  connect: (connection) => new PineconeAdapter(connection),
};

class PineconeAdapter implements VendorAdapter {
  readonly descriptor = pineconeDescriptor;
  readonly #project: string;
  readonly #login: Transport;
  readonly #data: Transport;
  readonly #client: AdminClient;
  readonly #now: () => number;
  readonly #sleep: VendorConnection["sleep"];

  constructor({ settings, adminKey, rateLimiter, fetch, now, sleep }: VendorConnection) {
    const { projectId, baseUrl } = parseSettingsWithUrl(pineconeDescriptor, settingsSchema, settings);
    this.#project = projectId;
    this.#login = { fetch, baseUrl: LOGIN_URL, now, dialect: loginDialect };
    this.#data = { fetch, baseUrl, now, dialect: dataDialect };
    const token = accessTokens({
      adminKey,
      credentials: credentialsSchema,
      exchange: (credentials) => this.#token(credentials),
      now,
    });
    this.#client = new AdminClient({ fetch, baseUrl, now, dialect: adminDialect }, token, rateLimiter);
    this.#now = now;
    this.#sleep = sleep;
  }

  /** Two answers that are one: a 404 alone may come from a proxy. */
  async accountGone({ signal }: CallOptions): Promise<string | undefined> {
    const all = await this.#client.call({ endpoint: "GET /admin/projects", answer: projectsSchema, signal });
    if (all.data.some(({ id }) => id === this.#project)) return undefined;
    const ids = { project: this.#project };
    const request = { endpoint: "GET /admin/projects/{project}", ids, answer: projectSchema, signal };
    const found = await orUndefined(() => this.#client.call(request));
    return found === undefined ? "Pinecone's organisation has no such project any more" : undefined;
  }

  async mint({ name, grant, signal }: MintRequest): Promise<MintedKey> {
    const endpoint = `POST ${PROJECT_KEYS}`;
    const body: CreateKeyBody = { name, roles: rolesOf(endpoint, grant) };
    const ids = { project: this.#project };
    const { key, value } = await this.#client.call({ endpoint, ids, body, answer: mintedSchema, signal });
    return { id: key.id, name: key.name, value, createdAt: Math.floor(this.#now() / MILLIS_PER_SECOND) };
  }

  /** All at once: there are no pages. */
  async list({ signal }: CallOptions): Promise<VendorKey[]> {
    const request = { endpoint: `GET ${PROJECT_KEYS}`, ids: { project: this.#project }, answer: keysSchema, signal };
    return (await this.#client.call(request)).data.map(vendorKey);
  }

  read({ keyId, signal }: KeyRequest): Promise<VendorKey | undefined> {
    const request = { endpoint: `GET ${KEY}`, ids: { key: keyId }, answer: keySchema, signal };
    return orUndefined(async () => vendorKey(await this.#client.call(request)));
  }

  async update({ keyId, grant, expiresInSeconds, signal }: UpdateRequest): Promise<VendorKey> {
    const endpoint = `PATCH ${KEY}`;
    if (expiresInSeconds !== undefined) throw new VendorError("invalid", endpoint, "Pinecone knows no expiry");
    if (grant === undefined) throw new VendorError("invalid", endpoint, "nothing to update");
    const body: UpdateKeyBody = { roles: rolesOf(endpoint, grant) };
    return vendorKey(await this.#client.call({ endpoint, ids: { key: keyId }, body, answer: keySchema, signal }));
  }

  /** A deletion is accepted first and done later; until then the key may open everything. */
  revoke({ keyId, signal }: KeyRequest): Promise<"revoked" | "gone"> {
    const endpoint = `DELETE ${KEY}`;
    return orGone(async () => {
      await this.#client.call({ endpoint, ids: { key: keyId }, answer: acceptedSchema, signal });
      const look = { keyId, ...defined({ signal }) };
      const left = await poll({
        first: await this.read(look),
        again: () => this.read(look),
        isGood: (key) => key === undefined,
        pausesMillis: DELETION_PAUSES_MILLIS,
        sleep: (millis) => this.#sleep(millis, signal),
      });
      if (left === undefined) return "revoked" as const;
      throw new VendorError("unavailable", endpoint, "Pinecone accepted the deletion, and still has the key");
    });
  }

  verify(request: VerifyRequest): Promise<VerifyResult> {
    return verify(this.#data, request);
  }

  async #token({ clientId, clientSecret }: Credentials): Promise<TokenAnswer> {
    const endpoint = "POST /oauth/token";
    const body: TokenBody = {
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      audience: "https://api.pinecone.io/",
    };
    const answer = await exchange(this.#login, clientSecret, { endpoint, body });
    if (!isSuccess(answer.status)) throw failure(loginDialect, endpoint, answer);
    return parseAnswer(loginDialect, tokenAnswerSchema, answer.body, endpoint, answer.status);
  }
}

/** Without roles Pinecone makes a key that may do everything in the project. */
function rolesOf(endpoint: string, { scopes = [] }: Grant): readonly string[] {
  if (scopes.length > 0) return scopes;
  throw new VendorError("invalid", endpoint, "no roles: to Pinecone that means ProjectEditor");
}

function vendorKey(key: Key & Odd): VendorKey {
  const { id, name, roles } = key;
  return { id, name, createdAt: 0, granted: withOdd({ scopes: [...roles].sort() }, key) };
}
