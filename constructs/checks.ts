/**
 * What a declaration must fulfil. Each function returns the checked value or throws one of the
 * errors of `errors.ts`.
 */
import { SCOPE, WILDCARD_SCOPE } from "../src/model/grant";
import {
  type LifetimePolicy,
  OWNER,
  OWNER_RULE,
  PURPOSE_MAX_LENGTH,
  ROTATION_INTERVAL_MAX_SECONDS,
  ROTATION_INTERVAL_MIN_SECONDS,
  retryMarginSeconds,
} from "../src/model/key-policy";
import { holdsHexValue, holdsValue, holdsValueInCode } from "../src/model/key-value";
import { rotationSchedule } from "../src/model/rotation-schedule";
import { describeSeconds, SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE } from "../src/model/units";
import type { VendorDescriptor } from "../src/model/vendor-descriptor";
import type { Duration } from "./duration";
import * as errors from "./errors";
import { VALUE_PREFIXES } from "./given";
import type { Lifetime } from "./key/lifetime";
import { Scope } from "./key/scope";
import { Construct, type IConstruct, isToken } from "./terraform";

/** As the schema of the key policy has them. */
const SCOPES_MAX = 100;
const OWNER_MAX_LENGTH = 254;

/** How deep declarations are nested: `project.rateLimits[0].model`. */
const DEPTH_MAX = 6;
/** Where no id with 32 hexadecimal digits belongs. */
const NO_HEX: ReadonlySet<string> = new Set(["id", "prefix", "keyName", "adminKey", "observerAdminKey"]);

/**
 * Refuses a key's value in the place of a name, wherever it is in what somebody declares. Called
 * before anything else can quote it.
 * @param prefixes starts of values beside those of the library's vendors
 */
export function noValues(at: errors.IPlace, prop: string, given: unknown, prefixes: readonly string[] = []): void {
  const isKnown = prefixes.every((prefix) => VALUE_PREFIXES.includes(prefix));
  refuseValues(at, prop, given, isKnown ? VALUE_PREFIXES : [...VALUE_PREFIXES, ...prefixes], 0);
}

/** Refuses a key's value in code that is deployed with a function: whoever plans may read it. */
export function noValuesInCode(at: errors.IPlace, prop: string, code: string, prefixes: readonly string[]): void {
  if (holdsValueInCode(code, [...VALUE_PREFIXES, ...prefixes])) throw errors.valueInCode(at, prop);
}

/** @returns the construct's id, which is part of every path, address and error */
export function id(scope: errors.IPlace, given: string): string {
  noValues(scope, "id", given);
  return given;
}

function refuseValues(
  at: errors.IPlace,
  prop: string,
  given: unknown,
  prefixes: readonly string[],
  depth: number,
): void {
  if (typeof given === "string") {
    // A user id of ElevenLabs has the shape of keys that have no prefix.
    if (prop === "serviceAccountUserId" && /^[A-Za-z0-9]{28}$/.test(given)) return;
    // Secrets Manager appends a hyphen and six characters to a name.
    const text = given.startsWith("arn:") ? given.replace(/-[A-Za-z0-9]{6}$/, "") : given;
    const isHex = NO_HEX.has(prop) && holdsHexValue(text);
    if (isHex || holdsValue(text, prefixes)) throw errors.valueGiven(at, prop, given.length);
    return;
  }
  if (typeof given !== "object" || given === null || depth > DEPTH_MAX) return;
  // What other constructs are made of was looked at when they were made.
  if (Construct.isConstruct(given) || isToken(given)) return;
  for (const [name, part] of Object.entries(given)) {
    if (!Array.isArray(given) && holdsValue(name, prefixes)) {
      throw errors.valueGiven(at, `${prop} (a name in it)`, name.length);
    }
    refuseValues(at, pathOf(prop, name, Array.isArray(given)), part, prefixes, depth + 1);
  }
}

function pathOf(prop: string, name: string, isList: boolean): string {
  if (isList) return `${prop}[${name}]`;
  // Classes of ours hold what they were made with in fields that nobody declares.
  return name.startsWith("_") ? prop : [prop, name].filter(Boolean).join(".");
}

/** A text that must be known at synthesis. */
export function literalText(at: IConstruct, prop: string, value: string): string {
  if (isToken(value)) throw errors.tokenNotAllowed(at, prop);
  return value;
}

