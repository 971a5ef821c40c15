import { generateKeyPairSync } from "node:crypto";
import { isoSeconds, SECONDS_PER_DAY } from "../../../model/units";
import { SeededRandom } from "../../../sandbox/vendors/random";
import type { Clock } from "../../../sandbox/vendors/simulator";

export interface Restrictions {
  readonly apiTargets?:
    | ReadonlyArray<{ readonly service: string; readonly methods?: readonly string[] | undefined }>
    | undefined;
  readonly serverKeyRestrictions?: { readonly allowedIps: readonly string[] } | undefined;
  readonly browserKeyRestrictions?: { readonly allowedReferrers: readonly string[] } | undefined;
}

export interface StoredKey {
  readonly id: string;
  readonly uid: string;
  readonly value: string;
  readonly createdAt: number;
  readonly serviceAccountEmail: string | undefined;
  displayName: string | undefined;
  annotations: Readonly<Record<string, string>> | undefined;
  restrictions: Restrictions | undefined;
  updatedAt: number;
  /** Unix seconds; for 30 days from then it can be brought back. */
  deletedAt: number | undefined;
}

interface StoredOperation {
  readonly name: string;
  readonly response: object;
  /** Looks that are still answered "not done". */
  pollsLeft: number;
}

const PURGE_SECONDS = 30 * SECONDS_PER_DAY;
const TOKEN_SECONDS = 3_599;

/** One project at Google with one service account that may manage its keys. */
export class GeminiState {
  readonly projectId = "sandbox-project";
  readonly projectNumber = "100000000001";
  readonly clientEmail = "scoped-keys@sandbox-project.iam.gserviceaccount.com";
  readonly publicKey: string;
  readonly adminKey: string;
  readonly #keys = new Map<string, StoredKey>();
  readonly #operations = new Map<string, StoredOperation>();
  /** Access token -> Unix seconds of its end. */
  readonly #tokens = new Map<string, number>();
  readonly #random: SeededRandom;
  readonly #issued: string[];

  constructor(
    readonly clock: Clock,
    seed: string,
  ) {
    this.#random = new SeededRandom(seed);
    // Short, so that a sandbox starts at once.
    const { publicKey, privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 1_024,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    this.publicKey = publicKey;
    this.adminKey = JSON.stringify({
      type: "service_account",
      project_id: this.projectId,
      private_key_id: this.#random.alphanumeric(40),
      private_key: privateKey,
      client_email: this.clientEmail,
      token_uri: "https://oauth2.googleapis.com/token",
    });
    this.#issued = [this.adminKey, privateKey];
  }

  get seconds(): number {
    return Math.floor(this.clock.now() / 1_000);
  }

  /** Every value that was ever given out. */
  get issued(): readonly string[] {
    return this.#issued;
  }

  issueToken(): { readonly access_token: string; readonly expires_in: number; readonly token_type: "Bearer" } {
    const access_token = this.#secret(`ya29.${this.#random.urlSafe(120)}`);
    this.#tokens.set(access_token, this.seconds + TOKEN_SECONDS);
    return { access_token, expires_in: TOKEN_SECONDS, token_type: "Bearer" };
  }

  isToken(text: string): boolean {
    return (this.#tokens.get(text) ?? 0) > this.seconds;
  }

  addKey(
    key: Pick<StoredKey, "id" | "displayName" | "annotations" | "restrictions" | "serviceAccountEmail">,
  ): StoredKey {
    // Keys that are bound to an account look different.
    const value =
      key.serviceAccountEmail === undefined ? `AIza${this.#random.urlSafe(35)}` : `AQ.Ab${this.#random.urlSafe(48)}`;
    const stored: StoredKey = {
      ...key,
      uid: this.#random.alphanumeric(32).toLowerCase(),
      value: this.#secret(value),
      createdAt: this.seconds,
      updatedAt: this.seconds,
      deletedAt: undefined,
    };
    this.#keys.set(stored.id, stored);
    return stored;
  }

  /** Deleted ones too, until they are purged. */
  key(id: string): StoredKey | undefined {
    return this.keys().find((key) => key.id === id);
  }

  keys(): StoredKey[] {
    return [...this.#keys.values()].filter(
      ({ deletedAt }) => deletedAt === undefined || deletedAt + PURGE_SECONDS > this.seconds,
    );
  }

  liveKeys(): StoredKey[] {
    return this.keys().filter(({ deletedAt }) => deletedAt === undefined);
  }

  keyOf(value: string): StoredKey | undefined {
    return this.liveKeys().find((key) => key.value === value);
  }

  /** What was asked is done at once, and said to be done after so many looks. */
  startOperation(key: StoredKey, polls: number): object {
    const name = `operations/akmf.p7-${this.projectNumber}-${this.#random.alphanumeric(16)}`;
    const operation: StoredOperation = { name, response: this.shownKey(key), pollsLeft: polls };
    this.#operations.set(name, operation);
    return this.#shownOperation(operation);
  }

  pollOperation(name: string): object | undefined {
    const operation = this.#operations.get(name);
    if (operation === undefined) return undefined;
    operation.pollsLeft = Math.max(0, operation.pollsLeft - 1);
    return this.#shownOperation(operation);
  }

  shownKey(key: StoredKey): object {
    return {
      name: `projects/${this.projectNumber}/locations/global/keys/${key.id}`,
      uid: key.uid,
      displayName: key.displayName,
      createTime: isoSeconds(key.createdAt),
      updateTime: isoSeconds(key.updatedAt),
      ...(key.deletedAt === undefined ? {} : { deleteTime: isoSeconds(key.deletedAt) }),
      annotations: key.annotations,
      restrictions: key.restrictions,
      serviceAccountEmail: key.serviceAccountEmail,
      etag: `W/"${key.uid}${key.updatedAt}"`,
    };
  }

  #shownOperation({ name, response, pollsLeft }: StoredOperation): object {
    if (pollsLeft > 0) return { name };
    return { name, done: true, response: { "@type": "type.googleapis.com/google.api.apikeys.v2.Key", ...response } };
  }

  #secret(value: string): string {
    this.#issued.push(value);
    return value;
  }
}
