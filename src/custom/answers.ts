import * as v from "valibot";
import { limitsSchema } from "../model/grant";
import type { Granted } from "../model/granted";
import { VENDOR_KEY_ID_MAX_LENGTH } from "../model/names";
import { LATEST_SECONDS } from "../model/units";
import type { VendorErrorKind } from "../model/vendor-error";
import type { VerifyResult } from "../model/verify-result";
import type { MintedKey, ScopeChange, VendorAdapter, VendorKey } from "../vendors/vendor";
import { withoutUndefined } from "./descriptor-schema";

/** What comes out of an adapter that somebody else wrote. Added fields pass and are left behind. */

const plain = v.pipe(v.unknown(), v.transform(withoutUndefined));
const text = v.pipe(v.string(), v.minLength(1));
const keptId = v.pipe(v.string(), v.minLength(1), v.maxLength(VENDOR_KEY_ID_MAX_LENGTH));
const unixSeconds = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LATEST_SECONDS));
const list = v.exactOptional(v.nullable(v.array(v.string())));

const OTHER_LIMITS_OF = [
  "scopes",
  "models",
  "endpoints",
  "networks",
  "requestsPerMinute",
  "tokensPerMinute",
  "charactersPerMonth",
  "spend",
] as const;

const granted: v.GenericSchema<unknown, Granted> = v.pipe(
  plain,
  v.object({
    scopes: list,
    models: list,
    endpoints: list,
    limits: v.exactOptional(v.nullable(limitsSchema)),
    networks: list,
    others: v.exactOptional(
      v.array(
        v.pipe(
          plain,
          v.object({
            of: v.exactOptional(v.picklist(OTHER_LIMITS_OF)),
            shown: text,
            reason: text,
            unset: v.exactOptional(v.literal(true)),
            within: v.exactOptional(
              v.pipe(plain, v.object({ amount: v.number(), seconds: v.exactOptional(v.number()) })),
            ),
          }),
        ),
      ),
    ),
  }),
);

export const vendorKeySchema: v.GenericSchema<unknown, VendorKey> = v.pipe(
  plain,
  v.object({
    id: text,
    name: v.string(),
    createdAt: unixSeconds,
    expiresAt: v.exactOptional(unixSeconds),
    lastUsedAt: v.exactOptional(unixSeconds),
    disabled: v.exactOptional(v.boolean()),
    ownerId: v.exactOptional(text),
    projectId: v.exactOptional(text),
    granted: v.exactOptional(granted),
    madeFor: v.exactOptional(text),
  } satisfies Record<keyof VendorKey, v.GenericSchema | v.ExactOptionalSchema<v.GenericSchema, undefined>>),
);

export const mintedKeySchema: v.GenericSchema<unknown, MintedKey> = v.pipe(
  plain,
  v.object({
    id: keptId,
    name: v.string(),
    value: text,
    createdAt: unixSeconds,
    expiresAt: v.exactOptional(unixSeconds),
  } satisfies Record<keyof MintedKey, v.GenericSchema | v.ExactOptionalSchema<v.GenericSchema, undefined>>),
);

export const verifyResultSchema: v.GenericSchema<unknown, VerifyResult> = v.object({
  outcome: v.picklist(["works", "refused", "wider", "narrower"]),
  evidence: v.string(),
  scopeProven: v.boolean(),
});

export const scopeChangeSchema: v.GenericSchema<unknown, ScopeChange> = v.pipe(
  plain,
  v.object({
    keyId: text,
    scopes: v.array(v.string()),
    at: unixSeconds,
    actor: v.exactOptional(v.string()),
  }),
);

export const chosenValueSchema = v.object({ value: text, id: keptId });

const KINDS = [
  "admin_refused",
  "not_found",
  "conflict",
  "invalid",
  "throttled",
  "queue_timeout",
  "unavailable",
  "no_verdict",
  "unexpected",
] as const satisfies readonly VendorErrorKind[];

/** A `VendorError` of the copy of the class that the adapter was bundled with. */
export const vendorErrorSchema = v.object({
  name: v.literal("VendorError"),
  kind: v.picklist(KINDS),
  call: v.string(),
  message: v.string(),
  status: v.fallback(v.optional(v.number()), undefined),
  retryAfterSeconds: v.fallback(v.optional(v.pipe(v.number(), v.minValue(0))), undefined),
});

const verb = v.function();
const optionalVerb = v.optional(v.nullable(verb));

/**
 * Members of an adapter, by what they are called; whether the descriptor's are all there is looked
 * at apart.
 */
export const adapterSchema = v.object({
  list: optionalVerb,
  read: optionalVerb,
  revoke: optionalVerb,
  verify: optionalVerb,
  mint: optionalVerb,
  rotate: optionalVerb,
  identify: optionalVerb,
  isActive: optionalVerb,
  update: optionalVerb,
  disable: optionalVerb,
  findOwner: optionalVerb,
  createOwner: optionalVerb,
  deleteOwner: optionalVerb,
  chooseValue: optionalVerb,
  scopeChanges: optionalVerb,
  accountGone: optionalVerb,
} satisfies Record<Exclude<keyof VendorAdapter, "descriptor" | "account">, typeof optionalVerb>);

export const vendorSchema = v.object({ descriptor: v.unknown(), connect: verb, dataUrl: optionalVerb });
