import * as v from "valibot";
import {
  AMOUNT_MAX,
  isNetwork,
  LISTED_MAX,
  NETWORK_RULE,
  RESOURCE,
  RESOURCE_RULE,
  SCOPE,
  SPEND_MAX_USD,
  SPEND_PERIODS,
  usdSchema,
} from "./grant";
import { OWNER, OWNER_RULE, PURPOSE_MAX_LENGTH } from "./key-policy";
import { KEY_NAME, KEY_NAME_RULE } from "./names";

/**
 * Keys as data: the shape of a keys file. `schemas/keys.schema.json` is written from it, so
 * descriptions are what an editor shows. Each message is the rule that was broken, in words; of an
 * object, the names of its fields.
 */

/** More in one stack is nothing that Terraform could apply in a day. */
export const KEYS_MAX = 10_000;

const DURATION = /^(0|[1-9]\d{0,8}) (second|minute|hour|day)s?$/;
const DURATION_RULE = "a length of time such as 7 days, 24 hours, 30 minutes or 90 seconds";
/**
 * AWS: letters, digits, blanks and _.:/=+-@; so nothing that Terraform would take for a template.
 */
const TAG_NAME = /^(?!aws:)[\p{L}\p{Zs}\p{N}_.:/=+\-@]{1,128}$/u;
const TAG_VALUE = /^[\p{L}\p{Zs}\p{N}_.:/=+\-@]{0,256}$/u;
const TAG_RULE =
  "letters, digits, blanks and _.:/=+-@; at most 128 in a name, which does not start with aws:, and 256 in a value";
const TAGS_MAX = 50;
const LIST_RULE = `a list of 1 to ${LISTED_MAX}, each once`;
const AMOUNT_RULE = `a whole number from 1 to ${AMOUNT_MAX}`;
const USD_RULE = `US dollars in whole cents, from 0.01 to ${SPEND_MAX_USD}`;
const LIFETIME_RULE = "either `every`, `overlap` and `expiry`, or `after` alone";
const LIMITS_RULE = "at least one of requestsPerMinute, tokensPerMinute, charactersPerMonth and spend";

const text = (pattern: RegExp, rule: string) => v.pipe(v.string(rule), v.regex(pattern, rule));

const isMap = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Objects alone: to valibot, a list is one as well. */
function map<const Schema extends v.GenericSchema>(schema: Schema, rule: string) {
  return v.pipe(v.custom<v.InferInput<Schema>>(isMap, rule), schema);
}

function fields<const Entries extends v.ObjectEntries>(entries: Entries) {
  const names = Object.keys(entries).join(", ");
  return map(v.strictObject(entries, names), `a map with ${names}`);
}

function list<const Item extends v.GenericSchema>(item: Item, description: string) {
  return v.pipe(
    v.array(item, LIST_RULE),
    v.minLength(1, LIST_RULE),
    v.maxLength(LISTED_MAX, LIST_RULE),
    v.check((items) => new Set(items.map((each) => JSON.stringify(each))).size === items.length, LIST_RULE),
    v.metadata({ uniqueItems: true }),
    v.description(description),
  );
}

const amount = (description: string) =>
  v.pipe(
    v.number(AMOUNT_RULE),
    v.integer(AMOUNT_RULE),
    v.minValue(1, AMOUNT_RULE),
    v.maxValue(AMOUNT_MAX, AMOUNT_RULE),
    v.description(description),
  );

const duration = (description: string) => v.pipe(text(DURATION, DURATION_RULE), v.description(description));

/** A length of time in words, as its amount and unit. */
export function durationOf(words: string): {
  readonly amount: number;
  readonly unit: "second" | "minute" | "hour" | "day";
} {
  const [, amountText, unit] = DURATION.exec(words) ?? [];
  return { amount: Number(amountText), unit: v.parse(v.picklist(["second", "minute", "hour", "day"]), unit) };
}

/** A scope that a vendor's descriptor knows. */
export const scopeNameSchema = v.pipe(
  text(SCOPE, "a scope as the vendor spells it: 1 to 128 visible ASCII characters without blanks"),
  v.description("As the vendor spells it, e.g. api.model.request."),
);
const scopeSchema = v.union(
  [
    scopeNameSchema,
    fields({
      custom: v.pipe(
        text(SCOPE, "1 to 128 visible ASCII characters without blanks"),
        v.description("A scope that the vendor documents and this release does not know, or a wildcard."),
      ),
    }),
  ],
  "a scope as the vendor spells it, or `custom: …` for one that this release does not know",
);

const lifetimeSchema = v.pipe(
  fields({
    every: v.optional(duration("Interval between rotations: 4 to 23 whole hours, or 1 to 1,000 whole days.")),
    overlap: v.optional(duration("How long the superseded vendor key stays valid. Shorter than every.")),
    expiry: v.optional(duration("Life of one vendor key from its issue.")),
    after: v.optional(duration("Life of a key that is not rotated.")),
  }),
  v.check(({ every, overlap, expiry, after }) => {
    const rotating = [every, overlap, expiry].filter((part) => part !== undefined).length;
    return after === undefined ? rotating === 3 : rotating === 0;
  }, LIFETIME_RULE),
  // No part is missing here: the check goes before.
  v.transform(({ every = "", overlap = "", expiry = "", after }) =>
    after === undefined ? { every, overlap, expiry } : { after },
  ),
  v.metadata({
    oneOf: [
      { required: ["every", "overlap", "expiry"], not: { required: ["after"] } },
      { required: ["after"], maxProperties: 1 },
    ],
  }),
  v.description("How long vendor keys live and when they are replaced. Another layer's is replaced as a whole."),
);

