import { createHash } from "node:crypto";
import * as v from "valibot";
import { accessTokens } from "../../http/access-token";
import { AdminClient, allPages } from "../../http/admin-client";
import { type Dialect, failure, harmless, parseAnswer, type Transport } from "../../http/exchange";
import { type Odd, withOdd } from "../../http/lenient";
import { orGone, orUndefined } from "../../http/not-found";
import { parseSettingsWithUrl } from "../../http/settings";
import { defined } from "../../model/defined";
import type { Grant } from "../../model/grant";
import { poll } from "../../model/poll";
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
import { accessTokenOf } from "./access";
import { geminiDescriptor } from "./descriptor";
import { grantedOf, isGranted, otherApis, restrictionsOf } from "./restrictions";
import {
  credentialsSchema,
  errorSchema,
  type Key,
  keySchema,
  keyStringSchema,
  keysSchema,
  type Operation,
  operationSchema,
  settingsSchema,
} from "./schemas";
import { verifyKey } from "./verify";

const DATA_HOST = "https://generativelanguage.googleapis.com";
/** As most clients call it. */
const DATA_URL = `${DATA_HOST}/v1beta`;
const PAGE = 100;
const DISPLAY_NAME_MAX_LENGTH = 63;
/** Holds the whole name. */
const NAME_ANNOTATION = "scoped-keys-name";
/** An id is taken for 30 days after its key was deleted: then the next one is tried. */
const IDS_MAX = 8;
/** Google says that most operations take seconds. Altogether half a minute. */
const POLL_PAUSES_MILLIS = [500, 1_000, 2_000, 4_000, 4_000, 4_000, 4_000, 5_000, 5_000] as const;

const CREATE = "POST /projects/{project}/locations/global/keys";
const LIST = "GET /projects/{project}/locations/global/keys";
const READ = "GET /projects/{project}/locations/global/keys/{key}";
const READ_VALUE = "GET /projects/{project}/locations/global/keys/{key}/keyString";
const UPDATE = "PATCH /projects/{project}/locations/global/keys/{key}";
const DELETE = "DELETE /projects/{project}/locations/global/keys/{key}";
const POLL = "GET /operations/{operation}";

const spoken: Omit<Dialect, "authorize"> = {
  displayName: geminiDescriptor.displayName,
  errorIn: (body) => {
    const parsed = v.safeParse(errorSchema, body);
    if (!parsed.success) return undefined;
    const { error } = Array.isArray(parsed.output) ? parsed.output[0] : parsed.output;
    const code = error.details.find(({ reason }) => reason !== undefined)?.reason ?? error.status;
    return { message: error.message, ...defined({ code }) };
  },
  valuePrefixes: ["ya29.", ...geminiDescriptor.valuePrefixes],
  id: /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/,
};
const adminDialect: Dialect = { ...spoken, authorize: (token) => ({ authorization: `Bearer ${token}` }) };
const dataDialect: Dialect = { ...spoken, authorize: (key) => ({ "x-goog-api-key": key }) };

export const gemini: Vendor = {
  descriptor: geminiDescriptor,
  dataUrl: () => DATA_URL,
  connect: (connection) => new GeminiAdapter(connection),
};

class GeminiAdapter implements VendorAdapter {
  readonly descriptor = geminiDescriptor;
  readonly #client: AdminClient;
  readonly #data: Transport;
  readonly #project: string;
  readonly #binding: { readonly serviceAccountEmail?: string };
  readonly #sleep: VendorConnection["sleep"];

  constructor({ settings, adminKey, rateLimiter, fetch, now, sleep }: VendorConnection) {
    const { projectId, serviceAccountEmail, baseUrl } = parseSettingsWithUrl(
      geminiDescriptor,
      settingsSchema,
      settings,
    );
    const token = accessTokens({
      adminKey,
      credentials: credentialsSchema,
      exchange: (credentials) => accessTokenOf(credentials, { fetch, now }),
      now,
    });
    this.#client = new AdminClient({ fetch, baseUrl, now, dialect: adminDialect }, token, rateLimiter);
    this.#data = { fetch, baseUrl: DATA_HOST, now, dialect: dataDialect };
    this.#project = projectId;
    this.#binding = serviceAccountEmail === undefined ? {} : { serviceAccountEmail };
    this.#sleep = sleep;
  }

