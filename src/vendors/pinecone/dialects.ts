import * as v from "valibot";
import type { Dialect } from "../../http/exchange";
import { pineconeDescriptor } from "./descriptor";
import { errorSchema, oauthErrorSchema } from "./schemas";

/** Each call must name the version that it speaks. */
const VERSION = { "x-pinecone-api-version": "2026-04" };

const common = {
  displayName: pineconeDescriptor.displayName,
  errorIn: (body: unknown) => {
    const envelope = v.safeParse(errorSchema, body);
    return envelope.success ? envelope.output.error : undefined;
  },
  valuePrefixes: pineconeDescriptor.valuePrefixes,
};

/** Speaks with an access token. */
export const adminDialect: Dialect = {
  ...common,
  authorize: (token) => ({ ...VERSION, authorization: `Bearer ${token}` }),
  // A project that may have no more keys is refused like an admin key that may not make one.
  kindOf: ({ status, code, message }) =>
    status === 403 && /quota/i.test(`${code} ${message}`) ? "invalid" : undefined,
};

const PLAIN_MAX_LENGTH = 300;

/**
 * What stands before the API refuses a key it does not know in plain text, without the envelope of
 * Pinecone's document.
 */
function jsonOrPlain(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return text.length <= PLAIN_MAX_LENGTH && !text.includes("<") ? text.trim() : undefined;
  }
}

/** Speaks with an API key, as programs do. */
export const dataDialect: Dialect = {
  ...common,
  authorize: (key) => ({ ...VERSION, "api-key": key }),
  parse: jsonOrPlain,
  errorIn: (body) => (typeof body === "string" ? { message: body } : common.errorIn(body)),
};

/** Trades client credentials for an access token. The secret is in the body alone. */
export const loginDialect: Dialect = {
  ...common,
  authorize: () => VERSION,
  errorIn: (body) => {
    const envelope = v.safeParse(oauthErrorSchema, body);
    if (!envelope.success) return undefined;
    const { error, error_description } = envelope.output;
    return { message: error_description ?? error, code: error };
  },
  // Endpoints of OAuth answer credentials that they do not know with 400 as well.
  kindOf: ({ status, code }) =>
    status === 400 && /^(?:invalid_client|invalid_grant|unauthorized_client|access_denied)$/.test(code)
      ? "admin_refused"
      : undefined,
};
