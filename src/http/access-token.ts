import * as v from "valibot";
import { parseStrictJson } from "../model/strict-json";
import { MILLIS_PER_SECOND, SECONDS_PER_HOUR } from "../model/units";
import { VendorError } from "../model/vendor-error";

/** An access token of OAuth 2.0 as an endpoint answers it (RFC 6749, section 5.1). */
export const tokenAnswerSchema = v.object({
  access_token: v.pipe(v.string(), v.minLength(1)),
  expires_in: v.optional(v.pipe(v.number(), v.minValue(1)), 300),
});
export type TokenAnswer = v.InferOutput<typeof tokenAnswerSchema>;

/** A token this close to its end is not used any more. */
const RESERVE_MILLIS = 60_000;
/** Whatever the endpoint says: a token that was taken back is not held for longer. */
const HELD_MAX_SECONDS = SECONDS_PER_HOUR;

export interface AccessTokens<Credentials> {
  /** Text of the admin secret: a JSON object. */
  readonly adminKey: () => Promise<string>;
  readonly credentials: v.GenericSchema<unknown, Credentials>;
  /** One request that trades them in. */
  readonly exchange: (credentials: Credentials) => Promise<TokenAnswer>;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/**
 * The admin key of vendors whose admin API takes short-lived tokens: traded in when it is first
 * needed, and again before it ends.
 */
export function accessTokens<Credentials>({ adminKey, credentials, exchange, now }: AccessTokens<Credentials>) {
  let held: { readonly token: string; readonly endsAt: number } | undefined;
  return async (): Promise<string> => {
    if (held !== undefined && held.endsAt - RESERVE_MILLIS > now()) return held.token;
    const { access_token, expires_in } = await exchange(parsedCredentials(credentials, await adminKey()));
    held = { token: access_token, endsAt: now() + Math.min(expires_in, HELD_MAX_SECONDS) * MILLIS_PER_SECOND };
    return access_token;
  };
}

/** Neither the text nor what is wrong with it is quoted: it is a secret. */
function parsedCredentials<Credentials>(schema: v.GenericSchema<unknown, Credentials>, text: string): Credentials {
  let json: unknown;
  try {
    json = parseStrictJson(text);
  } catch {
    throw new VendorError("admin_refused", "credentials", "the admin key's secret is no JSON object");
  }
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  const field = v.getDotPath(parsed.issues[0]) ?? "the object";
  throw new VendorError("admin_refused", "credentials", `the admin key's secret is malformed at "${field}"`);
}
