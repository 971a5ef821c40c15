import * as v from "valibot";

const UUID = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;
const uuid = v.pipe(v.string(), v.regex(UUID));

export const settingsSchema = v.object({
  tenantId: uuid,
  subscriptionId: uuid,
  // Both go into a path: no slash, and nothing that a URL parser would take for a step up.
  resourceGroup: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_().-]{0,89}[A-Za-z0-9_()-]$/)),
  accountName: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{1,63}$/)),
  endpoint: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^https:\/\/[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?\.(?:openai|cognitiveservices|services\.ai)\.azure\.com$/,
      ),
    ),
  ),
  baseUrl: v.optional(v.string()),
});

/** The admin secret's text: an application of Entra ID. */
export const credentialsSchema = v.object({
  clientId: uuid,
  clientSecret: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{8,512}$/)),
});
export type Credentials = v.InferOutput<typeof credentialsSchema>;

/** Of Resource Manager, and of the data API. */
export const errorSchema = v.object({
  error: v.object({ code: v.nullish(v.string()), message: v.string() }),
});
/** Of Entra ID: RFC 6749, section 5.2. */
export const tokenErrorSchema = v.object({ error: v.string(), error_description: v.optional(v.string(), "") });

const value = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{16,512}$/));
export const keysSchema = v.object({ key1: value, key2: value });

export const modelsSchema = v.object({ data: v.array(v.unknown()) });

/**
 * Accounts that were deleted and can be recovered; `nextLink` is the whole URL of the next page.
 */
export const deletedAccountsSchema = v.object({
  value: v.array(v.object({ id: v.string() })),
  nextLink: v.nullish(v.string()),
});