  /**
   * The id follows from the name, so a second mint finds the key of the first, and its value with
   * it.
   */
  async mint(request: MintRequest): Promise<MintedKey> {
    const { signal } = request;
    for (let n = 0; n < IDS_MAX; n += 1) {
      const keyId = keyIdOf(request.name, n);
      const key = await this.#createdOrFound(keyId, request);
      if (!isAlive(key)) continue;
      const read = { endpoint: READ_VALUE, ids: this.#ids(keyId), answer: keyStringSchema, signal };
      const { keyString } = await this.#client.call(read);
      return { id: keyId, name: nameOf(key), value: keyString, createdAt: key.createTime };
    }
    throw new VendorError("conflict", CREATE, "all ids of this name are taken by keys that were deleted");
  }

  async list({ signal }: CallOptions): Promise<VendorKey[]> {
    const keys = await allPages(spoken.displayName, LIST, async (query) => {
      const { keys: items, nextPageToken } = await this.#client.call({
        endpoint: LIST,
        ids: { project: this.#project },
        query: [["pageSize", String(PAGE)], ...query],
        answer: keysSchema,
        signal,
      });
      return { items, next: nextPageToken ? [["pageToken", nextPageToken]] : undefined };
    });
    return keys.filter(isAlive).map(vendorKey);
  }

  async read({ keyId, signal }: KeyRequest): Promise<VendorKey | undefined> {
    const key = await this.#find(keyId, signal);
    return key !== undefined && isAlive(key) ? vendorKey(key) : undefined;
  }