/** @returns seconds, at least `leastSeconds` */
export function lengthOf(at: IConstruct, prop: string, duration: Duration | undefined, leastSeconds = 1): number {
  if (duration === undefined) throw errors.malformedDuration(at, prop, "undefined");
  if (isToken(duration._amount)) throw errors.tokenNotAllowed(at, prop);
  const seconds = duration.toSeconds();
  if (!Number.isSafeInteger(seconds) || !Number.isInteger(duration._amount) || seconds < leastSeconds) {
    throw errors.malformedDuration(at, prop, String(duration._amount));
  }
  return seconds;
}

export function wholeNumber(at: IConstruct, prop: string, value: number, least: number, most: number): number {
  if (isToken(value)) throw errors.tokenNotAllowed(at, prop);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw errors.outOfRange(at, prop, value, `a whole number from ${least} to ${most}`);
  }
  return value;
}

/**
 * One of an issuer's settings: a token, or a text that matches.
 * @param rule what is allowed, in words
 * @param where people find it
 */
export function setting(
  at: IConstruct,
  prop: string,
  value: string,
  pattern: RegExp,
  rule: string,
  where: string,
): string {
  if (!isToken(value) && !(typeof value === "string" && pattern.test(value))) {
    throw errors.malformedSetting(at, prop, value, rule, where);
  }
  return value;
}

/** @param example of an ARN that is right, for the error */
export function arn(at: IConstruct, prop: string, value: string, pattern: RegExp, example: string): string {
  if (!isToken(value) && !(typeof value === "string" && pattern.test(value))) {
    throw errors.malformedArn(at, prop, value, example);
  }
  return value;
}

/**
 * Complete, with the six characters that Secrets Manager appends to the name; group 1 is the name.
 */
export const SECRET_ARN =
  /^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:([A-Za-z0-9/_+=.@-]{1,512})-[A-Za-z0-9]{6}$/;
/** Of a managed policy. */
export const POLICY_ARN = /^arn:[a-z-]+:iam::(?:\d{12}|aws):policy\/[\w+=,.@/-]{1,512}$/;
const KMS_KEY_ARN = /^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/;
const KMS_ALIAS = /^(?:arn:[a-z-]+:kms:[^:]*:[^:]*:)?alias\//;

export function kmsKeyArn(at: IConstruct, prop: string, value: string): string {
  // As the resource of a policy an alias grants nothing:
  // https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
  if (typeof value === "string" && KMS_ALIAS.test(value)) throw errors.kmsAlias(at, prop, value);
  return arn(at, prop, value, KMS_KEY_ARN, "arn:aws:kms:eu-west-1:111122223333:key/…");
}

/** Throws where both are known and are not the same. @param region undefined: not known */
export function kmsKeyRegion(at: IConstruct, prop: string, kmsKeyArn: string, region: string | undefined): void {
  if (region === undefined || isToken(kmsKeyArn)) return;
  const [, , , there = ""] = kmsKeyArn.split(":");
  if (there === region) return;
  const example = `arn:aws:kms:${region}:111122223333:key/…, in the region of what it encrypts`;
  const remedy = `give a KMS key of ${region}, such as the replica of a multi-region key there`;
  throw errors.malformedArn(
    at,
    prop,
    kmsKeyArn,
    example,
    `${remedy}: AWS encrypts a secret, and each replica, in its own region`,
  );
}

export function owner(at: IConstruct, value: string): string {
  if (isToken(value)) throw errors.tokenNotAllowed(at, "owner");
  if (typeof value !== "string" || value.length > OWNER_MAX_LENGTH || !OWNER.test(value)) {
    throw errors.malformedOwner(at, value, OWNER_RULE);
  }
  return value;
}

export function purpose(at: IConstruct, value: string): string {
  if (isToken(value)) throw errors.tokenNotAllowed(at, "purpose");
  if (typeof value !== "string" || value.trim() === "" || value.length > PURPOSE_MAX_LENGTH) {
    throw errors.malformedPurpose(at, value, PURPOSE_MAX_LENGTH);
  }
  return value;
}

