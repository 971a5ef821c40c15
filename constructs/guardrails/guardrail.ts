import {
  GUARDRAIL_RULES,
  type GuardrailRuleFacts,
  type GuardrailRuleId,
  guardrailRule,
} from "../../src/model/guardrail-rules";
import * as checks from "../checks";
import type { Duration } from "../duration";
import * as errors from "../errors";
import { type IConstruct, isToken } from "../terraform";
import { type DeclaredKey, declaredKey } from "./declared-key";
import * as judges from "./judges";
import { Severity } from "./severity";

/** Shortest and longest overlap of keys that rotate. */
export interface OverlapBounds {
  /** @default - none, an overlap of 0 will do */
  readonly min?: Duration;
  /** Longest overlap, itself included. */
  readonly max: Duration;
}

/** A guardrail of your own: what people are told of it, and one function. */
export interface ICustomGuardrail {
  /** Lower-case words with hyphens, e.g. `purpose-has-ticket`; other than those of the library. */
  readonly id: string;
  /** Why it matters, in a sentence or two. */
  readonly why: string;
  /** What to change where it is broken. */
  readonly remedy: string;
  /**
   * @returns what is wrong with the key, as a clause such as "its purpose names no ticket";
   * undefined where nothing is
   */
  check(key: DeclaredKey): string | undefined;
}

/**
 * @internal what a rule looks at; parameters are checked when it is added, since errors name a
 * construct
 */
interface Judge {
  readonly key?: (at: IConstruct) => judges.KeyJudge;
  readonly issuer?: (at: IConstruct) => judges.IssuerJudge;
}

const VENDOR = /^[a-z0-9-]{1,32}$/;
const NAME = /^[\x21-\x7e]{1,256}$/;
const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d$/;
const PRINCIPAL = /^(?:\d{12}|arn:[^\s]+)$/;
const RULE_ID = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
/** @internal */
export const ENVIRONMENT_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?$/;
/** @internal */
export const ENVIRONMENT_RULE = "1 to 64 letters, digits, '-', '_' or '.'";

/**
 * A rule over declared keys, checked when the app is synthesised. What each is for, what it sees
 * and what it does not, has a page in `docs/rules`; `scoped-keys explain RULE` prints it in short.
 *
 * @example
 * KeyGuardrails.of(stack).add(
 *   Guardrail.expiryMaximum(Duration.days(45)),
 *   Guardrail.spendLimitRequired(),
 * );
 */
export class Guardrail {
  /**
   * The owner's address matches as a whole. @param pattern a regular expression, e.g.
   * `[a-z-]+@example[.]com`
   */
  public static ownerMatches(pattern: string): Guardrail {
    const key = (at: IConstruct) => judges.ownerMatches(wholeText(at, "owner-matches", pattern));
    return Guardrail.of("owner-matches", `an address that matches ${pattern}`, { key });
  }

  /** Vendor keys live no longer. */
  public static expiryMaximum(most: Duration): Guardrail {
    const key = (at: IConstruct) => judges.expiryMaximum(checks.lengthOf(at, "expiryMaximum", most));
    return Guardrail.of("expiry-maximum", `at most ${most}`, { key });
  }

  /** Values are in use no longer; of keys that do not rotate: until their expiry. */
  public static rotationMaximum(most: Duration): Guardrail {
    const key = (at: IConstruct) => judges.rotationMaximum(checks.lengthOf(at, "rotationMaximum", most));
    return Guardrail.of("rotation-maximum", `at most ${most}`, { key });
  }

  /** Of keys that rotate. */
  public static overlapBounds({ min, max }: OverlapBounds): Guardrail {
    const key = (at: IConstruct) => {
      const minSeconds = min === undefined ? 0 : checks.lengthOf(at, "overlapBounds.min", min, 0);
      const maxSeconds = checks.lengthOf(at, "overlapBounds.max", max, 0);
      if (minSeconds > maxSeconds) {
        throw errors.malformedGuardrail(at, "overlap-bounds", `${min} to ${max}`, "a `min` that is not above `max`");
      }
      return judges.overlapBounds(minSeconds, maxSeconds);
    };
    return Guardrail.of("overlap-bounds", min === undefined ? `at most ${max}` : `${min} to ${max}`, { key });
  }

