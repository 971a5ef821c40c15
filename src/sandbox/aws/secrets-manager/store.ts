import { randomInt } from "node:crypto";
import { markedForDeletion, notOnReplica, secretNotFound } from "./errors";
import type { SecretRotation } from "./rotation-state";
import { Versions } from "./versions";

/** What a primary knows of one of its replicas. */
export interface Replica {
  readonly region: string;
  readonly kmsKeyId: string | undefined;
  /** Why there is none in that region. */
  readonly failure: string | undefined;
  readonly accessedAt: () => number | undefined;
}

/** One secret. Times are Unix milliseconds. */
export interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly createdAt: number;
  /** Token of CreateSecret, which makes that call repeatable. */
  readonly createdWith: string;
  readonly versions: Versions;
  readonly tags: Map<string, string>;
  /** By region. */
  readonly replicas: Map<string, Replica>;
  /** Of a replica: the region of its primary. */
  readonly primaryRegion: string | undefined;
  /** It has had tags: AWS lists none as an empty list from then on. */
  tagged: boolean;
  description: string | undefined;
  kmsKeyId: string | undefined;
  policy: string | undefined;
  changedAt: number;
  accessedAt: number | undefined;
  /** End of the recovery window; set while the secret is scheduled for deletion. */
  deletedAt: number | undefined;
  /** Absent until rotation is configured for the first time. */
  rotation: SecretRotation | undefined;
}

const SUFFIX_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const SUFFIX_LENGTH = 6;

/** The secrets of one account in one region, by name. */
export class SecretStore {
  readonly #byName = new Map<string, Secret>();
  readonly #arnPrefix: string;

  constructor(
    accountId: string,
    readonly region: string,
  ) {
    this.#arnPrefix = `arn:aws:secretsmanager:${region}:${accountId}:secret:`;
  }

  all(): Secret[] {
    return [...this.#byName.values()];
  }

  byName(name: string): Secret | undefined {
    return this.#byName.get(name);
  }

  /** By name, ARN, or ARN without its random characters. */
  find(secretId: string): Secret | undefined {
    if (!secretId.startsWith("arn:")) return this.#byName.get(secretId);
    if (!secretId.startsWith(this.#arnPrefix)) return undefined;
    const rest = secretId.slice(this.#arnPrefix.length);
    const named = this.#byName.get(rest.slice(0, -(SUFFIX_LENGTH + 1)));
    return named?.arn === secretId ? named : this.#byName.get(rest);
  }

  /** Also a secret that is scheduled for deletion. */
  any(secretId: string): Secret {
    const secret = this.find(secretId);
    if (secret === undefined) throw secretNotFound();
    return secret;
  }

  /** Refuses a secret that is scheduled for deletion. */
  active(secretId: string): Secret {
    const secret = this.any(secretId);
    if (secret.deletedAt !== undefined) throw markedForDeletion();
    return secret;
  }

  /** Refuses a replica besides: its primary alone is changed. */
  primary(secretId: string): Secret {
    const secret = this.active(secretId);
    if (secret.primaryRegion !== undefined) throw notOnReplica();
    return secret;
  }

  newArn(name: string): string {
    const suffix = Array.from({ length: SUFFIX_LENGTH }, () => SUFFIX_CHARACTERS[randomInt(SUFFIX_CHARACTERS.length)]);
    return `${this.#arnPrefix}${name}-${suffix.join("")}`;
  }

  /** A secret without a version, not yet stored. */
  draft(name: string, createdWith: string, now: number): Secret {
    const arn = this.newArn(name);
    return {
      arn,
      name,
      createdAt: now,
      createdWith,
      versions: new Versions(arn),
      tags: new Map(),
      replicas: new Map(),
      primaryRegion: undefined,
      tagged: false,
      description: undefined,
      kmsKeyId: undefined,
      policy: undefined,
      changedAt: now,
      accessedAt: undefined,
      deletedAt: undefined,
      rotation: undefined,
    };
  }

  add(secret: Secret): void {
    this.#byName.set(secret.name, secret);
  }

  remove(secret: Secret): void {
    this.#byName.delete(secret.name);
  }

  removeNamed(name: string): void {
    this.#byName.delete(name);
  }

  /** Whether this very secret is stored and not scheduled for deletion. */
  isActive(secret: Secret): boolean {
    return this.#byName.get(secret.name) === secret && secret.deletedAt === undefined;
  }
}