/** @returns the scopes as the vendor spells them, in the order given */
export function scopes(at: IConstruct, vendor: VendorDescriptor, given: readonly Scope[] | undefined): string[] {
  if (given === undefined || given.length === 0) throw errors.noScopes(at, vendor.displayName);
  if (given.length > SCOPES_MAX) throw errors.tooManyScopes(at, given.length);
  const values: string[] = [];
  for (const scope of given) {
    if (isToken(scope) || (scope instanceof Scope && isToken(scope.value))) throw errors.tokenNotAllowed(at, "scopes");
    const value = scopeValue(at, vendor, scope);
    if (values.includes(value)) throw errors.duplicateScope(at, value);
    values.push(value);
  }
  return values;
}

function scopeValue(at: IConstruct, vendor: VendorDescriptor, scope: Scope): string {
  const known = Object.keys(vendor.scopes);
  if (!(scope instanceof Scope)) throw errors.unknownScope(at, vendor.displayName, scope, known);
  if (scope.vendor !== vendor.id) throw errors.foreignScope(at, scope.value, scope.vendor, vendor.displayName);
  if (typeof scope.value !== "string" || !SCOPE.test(scope.value)) throw errors.malformedScope(at, scope.value);
  if (!scope.custom && !Object.hasOwn(vendor.scopes, scope.value)) {
    if (WILDCARD_SCOPE.test(scope.value)) throw errors.wildcardScope(at, vendor.displayName, scope.value);
    throw errors.unknownScope(at, vendor.displayName, scope.value, known);
  }
  return scope.value;
}

/** What an issuer demands of lifetimes. */
export interface LifetimeLimits {
  readonly vendor: VendorDescriptor;
  /** Path of the issuer. */
  readonly issuer: string;
  readonly maxExpirySeconds: number | undefined;
}

export function lifetime(at: IConstruct, given: Lifetime, limits: LifetimeLimits): LifetimePolicy {
  const expirySeconds = lengthOf(at, given._every === undefined ? "after" : "expiry", given._expiry);
  const policy = given._every === undefined ? { overlapSeconds: 0, expirySeconds } : rotation(at, given, expirySeconds);
  const expiry = describeSeconds(expirySeconds);
  if (expirySeconds > limits.vendor.maxExpirySeconds) {
    const maximum = describeSeconds(limits.vendor.maxExpirySeconds);
    throw errors.expiryAboveVendorMaximum(at, limits.vendor.displayName, expiry, maximum);
  }
  if (limits.maxExpirySeconds !== undefined && expirySeconds > limits.maxExpirySeconds) {
    throw errors.expiryAboveIssuerMaximum(at, limits.issuer, expiry, describeSeconds(limits.maxExpirySeconds));
  }
  return policy;
}

function rotation(at: IConstruct, given: Lifetime, expirySeconds: number): LifetimePolicy {
  const rotateEverySeconds = lengthOf(at, "every", given._every);
  const overlapSeconds = lengthOf(at, "overlap", given._overlap, 0);
  const every = describeSeconds(rotateEverySeconds);
  const overlap = describeSeconds(overlapSeconds);
  if (rotateEverySeconds < ROTATION_INTERVAL_MIN_SECONDS || rotateEverySeconds > ROTATION_INTERVAL_MAX_SECONDS) {
    throw errors.intervalOutOfRange(at, every);
  }
  if (rotationSchedule(rotateEverySeconds, "") === undefined) throw errors.intervalNotExpressible(at, every);
  if (overlapSeconds >= rotateEverySeconds) throw errors.overlapTooLong(at, overlap, every);
  const marginSeconds = retryMarginSeconds(rotateEverySeconds);
  const leastSeconds = rotateEverySeconds + overlapSeconds + marginSeconds;
  if (leastSeconds > expirySeconds) {
    throw errors.expiryTooShort(at, {
      every,
      overlap,
      margin: describeSeconds(marginSeconds),
      expiry: describeSeconds(expirySeconds),
      least: describeSeconds(leastSeconds),
    });
  }
  return { rotateEverySeconds, overlapSeconds, expirySeconds };
}

/** EventBridge: whole minutes, hours or days. */
export function sweepSchedule(everySeconds: number): string {
  if (everySeconds % SECONDS_PER_DAY === 0) return rate(everySeconds / SECONDS_PER_DAY, "day");
  if (everySeconds % SECONDS_PER_HOUR === 0) return rate(everySeconds / SECONDS_PER_HOUR, "hour");
  return rate(everySeconds / SECONDS_PER_MINUTE, "minute");
}

function rate(n: number, unit: string): string {
  return `rate(${n} ${unit}${n === 1 ? "" : "s"})`;
}
