import { defined } from "../../src/model/defined";
import { durationOf, type KeyLayer } from "../../src/model/keys-file";
import { nearest } from "../../src/model/nearest";
import * as checks from "../checks";
import { Duration } from "../duration";
import * as errors from "../errors";
import type { IKeyIssuer } from "../issuer/issuer";
import { type KeyDeclaration, readDeclarations } from "../keys-file/declarations";
import { Construct } from "../terraform";
import { Lifetime } from "./lifetime";
import { type LimitProps, Spend } from "./limits";
import { Scope } from "./scope";
import { ScopedKey, type ScopedKeyProps } from "./scoped-key";

/** Where keys are declared as data. */
export interface KeysFromFileProps {
  /** Path of a file of YAML or JSON, from the folder that the program runs in. */
  readonly file: string;
  /** Issuers, by the names that the file gives them. */
  readonly issuers: { readonly [name: string]: IKeyIssuer };
  /**
   * Environment of the file that applies.
   * @default - none: what the file says for all
   */
  readonly environment?: string;
}

/**
 * Keys that a file declares: the same as `ScopedKey`s with the names of the file as ids, declared
 * in a construct of this one's id. With the id `Default` their addresses are those of keys declared
 * beside it, so that they can move to a file and live on.
 *
 * @example
 * const keys = ScopedKeys.fromFile(stack, "keys", {
 *   file: "keys.yaml",
 *   issuers: { openai: issuer },
 * });
 * keys.key("summariser").grants.read(appRole);
 */
export class ScopedKeys extends Construct {
  /** Throws what `ScopedKey` throws, and SK181 to SK186, with file, line and column. */
  public static fromFile(scope: Construct, id: string, props: KeysFromFileProps): ScopedKeys {
    return new ScopedKeys(scope, id, props);
  }

  /** Names of the keys in the order of the file. */
  public readonly names: readonly string[];
  private readonly keys: ReadonlyMap<string, ScopedKey>;
  private readonly file: string;

  private constructor(scope: Construct, id: string, { file, issuers, environment }: KeysFromFileProps) {
    super(scope, checks.id(scope, id));
    checks.noValues(this, "", { file, environment, issuers: Object.keys(issuers) });
    this.file = file;
    const declarations = readDeclarations(this, file, environment);
    this.keys = new Map(declarations.map((declaration) => [declaration.name, this.declare(declaration, issuers)]));
    this.names = [...this.keys.keys()];
  }

  /** A key by its name in the file, e.g. to let an application read it. */
  public key(name: string): ScopedKey {
    const key = this.keys.get(name);
    if (key !== undefined) return key;
    const meant = nearest(name, this.names);
    throw errors.unknownName(this, { file: this.file }, "no key in the file", name, this.names, meant);
  }

  private declare(declaration: KeyDeclaration, issuers: KeysFromFileProps["issuers"]): ScopedKey {
    const { name, fields } = declaration;
    const issuer = Object.hasOwn(issuers, fields.issuer) ? issuers[fields.issuer] : undefined;
    if (issuer === undefined) {
      const known = Object.keys(issuers);
      const meant = nearest(fields.issuer, known);
      throw errors.unknownName(this, declaration.locate("issuer"), "no issuer", fields.issuer, known, meant);
    }
    try {
      return new ScopedKey(this, name, propsOf(fields, issuer));
    } catch (error) {
      if (!(error instanceof errors.ScopedKeyError)) throw error;
      throw error._in(declaration.locate(error.property));
    }
  }
}

class ScopeOfFile extends Scope {
  public static of(vendor: string, scope: string | { readonly custom: string }): Scope {
    return typeof scope === "string"
      ? new ScopeOfFile(vendor, scope, false)
      : new ScopeOfFile(vendor, scope.custom, true);
  }
}

function propsOf(fields: KeyDeclaration["fields"], issuer: IKeyIssuer): ScopedKeyProps {
  const { owner, purpose, scopes, models, endpoints, limits, networks, lifetime } = fields;
  const { keyName, existingSecretArn, kmsKeyArn, replicas, tags } = fields;
  return {
    issuer,
    owner,
    purpose,
    ...(scopes === undefined ? {} : { scopes: scopes.map((scope) => ScopeOfFile.of(issuer._vendor.id, scope)) }),
    ...defined({ models, endpoints }),
    ...(limits === undefined ? {} : { limits: limitsOf(limits) }),
    ...defined({ networks }),
    lifetime: lifetimeOf(lifetime),
    ...defined({ keyName, existingSecretArn, kmsKeyArn }),
    ...(replicas === undefined ? {} : { replicas: replicas.map(replicaOf) }),
    ...defined({ tags }),
  };
}

function limitsOf({ spend, ...amounts }: NonNullable<KeyLayer["limits"]>): LimitProps {
  const { requestsPerMinute, tokensPerMinute, charactersPerMonth } = amounts;
  return {
    ...defined({ requestsPerMinute, tokensPerMinute, charactersPerMonth }),
    ...(spend === undefined ? {} : { spend: SPENDS[spend.per](spend.usd) }),
  };
}

const SPENDS = { day: Spend.perDay, week: Spend.perWeek, month: Spend.perMonth, lifetime: Spend.lifetime };
const DURATIONS = { second: Duration.seconds, minute: Duration.minutes, hour: Duration.hours, day: Duration.days };

function duration(words: string): Duration {
  const { amount, unit } = durationOf(words);
  return DURATIONS[unit](amount);
}

function lifetimeOf(lifetime: KeyDeclaration["fields"]["lifetime"]): Lifetime {
  if ("after" in lifetime) return Lifetime.expiring({ after: duration(lifetime.after) });
  const { every, overlap, expiry } = lifetime;
  return Lifetime.rotating({ every: duration(every), overlap: duration(overlap), expiry: duration(expiry) });
}

function replicaOf({ region, kmsKeyArn }: NonNullable<KeyLayer["replicas"]>[number]) {
  return kmsKeyArn === undefined ? { region } : { region, kmsKeyArn };
}
