import { createHash, createHmac } from "node:crypto";
import type { Request } from "../messages";

const ALGORITHM = "AWS4-HMAC-SHA256";

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * What a request says of its signature (AWS Signature Version 4), in its header or, where it is
 * presigned, in its query.
 */
export interface GivenSignature {
  readonly accessKeyId: string;
  /** Day, region, service and `aws4_request`. */
  readonly scope: readonly string[];
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly presigned: boolean;
}

export interface SignedRequest extends Pick<Request, "method" | "path" | "query" | "body"> {
  readonly headers: Headers;
}

/** @returns undefined where the request is not signed. */
export function givenSignature({
  headers,
  url,
}: {
  readonly headers: Headers;
  readonly url: string;
}): GivenSignature | undefined {
  const header = headers["authorization"];
  if (typeof header === "string") {
    if (!header.startsWith(`${ALGORITHM} `)) return undefined;
    const part = (name: string) => new RegExp(`[ ,]${name}=([^,\\s]+)`).exec(header)?.[1];
    return signature(part("Credential"), part("SignedHeaders"), part("Signature"), false);
  }
  const mark = url.indexOf("?");
  const query = new URLSearchParams(mark < 0 ? "" : url.slice(mark));
  if (query.get("X-Amz-Algorithm") !== ALGORITHM) return undefined;
  const part = (name: string) => query.get(`X-Amz-${name}`) ?? undefined;
  return signature(part("Credential"), part("SignedHeaders"), part("Signature"), true);
}

function signature(
  credential: string | undefined,
  signedHeaders: string | undefined,
  given: string | undefined,
  presigned: boolean,
): GivenSignature | undefined {
  if (credential === undefined || signedHeaders === undefined || given === undefined) return undefined;
  const [accessKeyId = "", ...scope] = credential.split("/");
  return { accessKeyId, scope, signedHeaders: signedHeaders.split(";"), signature: given, presigned };
}

/**
 * Every signature that the request can bear with this secret: clients differ in what they make of a
 * path.
 * @param host that the client meant, where it was led here from another one
 * @returns none where a hash of the body is signed that is not the body's
 */
export function expectedSignatures(
  request: SignedRequest,
  { scope, signedHeaders, presigned }: GivenSignature,
  secretAccessKey: string,
  host: string | undefined,
): string[] {
  const service = scope[2];
  const header = (name: string) => {
    const value = name === "host" && host !== undefined ? host : request.headers[name];
    return (Array.isArray(value) ? value.join(",") : (value ?? "")).trim().replace(/ +/g, " ");
  };
  const time = presigned ? (request.query.get("X-Amz-Date") ?? "") : header("x-amz-date");
  const payload = payloadHash(request, service, presigned);
  if (payload === undefined) return [];
  const rest = [
    canonicalQuery(request.query),
    ...signedHeaders.map((name) => `${name}:${header(name)}`),
    "",
    signedHeaders.join(";"),
    payload,
  ];
  return canonicalPaths(request.path, service).map((path) =>
    signatureOf(secretAccessKey, time, scope, [request.method, path, ...rest].join("\n")),
  );
}

/**
 * What stands for the body in a signature: its hash, or a word that says that it is not signed or
 * signed in pieces.
 */
function payloadHash(
  { headers, body }: SignedRequest,
  service: string | undefined,
  presigned: boolean,
): string | undefined {
  const given = headers["x-amz-content-sha256"];
  const actual = createHash("sha256").update(body).digest("hex");
  if (typeof given !== "string") return presigned && service === "s3" ? "UNSIGNED-PAYLOAD" : actual;
  return given === actual || /^(?:UNSIGNED-PAYLOAD|STREAMING-[A-Z0-9-]+)$/.test(given) ? given : undefined;
}

/**
 * S3 signs the path as it is sent. Elsewhere it is escaped once more, by AWS's older clients after
 * `.`, `..` and `//` are resolved.
 */
function canonicalPaths(path: string, service: string | undefined): string[] {
  if (service === "s3") return [path];
  const again = (text: string) => text.split("/").map(escaped).join("/");
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  const resolved = `/${segments.join("/")}${segments.length > 0 && path.endsWith("/") ? "/" : ""}`;
  return [...new Set([again(path), again(resolved)])];
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => [escaped(name), escaped(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map((pair) => pair.join("="))
    .join("&");
}

/**
 * Signature of a canonical request, in hex.
 * @param time `20261124T102000Z`
 * @param scope day, region, service and `aws4_request`
 */
function signatureOf(secretAccessKey: string, time: string, scope: readonly string[], canonical: string): string {
  const hash = createHash("sha256").update(canonical).digest("hex");
  const key = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  return hmac(key, [ALGORITHM, time, scope.join("/"), hash].join("\n")).toString("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** RFC 3986: unlike `encodeURIComponent`, all but unreserved characters. */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