  async update({ keyId, grant, expiresInSeconds, signal }: UpdateRequest): Promise<VendorKey> {
    if (expiresInSeconds !== undefined) throw new VendorError("invalid", UPDATE, "Google's keys have no expiry");
    if (grant === undefined) throw new VendorError("invalid", UPDATE, "nothing to update");
    return vendorKey(await this.#restrict(keyId, grant, signal));
  }

  async revoke({ keyId, signal }: KeyRequest): Promise<"revoked" | "gone"> {
    // Else a project, or Google some day, may refuse to delete a key that was used in the last
    // seven days.
    const query = [["checkExistingUsage", "SKIP"]] as const;
    const request = { endpoint: DELETE, ids: this.#ids(keyId), query, answer: operationSchema, signal };
    try {
      const started = await orGone(() => this.#client.call(request));
      if (started === "gone") return "gone";
      await this.#finished(DELETE, started, signal);
      return "revoked";
    } catch (error) {
      // A second deletion may be refused: what counts is that the first one took place.
      if (!isKind(error, "invalid")) throw error;
      const key = await this.#find(keyId, signal);
      if (key !== undefined && isAlive(key)) throw error;
      return "gone";
    }
  }

  verify(request: VerifyRequest): Promise<VerifyResult> {
    return verifyKey(this.#data, request);
  }

  /**
   * The new key, or the one of that name that has the id. A grant that has changed since the first
   * mint is set.
   */
  async #createdOrFound(keyId: string, { name, grant, signal }: MintRequest): Promise<Key> {
    const body = {
      displayName: name.slice(-DISPLAY_NAME_MAX_LENGTH),
      annotations: { [NAME_ANNOTATION]: name },
      restrictions: restrictionsOf(grant),
      ...this.#binding,
    };
    const query = [["keyId", keyId]] as const;
    const request = { endpoint: CREATE, ids: { project: this.#project }, query, body, answer: operationSchema, signal };
    try {
      return await this.#keyOf(CREATE, await this.#client.call(request), signal);
    } catch (error) {
      if (!isKind(error, "conflict")) throw error;
      const key = await this.#find(keyId, signal);
      if (key === undefined || nameOf(key) !== name) throw error;
      return !isAlive(key) || isGranted(key.restrictions, grant) ? key : this.#restrict(keyId, grant, signal);
    }
  }

  async #restrict(keyId: string, grant: Grant, signal: AbortSignal | undefined): Promise<Key> {
    const query = [["updateMask", "restrictions"]] as const;
    const body = { restrictions: restrictionsOf(grant) };
    const request = { endpoint: UPDATE, ids: this.#ids(keyId), query, body, answer: operationSchema, signal };
    return this.#keyOf(UPDATE, await this.#client.call(request), signal);
  }

  #find(keyId: string, signal: AbortSignal | undefined): Promise<Key | undefined> {
    const request = { endpoint: READ, ids: this.#ids(keyId), answer: keySchema, signal };
    return orUndefined(() => this.#client.call(request));
  }

  async #keyOf(endpoint: string, started: Operation, signal: AbortSignal | undefined): Promise<Key> {
    const { response } = await this.#finished(endpoint, started, signal);
    const key = parseAnswer(adminDialect, keySchema, response, endpoint);
    // Not to be taken for one of those that have the id of a new key: the next id would get a
    // second one.
    if (!isAlive(key)) throw new VendorError("unexpected", endpoint, `Google answers ${endpoint} with a deleted key`);
    return key;
  }

  /**
   * Waits for what Google began. Not to know how it ended is no verdict: it may have happened, and
   * repeating it is harmless.
   */
  async #finished(endpoint: string, started: Operation, signal: AbortSignal | undefined): Promise<Operation> {
    const request = { endpoint: POLL, ids: { operation: started.name }, answer: operationSchema, signal };
    const operation = await poll({
      first: started,
      again: () => this.#client.call(request),
      isGood: ({ done }) => done,
      pausesMillis: POLL_PAUSES_MILLIS,
      sleep: (millis) => this.#sleep(millis, signal),
    }).catch((error: unknown) => {
      // Of the operation, and not of its key; or the caller's time is over.
      if (error instanceof VendorError && error.kind !== "not_found") throw error;
      throw unfinished(endpoint);
    });
    if (!operation.done) throw unfinished(endpoint);
    const { error } = operation;
    if (error === undefined) return operation;
    const status = HTTP_STATUS[error.code] ?? 500;
    const message = harmless(adminDialect, error.message);
    throw failure(adminDialect, endpoint, { status, message, body: undefined, code: "", retryAfterSeconds: undefined });
  }

  #ids(keyId: string): { project: string; key: string } {
    return { project: this.#project, key: keyId };
  }
}

/** `google.rpc.Code` -> the status that HTTP has for it; the others are failures of the server. */
const HTTP_STATUS: Readonly<Record<number, number>> = {
  3: 400,
  5: 404,
  6: 409,
  7: 403,
  8: 429,
  9: 400,
  10: 409,
  11: 400,
  16: 401,
};

function unfinished(endpoint: string): VendorError {
  return new VendorError("unavailable", endpoint, `Google has not said yet whether ${endpoint} is done`);
}

/** Google wants a lower-case letter first, and nothing that looks like a UUID. */
function keyIdOf(name: string, n: number): string {
  const text = n === 0 ? name : `${name}\n${n}`;
  return `scoped-${createHash("sha256").update(text).digest("hex").slice(0, 40)}`;
}

function nameOf({ annotations, displayName }: Key): string {
  return annotations[NAME_ANNOTATION] ?? displayName;
}

/** Deleted keys can be brought back for 30 days, and open nothing meanwhile. */
function isAlive({ deleteTime }: Key): boolean {
  return deleteTime === undefined;
}

function isKind(error: unknown, kind: VendorError["kind"]): error is VendorError {
  return error instanceof VendorError && error.kind === kind;
}

function vendorKey(key: Key & Odd): VendorKey {
  const apis = otherApis(key.restrictions);
  return {
    id: key.name,
    name: nameOf(key),
    createdAt: key.createTime,
    granted: withOdd(grantedOf(key.restrictions), key),
    ...(apis.length === 0 ? {} : { madeFor: `other APIs of Google (${apis.join(", ")})` }),
  };
}