  /** No scope such as `api.all.read`, not even as `custom(…)`. */
  public static noWildcardScopes(): Guardrail {
    return Guardrail.of("no-wildcard-scopes", "", { key: () => judges.noWildcardScopes });
  }

  /** No scope that manages keys, members or the account. */
  public static noAdminScopes(): Guardrail {
    return Guardrail.of("no-admin-scopes", "", { key: () => judges.noAdminScopes });
  }

  /**
   * Scopes that keys may have, by id of their vendor; `*` stands for any text. Keys of vendors that
   * are not named may have none; of vendors without scopes say `["*"]`.
   */
  public static scopesAllowed(allowed: { readonly [vendor: string]: readonly string[] }): Guardrail {
    const key = (at: IConstruct) => judges.scopesAllowed(names(at, "scopes-allowed", allowed));
    return Guardrail.of("scopes-allowed", listedByVendor(allowed), { key });
  }

  /**
   * Models that keys may use, by id of their vendor, as the vendor names them; `*` stands for any
   * text. Keys of vendors that are not named may use none; of vendors without models say `["*"]`,
   * which also lets keys go without a list.
   */
  public static modelsAllowed(allowed: { readonly [vendor: string]: readonly string[] }): Guardrail {
    const key = (at: IConstruct) => judges.modelsAllowed(names(at, "models-allowed", allowed));
    return Guardrail.of("models-allowed", listedByVendor(allowed), { key });
  }

  /**
   * The key, or its issuer for the whole project, limits spend; where the vendor enforces neither,
   * nothing is demanded.
   */
  public static spendLimitRequired(): Guardrail {
    return Guardrail.of("spend-limit-required", "", { key: () => judges.spendLimitRequired });
  }

  /**
   * The key, or its issuer for the whole project, limits a rate; where the vendor enforces neither,
   * nothing is demanded.
   */
  public static rateLimitRequired(): Guardrail {
    return Guardrail.of("rate-limit-required", "", { key: () => judges.rateLimitRequired });
  }

  /** At least one role is granted the key. */
  public static readersNamed(): Guardrail {
    return Guardrail.of("readers-named", "", { key: () => judges.readersNamed });
  }

  /** The secret's own policy denies its value to everybody who is not declared. */
  public static declaredReadersOnly(): Guardrail {
    return Guardrail.of("declared-readers-only", "", { key: () => judges.declaredReadersOnly });
  }

  /**
   * @param listed account ids or ARNs that are let in all the same, also the own account where
   * policies write its number
   */
  public static noForeignReaders(...listed: string[]): Guardrail {
    const key = (at: IConstruct) => {
      const rule = "account ids of 12 digits, or ARNs";
      return judges.noForeignReaders(list(at, "no-foreign-readers", listed, PRINCIPAL, rule));
    };
    const demand = listed.length === 0 ? "" : `none but ${listed.join(", ")}`;
    return Guardrail.of("no-foreign-readers", demand, { key });
  }

  /** The secret and each replica are encrypted with a KMS key of one's own. */
  public static kmsKeyRequired(): Guardrail {
    return Guardrail.of("kms-key-required", "", { key: () => judges.kmsKeyRequired });
  }

  /** @param regions none: no replicas at all */
  public static replicasAllowed(...regions: string[]): Guardrail {
    const key = (at: IConstruct) =>
      judges.replicasAllowed(list(at, "replicas-allowed", regions, REGION, 'regions such as "eu-west-1"'));
    return Guardrail.of("replicas-allowed", regions.length === 0 ? "none" : `only ${regions.join(", ")}`, { key });
  }

  /** Mentions keys of vendors that programs can use without one. */
  public static keylessPreferred(): Guardrail {
    return Guardrail.of("keyless-preferred", "", { key: () => judges.keylessPreferred });
  }

  /**
   * No key is declared in one environment and read in another; `KeyGuardrails.inEnvironment` names
   * them.
   */
  public static noSharedKeys(): Guardrail {
    return Guardrail.of("no-shared-keys", "", { key: () => judges.noSharedKeys });
  }

