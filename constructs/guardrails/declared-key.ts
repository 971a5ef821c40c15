import { defined } from "../../src/model/defined";
import { Duration } from "../duration";
import type { KeyReplica } from "../key/replica";
import type { IGuardrailContext, KeyDeclaration } from "./key-declaration";

/** A declared key, as a guardrail of your own sees it. */
export interface DeclaredKey {
  /** Path of the construct. */
  readonly path: string;
  /** Name of the key, under the issuer's prefix. */
  readonly keyName: string;
  /** Name of the secret, e.g. `ai-keys/openai/summariser`. */
  readonly secretName: string;
  /** Prefix of the issuer. */
  readonly issuer: string;
  /** Id of the vendor, e.g. `openai`. */
  readonly vendor: string;
  /** @default - the key is in no environment */
  readonly environment?: string;
  /** E-mail address of the team or person to ask. */
  readonly owner: string;
  /** What the key is used for. */
  readonly purpose: string;
  /** Empty where the vendor has none per key. */
  readonly scopes: readonly string[];
  /** @default - not limited by the key */
  readonly models?: readonly string[];
  /** @default - not limited by the key */
  readonly endpoints?: readonly string[];
  /** @default - from anywhere */
  readonly networks?: readonly string[];
  /** @default - not limited by the key */
  readonly requestsPerMinute?: number;
  /** @default - not limited by the key */
  readonly tokensPerMinute?: number;
  /** @default - not limited by the key */
  readonly charactersPerMonth?: number;
  /**
   * US dollars, for each `spendPer`.
   * @default - not limited by the key
   */
  readonly spendUsd?: number;
  /**
   * `day`, `week`, `month` or `lifetime`.
   * @default - not limited by the key
   */
  readonly spendPer?: string;
  /** @default - it does not rotate */
  readonly rotatesEvery?: Duration;
  /** How long a superseded vendor key stays valid; 0 where the key does not rotate. */
  readonly overlap: Duration;
  /** Life of one vendor key from its issue. */
  readonly expiry: Duration;
  /** @default - the account's own key for Secrets Manager */
  readonly kmsKeyArn?: string;
  /** Copies of the secret in other regions; empty where there are none. */
  readonly replicas: readonly KeyReplica[];
  /**
   * Tags of the secret: those of the declaration, those that Aspects and overrides put on it, and
   * the `default_tags` of its provider. Values may be tokens. Those that the library itself sets
   * are left out.
   */
  readonly tags: { readonly [name: string]: string };
  /** Paths of the roles that the key is granted, or their names where they are no constructs. */
  readonly readers: readonly string[];
}

/** @internal */
export function declaredKey(key: KeyDeclaration, all: IGuardrailContext): DeclaredKey {
  const { construct, keyName, secretName, issuer, policy, kmsKeyArn, replicas, readers } = key;
  const { vendor, owner, purpose, scopes = [], models, endpoints, networks, limits, lifetime } = policy;
  const { requestsPerMinute, tokensPerMinute, charactersPerMonth, spend } = limits ?? {};
  const { rotateEverySeconds, overlapSeconds, expirySeconds } = lifetime;
  const environment = all.environmentOf(construct);
  return {
    path: construct.node.path,
    keyName,
    secretName,
    issuer: issuer.prefix,
    vendor,
    ...defined({ environment }),
    owner,
    purpose,
    scopes,
    ...defined({ models, endpoints, networks, requestsPerMinute, tokensPerMinute, charactersPerMonth }),
    ...(spend === undefined ? {} : { spendUsd: spend.usd, spendPer: spend.per }),
    ...(rotateEverySeconds === undefined ? {} : { rotatesEvery: Duration.seconds(rotateEverySeconds) }),
    overlap: Duration.seconds(overlapSeconds),
    expiry: Duration.seconds(expirySeconds),
    ...defined({ kmsKeyArn }),
    replicas,
    tags: all.tagsOf(key),
    readers: readers.map(({ id }) => id),
  };
}
