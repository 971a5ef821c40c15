import * as v from "valibot";
import { isOwnBaseUrl, OWN_BASE_URL_RULE } from "../model/base-url";
import { SCOPE, SPEND_PERIODS } from "../model/grant";
import { SECONDS_PER_DAY } from "../model/units";
import type { Dimension, Enforcement, Strategy, VendorDescriptor } from "../model/vendor-descriptor";

/** As a key policy takes it. */
const ID = /^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/;
const ENFORCEMENT = ["key", "project", "nobody"] as const satisfies readonly Enforcement[];
const STRATEGIES = ["additive", "in_place", "slot_pair", "manual"] as const satisfies readonly Strategy[];
const ADMIN_CALLS_MAX = 600;

/** `undefined` says the same as a field that is not there. */
export function withoutUndefined(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
}

const words = (most: number) => v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(most));
const whole = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const flag = v.exactOptional(v.literal(true));
const times = v.exactOptional(
  v.strictObject({
    typicalSeconds: whole(0, SECONDS_PER_DAY),
    worstSeconds: whole(0, SECONDS_PER_DAY),
    source: words(500),
  }),
);
const accountGone = v.exactOptional(
  v.union([
    v.strictObject({ proof: words(500), reversal: words(500), revivesKeys: flag }),
    v.strictObject({ noProof: words(500) }),
  ]),
);
const url = v.pipe(v.string(), v.check(isOwnBaseUrl, OWN_BASE_URL_RULE));
const urlPattern = v.pipe(
  v.string(),
  v.check(isUrlPattern, `${OWN_BASE_URL_RULE}; a "*" may stand in its host, before the last two labels`),
);
/** One that no release knows yet is not promised: an adapter that is older than it stays good. */
const enforced = v.optional(v.picklist(ENFORCEMENT), "nobody");

/** `https://*.example.com`: whoever a star lets in is the vendor. */
function isUrlPattern(text: string): boolean {
  const [, host = "", path = ""] = /^https:\/\/([^/]+)(.*)$/.exec(text) ?? [];
  const owner = host.split(".").slice(-2).join(".");
  return !owner.includes("*") && !path.includes("*") && isOwnBaseUrl(text.replaceAll("*", "x"));
}

const fields = {
  id: v.pipe(v.string(), v.regex(ID, "1 to 32 lower-case letters, digits or hyphens, the first a letter")),
  displayName: words(64),
  strategy: v.picklist(STRATEGIES),
  baseUrls: v.array(url),
  ownBaseUrl: flag,
  otherUrls: v.exactOptional(v.array(urlPattern)),
  enforcement: v.strictObject({
    permissions: enforced,
    endpoints: enforced,
    models: enforced,
    requestsPerMinute: enforced,
    tokensPerMinute: enforced,
    spend: enforced,
    characters: enforced,
    expiry: enforced,
    sourceIp: enforced,
  } satisfies Record<Dimension, typeof enforced>),
  inPlace: v.strictObject({ grant: v.boolean(), expiry: v.boolean() }),
  grantAfterMint: flag,
  idempotentMint: flag,
  nameless: flag,
  keysManageKeys: flag,
  vendorKeysMax: v.exactOptional(whole(1)),
  keysMax: v.exactOptional(whole(1)),
  grace: v.exactOptional(v.strictObject({ minSeconds: whole(0), maxSeconds: whole(1) })),
  spendPeriods: v.exactOptional(v.pipe(v.array(v.picklist(SPEND_PERIODS)), v.minLength(1))),
  spendStepUsd: v.exactOptional(v.pipe(v.number(), v.minValue(0.01))),
  scopes: v.record(v.pipe(v.string(), v.regex(SCOPE)), words(500)),
  adminScopes: v.exactOptional(v.array(v.pipe(v.string(), v.regex(SCOPE)))),
  keyless: v.exactOptional(words(500)),
  maxExpirySeconds: whole(1),
  expiryStepSeconds: v.exactOptional(whole(1, SECONDS_PER_DAY)),
  expiryUnitSeconds: v.exactOptional(whole(1)),
  activation: times,
  revocation: times,
  accountGone,
  adminCallsPerMinute: whole(1, ADMIN_CALLS_MAX),
  keyNamePattern: v.instance(RegExp),
  adminPermission: words(500),
  adminKey: v.exactOptional(v.picklist(["secret", "none"])),
  valuePrefixes: v.array(words(32)),
  // A custom issuer has no property that declares something for a whole project.
} satisfies Record<Exclude<keyof VendorDescriptor, "account">, v.GenericSchema>;
const descriptor = v.strictObject(fields);
type Fields = v.InferOutput<typeof descriptor>;

/** What must fit together. */
const complete = v.pipe(
  descriptor,
  rule("baseUrls", ({ baseUrls, ownBaseUrl }) => baseUrls.length > 0 || ownBaseUrl === true, "at least one base URL"),
  rule(
    "spendPeriods",
    ({ enforcement, spendPeriods }) => enforcement.spend !== "key" || spendPeriods !== undefined,
    "the periods of the spend limit that is enforced per key",
  ),
  rule(
    "grace",
    ({ strategy, grace }) => (strategy === "in_place") === (grace !== undefined),
    'grace with the strategy "in_place", and with no other',
  ),
  rule(
    "grantAfterMint",
    ({ grantAfterMint, inPlace }) => grantAfterMint !== true || inPlace.grant,
    "only where `inPlace.grant` is true: `update` follows the mint",
  ),
  rule(
    "vendorKeysMax",
    ({ strategy, vendorKeysMax }) => strategy !== "slot_pair" || vendorKeysMax === 2,
    'two vendor keys with the strategy "slot_pair"',
  ),
  rule(
    "keysMax",
    ({ strategy, keysMax }) => strategy !== "slot_pair" || keysMax === 1,
    'one key with the strategy "slot_pair": both slots of the account are its own, and a second key would overwrite the value of the first',
  ),
);

function rule(field: keyof Fields, holds: (descriptor: Fields) => boolean, allowed: string) {
  return v.rawCheck<Fields>(({ dataset, addIssue }) => {
    if (!dataset.typed || holds(dataset.value)) return;
    const { value: input } = dataset;
    addIssue({ message: allowed, path: [{ type: "object", origin: "value", input, key: field, value: input[field] }] });
  });
}

/**
 * The descriptor of a vendor that a user brings: plain data, copied, with nothing that the library
 * does not know.
 */
export const descriptorSchema: v.GenericSchema<unknown, VendorDescriptor> = v.pipe(
  v.unknown(),
  v.transform(withoutUndefined),
  complete,
);