  /** @param vendors their ids, at least one */
  public static vendorsAllowed(...vendors: string[]): Guardrail {
    const key = (at: IConstruct) => {
      const rule = "ids of vendors such as openai, at least one";
      if (vendors.length === 0) throw errors.malformedGuardrail(at, "vendors-allowed", vendors, rule);
      return judges.vendorsAllowed(list(at, "vendors-allowed", vendors, VENDOR, rule));
    };
    return Guardrail.of("vendors-allowed", `only ${vendors.join(", ")}`, { key });
  }

  /**
   * What mints keys of this environment mints none of another; `KeyGuardrails.inEnvironment` names
   * them.
   */
  public static adminKeyApart(environment: string): Guardrail {
    const issuer = (at: IConstruct) => {
      const [name = ""] = list(at, "admin-key-apart", [environment], ENVIRONMENT_NAME, ENVIRONMENT_RULE);
      return judges.adminKeyApart(name);
    };
    return Guardrail.of("admin-key-apart", environment, { issuer });
  }

  /** A rule of your own: an error, unless `withSeverity` says another. */
  public static custom(guardrail: ICustomGuardrail): Guardrail {
    const { id, why, remedy } = guardrail;
    const key = (at: IConstruct): judges.KeyJudge => {
      if (!RULE_ID.test(id) || guardrailRule(id) !== undefined) {
        const rule = "lower-case words with hyphens, other than the library's own";
        throw errors.malformedGuardrail(at, id, id, rule);
      }
      for (const text of [why, remedy]) {
        if (typeof text !== "string" || text.trim() === "") {
          throw errors.malformedGuardrail(at, id, text, "a sentence each in `why` and `remedy`");
        }
      }
      return (declaration, all) => {
        const found = guardrail.check(declaredKey(declaration, all));
        return found === undefined ? [] : [found];
      };
    };
    return new Guardrail(id, Severity.ERROR, "", { why, remedy }, { key });
  }

  private static of(id: GuardrailRuleId, demand: string, judge: Judge): Guardrail {
    const facts: GuardrailRuleFacts = GUARDRAIL_RULES[id];
    return new Guardrail(id, Severity._of(facts.severity), demand, facts, judge);
  }

  private constructor(
    /** As exceptions and `scoped-keys explain` name it. */
    public readonly id: string,
    public readonly severity: Severity,
    /** What its parameters demand, in words; empty where it has none. */
    public readonly demand: string,
    /** @internal */
    public readonly _facts: Pick<GuardrailRuleFacts, "why" | "remedy">,
    /** @internal */
    public readonly _judge: Judge,
  ) {}

  /** The same guardrail with another severity. */
  public withSeverity(severity: Severity): Guardrail {
    return new Guardrail(this.id, severity, this.demand, this._facts, this._judge);
  }
}

function wholeText(at: IConstruct, id: string, pattern: string): RegExp {
  try {
    if (typeof pattern === "string" && pattern !== "" && !isToken(pattern)) return new RegExp(`^(?:${pattern})$`);
  } catch {
    // Said below, as of the empty one.
  }
  throw errors.malformedGuardrail(at, id, pattern, "a regular expression");
}

function list(at: IConstruct, id: string, given: readonly string[], item: RegExp, rule: string): readonly string[] {
  const wrong = given.find((each) => typeof each !== "string" || isToken(each) || !item.test(each));
  if (wrong !== undefined) throw errors.malformedGuardrail(at, id, wrong, rule);
  return given;
}

function names(at: IConstruct, id: string, allowed: judges.AllowedNames): judges.AllowedNames {
  list(at, id, Object.keys(allowed), VENDOR, "ids of vendors such as openai");
  for (const each of Object.values(allowed)) list(at, id, each, NAME, "names without blanks, or *");
  return allowed;
}

function listedByVendor(allowed: judges.AllowedNames): string {
  const vendors = Object.entries(allowed).map(([vendor, list]) => `${vendor}: ${list.join(", ") || "none"}`);
  return vendors.length === 0 ? "none" : `only ${vendors.join("; ")}`;
}
