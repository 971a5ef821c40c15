import { createHash, createHmac } from "node:crypto";
import type { AwsCredentials } from "../model/aws-credentials";
import type { Outgoing } from "./exchange";

export const ALGORITHM = "AWS4-HMAC-SHA256";

export interface SigningScope {
  readonly region: string;
  /** As AWS names it in signatures: `iam`. */
  readonly service: string;
}

/**
 * Headers that sign a request to AWS (Signature Version 4, with all of the request's headers). For paths without characters that are
 * escaped.
 * @param now Unix milliseconds; AWS takes a skew of five minutes
 */
export function signedHeaders(
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  { region, service }: SigningScope,
  { method, url, headers, body }: Outgoing,
  now: number,
): Record<string, string> {
  const time = new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, "");
  const day = time.slice(0, 8);
  const added = {
    "x-amz-date": time,
    ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
  };
  const signed = Object.entries({ ...headers, ...added, host: url.host }).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(";");
  const canonical = [
    method,
    url.pathname,
    canonicalQuery(url.searchParams),
    ...signed.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, " ")}`),
    "",
    names,
    sha256(body),
  ].join("\n");
  const scope = [day, region, service, "aws4_request"];
  const credential = `Credential=${accessKeyId}/${scope.join("/")}`;
  const signature = signatureOf(secretAccessKey, time, scope, canonical);
  return { ...added, authorization: `${ALGORITHM} ${credential}, SignedHeaders=${names}, Signature=${signature}` };
}

/**
 * Signature of a canonical request, in hex.
 * @param time `20261124T102000Z`
 * @param scope day, region, service and `aws4_request`
 */
export function signatureOf(
  secretAccessKey: string,
  time: string,
  scope: readonly string[],
  canonical: string,
): string {
  const toSign = [ALGORITHM, time, scope.join("/"), sha256(canonical)].join("\n");
  const key = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  return hmac(key, toSign).toString("hex");
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .sort()
    .join("&");
}

/** RFC 3986: unlike `encodeURIComponent`, all but unreserved characters. */
export function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