const limitsSchema = v.pipe(
  fields({
    requestsPerMinute: v.optional(amount("Requests a minute.")),
    tokensPerMinute: v.optional(amount("Tokens a minute.")),
    charactersPerMonth: v.optional(amount("Characters of text a month, or what the vendor counts in their place.")),
    spend: v.optional(
      v.pipe(
        fields({
          usd: v.pipe(
            v.number(USD_RULE),
            v.minValue(0.01, USD_RULE),
            v.maxValue(SPEND_MAX_USD, USD_RULE),
            v.check((usd) => v.is(usdSchema, usd), USD_RULE),
          ),
          per: v.picklist(SPEND_PERIODS, SPEND_PERIODS.join(", ")),
        }),
        v.description("The vendor refuses calls beyond it. per: lifetime never resets."),
      ),
    ),
  }),
  v.check((limits) => Object.keys(limits).length > 0, LIMITS_RULE),
  v.metadata({ minProperties: 1 }),
  v.description("How much the key may do. Layers are put together limit by limit."),
);

const kmsKeyArn = (description: string) => v.pipe(v.string("an ARN"), v.description(description));

const replicaSchema = fields({
  region: v.pipe(v.string("a region such as eu-west-1"), v.description("E.g. eu-west-1.")),
  kmsKeyArn: v.optional(kmsKeyArn("ARN of the KMS key, in that region, that encrypts the replica.")),
});

/** What defaults may say: all of a key but what is its own. */
export const sharedEntries = {
  issuer: v.optional(
    v.pipe(text(KEY_NAME, KEY_NAME_RULE), v.description("Who mints the key: a name that the program gives an issuer.")),
  ),
  owner: v.optional(
    v.pipe(
      text(OWNER, OWNER_RULE),
      v.maxLength(254, OWNER_RULE),
      v.description("E-mail address of the team or person to ask about the key."),
    ),
  ),
  scopes: v.optional(list(scopeSchema, "What the key may do; at least one where the vendor has scopes.")),
  models: v.optional(list(text(RESOURCE, RESOURCE_RULE), "Models that the key may use, as the vendor names them.")),
  endpoints: v.optional(
    list(text(RESOURCE, RESOURCE_RULE), "Endpoints that the key may call, as the vendor names them."),
  ),
  limits: v.optional(limitsSchema),
  networks: v.optional(
    list(
      v.pipe(v.string(NETWORK_RULE), v.check(isNetwork, NETWORK_RULE)),
      "CIDR blocks that the key may be used from.",
    ),
  ),
  lifetime: v.optional(lifetimeSchema),
  kmsKeyArn: v.optional(kmsKeyArn("ARN of the KMS key that encrypts the secret.")),
  replicas: v.optional(list(replicaSchema, "Regions that the secret is replicated to.")),
  tags: v.optional(
    v.pipe(
      map(v.record(text(TAG_NAME, TAG_RULE), text(TAG_VALUE, TAG_RULE)), `a map of names and texts: ${TAG_RULE}`),
      v.maxEntries(TAGS_MAX, `at most ${TAGS_MAX} tags`),
      v.description("Tags of the secret. Layers are put together tag by tag."),
    ),
  ),
};

const PURPOSE_RULE = `1 to ${PURPOSE_MAX_LENGTH} characters`;
const purposeSchema = v.pipe(
  v.string(PURPOSE_RULE),
  v.regex(/\S/, PURPOSE_RULE),
  v.maxLength(PURPOSE_MAX_LENGTH, PURPOSE_RULE),
  v.description("What the key is used for, in one sentence."),
);
const keyNameSchema = v.pipe(
  text(KEY_NAME, KEY_NAME_RULE),
  v.description(
    "Name of the key, under the issuer's prefix; otherwise its name here. A change revokes the key and issues another.",
  ),
);

const layerEntries = {
  purpose: v.optional(purposeSchema),
  ...sharedEntries,
  keyName: v.optional(keyNameSchema),
  existingSecretArn: v.optional(
    v.pipe(
      v.string("an ARN"),
      v.description("ARN of a secret that has the key's secret name already, and that the key takes over."),
    ),
  ),
};
const layerSchema = fields(layerEntries);
/** What one layer says of a key. */
export type KeyLayer = v.InferOutput<typeof layerSchema>;

const keysOf = <const Layer extends v.GenericSchema>(layer: Layer) =>
  v.pipe(
    map(v.record(text(KEY_NAME, `a name for a key: ${KEY_NAME_RULE}`), layer), "a map of keys by name"),
    v.maxEntries(KEYS_MAX, `at most ${KEYS_MAX} keys`),
  );

const defaultsSchema = v.pipe(fields(sharedEntries), v.description("What keys have that do not say otherwise."));

export const keysFileSchema = fields({
  $schema: v.optional(v.pipe(v.string("an address"), v.description("Address of the JSON Schema, for editors."))),
  defaults: v.optional(defaultsSchema),
  keys: v.pipe(
    keysOf(fields({ ...layerEntries, purpose: purposeSchema })),
    v.description("The keys, each under the id of its construct."),
  ),
  environments: v.optional(
    v.pipe(
      map(
        v.record(
          text(KEY_NAME, `a name for an environment: ${KEY_NAME_RULE}`),
          fields({ defaults: v.optional(defaultsSchema), keys: v.optional(keysOf(layerSchema)) }),
        ),
        "a map of environments by name",
      ),
      v.description("What is other, or more, in an environment that the program chooses."),
    ),
  ),
});
export type KeysFile = v.InferOutput<typeof keysFileSchema>;
