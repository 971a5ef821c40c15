import { createHash } from "node:crypto";
import { isoSeconds } from "../../../model/units";
import { SeededRandom } from "../../../sandbox/vendors/random";
import type { Clock } from "../../../sandbox/vendors/simulator";

/**
 * Clusters that have to learn of a key, and after which part of the whole time each of them does.
 */
const CLUSTERS = { "us-east-1.api.x.ai": 0.5, "eu-west-1.api.x.ai": 1 } as const;
export const ENDPOINTS: readonly string[] = ["chat", "embed", "image", "models", "sample", "tokenize", "documents"];
export const MODELS: readonly string[] = ["grok-4.5", "grok-4.3", "grok-4.20-0309-reasoning", "grok-imagine-image"];

export interface StoredSecret {
  readonly value: string;
  readonly madeAtMillis: number;
  /** As long as it was made to spread over all clusters. */
  readonly spreadMillis: number;
  /**
   * Unix seconds. Of a secret that was replaced: its own end, which no later change of the key
   * moves.
   */
  endsAt: number | null;
}

export interface StoredKey {
  readonly id: string;
  readonly createdAt: number;
  modifiedAt: number;
  name: string;
  disabled: boolean;
  blocked: boolean;
  qps: number | null;
  qpm: number | null;
  tpm: number | null;
  acls: readonly string[];
  /** Newest last. */
  readonly secrets: StoredSecret[];
  /** Calls of models, in the minute that is running: time and tokens. */
  uses: ReadonlyArray<{ readonly atMillis: number; readonly tokens: number }>;
}

/** Fields that a request may set. */
export type Fields = Pick<StoredKey, "name" | "qps" | "qpm" | "tpm" | "acls"> & { readonly expiresAt: number | null };

/** One team at xAI. */
export class XAiState {
  readonly keys = new Map<string, StoredKey>();
  readonly teamId: string;
  readonly userId: string;
  readonly managementKey: string;
  /** What values are made with from now on: seconds until every cluster knows them. */
  propagationSeconds = 0;
  teamBlocked = false;
  readonly #random: SeededRandom;
  readonly #issued: string[] = [];

  constructor(
    readonly clock: Clock,
    seed: string,
  ) {
    this.#random = new SeededRandom(seed);
    this.teamId = this.#uuid();
    this.userId = this.#uuid();
    this.managementKey = this.#value();
  }

  get seconds(): number {
    return Math.floor(this.clock.now() / 1_000);
  }

  /** Every value that was ever given out. */
  get issued(): readonly string[] {
    return this.#issued;
  }

  addKey({ expiresAt, ...fields }: Fields): StoredKey {
    const key: StoredKey = {
      ...fields,
      id: this.#uuid(),
      createdAt: this.seconds,
      modifiedAt: this.seconds,
      disabled: false,
      blocked: false,
      secrets: [this.#secret(expiresAt)],
      uses: [],
    };
    this.keys.set(key.id, key);
    return key;
  }

  /**
   * The secret that is replaced ends when it is told to, or at its own expiry where that is
   * earlier; older ones keep their ends.
   */
  rotate(key: StoredKey, oldEndsAt: number, expiresAt: number | null | undefined): void {
    const old = newest(key);
    const before = old.endsAt;
    old.endsAt = before === null ? oldEndsAt : Math.min(before, oldEndsAt);
    key.secrets.push(this.#secret(expiresAt === undefined ? before : expiresAt));
    key.modifiedAt = this.seconds;
  }

  /** The key that a value belongs to, where every cluster knows it and it has not ended. */
  keyOf(value: string): StoredKey | undefined {
    for (const key of this.keys.values()) {
      const secret = key.secrets.find((stored) => stored.value === value);
      if (secret === undefined) continue;
      const ended = secret.endsAt !== null && secret.endsAt <= this.seconds;
      return ended || !Object.values(this.propagation(secret)).every((knows) => knows) ? undefined : key;
    }
    return undefined;
  }

  propagation(secret: StoredSecret): Record<string, boolean> {
    const knows = (part: number) => secret.madeAtMillis + secret.spreadMillis * part <= this.clock.now();
    return Object.fromEntries(Object.entries(CLUSTERS).map(([cluster, part]) => [cluster, knows(part)]));
  }

  /** As the management API shows a key: what is unset is left out. */
  shownKey(key: StoredKey): object {
    const { endsAt, value } = newest(key);
    return {
      redactedApiKey: redacted(value),
      userId: this.userId,
      name: key.name,
      createTime: moment(key.createdAt),
      modifyTime: moment(key.modifiedAt),
      teamId: this.teamId,
      apiKeyId: key.id,
      disabled: key.disabled,
      ...(endsAt === null ? {} : { expireTime: moment(endsAt) }),
      ...(key.qps === null ? {} : { qps: key.qps }),
      ...(key.qpm === null ? {} : { qpm: key.qpm }),
      ...(key.tpm === null ? {} : { tpm: String(key.tpm) }),
      aclStrings: [...key.acls],
    };
  }

  /** As `GET /v1/api-key` shows a key to itself. */
  shownToItself(key: StoredKey): object {
    return {
      redacted_api_key: redacted(newest(key).value),
      user_id: this.userId,
      name: key.name,
      create_time: moment(key.createdAt),
      modify_time: moment(key.modifiedAt),
      modified_by: this.userId,
      team_id: this.teamId,
      acls: [...key.acls],
      api_key_id: key.id,
      team_blocked: this.teamBlocked,
      api_key_blocked: key.blocked,
      api_key_disabled: key.disabled,
    };
  }

  #secret(endsAt: number | null): StoredSecret {
    const spreadMillis = this.propagationSeconds * 1_000;
    return { value: this.#value(), madeAtMillis: this.clock.now(), spreadMillis, endsAt };
  }

  #value(): string {
    const value = `xai-${this.#random.alphanumeric(80)}`;
    this.#issued.push(value);
    return value;
  }

  #uuid(): string {
    const hex = createHash("sha256").update(this.#random.urlSafe(32)).digest("hex");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }
}

export function newest({ secrets }: StoredKey): StoredSecret {
  const secret = secrets.at(-1);
  if (secret === undefined) throw new Error("xAI simulator: a key without a secret");
  return secret;
}

/** With fractions, as xAI writes them. */
function moment(unixSeconds: number): string {
  return isoSeconds(unixSeconds).replace("Z", ".000000Z");
}

function redacted(value: string): string {
  return `xai-...${value.slice(-4)}`;
}
