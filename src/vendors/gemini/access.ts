import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import * as v from "valibot";
import { type TokenAnswer, tokenAnswerSchema } from "../../http/access-token";
import { type Dialect, exchange, failure, isSuccess, parseAnswer } from "../../http/exchange";
import { defined } from "../../model/defined";
import { MILLIS_PER_SECOND, SECONDS_PER_HOUR } from "../../model/units";
import { VendorError } from "../../model/vendor-error";
import { geminiDescriptor } from "./descriptor";
import { type Credentials, tokenErrorSchema } from "./schemas";

const HOST = "https://oauth2.googleapis.com";
const ENDPOINT = "POST /token";
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SCOPE = "https://www.googleapis.com/auth/cloud-platform";

const dialect: Dialect = {
  displayName: geminiDescriptor.displayName,
  // The assertion in the body is all there is.
  authorize: () => ({}),
  errorIn: (body) => {
    const parsed = v.safeParse(tokenErrorSchema, body);
    if (!parsed.success) return undefined;
    const { error, error_description } = parsed.output;
    return { message: error_description === "" ? error : `${error}: ${error_description}`, code: error };
  },
  valuePrefixes: ["ya29.", ...geminiDescriptor.valuePrefixes],
};

/** Trades a service account's signature in for an access token (RFC 7523). */
export async function accessTokenOf(
  credentials: Credentials,
  { fetch, now }: { readonly fetch: typeof globalThis.fetch; readonly now: () => number },
): Promise<TokenAnswer> {
  const assertion = signed(credentials, Math.floor(now() / MILLIS_PER_SECOND));
  const form = { grant_type: GRANT, assertion };
  const answer = await exchange({ fetch, baseUrl: HOST, now, dialect }, assertion, { endpoint: ENDPOINT, form });
  const { status } = answer;
  if (isSuccess(status)) return parseAnswer(dialect, tokenAnswerSchema, answer.body, ENDPOINT, status);
  const error = failure(dialect, ENDPOINT, answer);
  // 400 `invalid_grant`: the account or its key is gone, or the signature is not good.
  throw error.kind === "invalid" ? new VendorError("admin_refused", ENDPOINT, error.message, { status }) : error;
}

function signed({ client_email, private_key, private_key_id }: Credentials, nowSeconds: number): string {
  const header = { alg: "RS256", typ: "JWT", ...defined({ kid: private_key_id }) };
  const claims = {
    iss: client_email,
    scope: SCOPE,
    aud: `${HOST}/token`,
    iat: nowSeconds,
    exp: nowSeconds + SECONDS_PER_HOUR,
  };
  const content = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${content}.${sign("sha256", Buffer.from(content), privateKey(private_key)).toString("base64url")}`;
}

function privateKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "rsa") return key;
  } catch {
    // What node says of it may quote it.
  }
  throw new VendorError("admin_refused", "credentials", 'the admin key\'s secret is malformed at "private_key"');
}
