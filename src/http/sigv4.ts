import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import type { AwsCredentials } from "../model/aws-credentials";
import { defined } from "../model/defined";
import type { Outgoing } from "./exchange";

export interface SigningScope {
  readonly region: string;
  /** As AWS names it in signatures: `iam`. */
  readonly service: string;
}

/**
 * Headers that sign a request to AWS (Signature Version 4), as AWS's own clients do.
 * @param now Unix milliseconds; AWS takes a skew of five minutes
 */
export async function signedHeaders(
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  { region, service }: SigningScope,
  { method, url, headers, body }: Outgoing,
  now: number,
): Promise<Record<string, string>> {
  const credentials = { accessKeyId, secretAccessKey, ...defined({ sessionToken }) };
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256, applyChecksum: false });
  const request = {
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: queryOf(url.searchParams),
    headers: { ...headers, host: url.host },
    body,
  };
  const signed = await signer.sign(request, { signingDate: new Date(now) });
  return Object.fromEntries(Object.entries(signed.headers).filter(([name]) => !Object.hasOwn(request.headers, name)));
}

function queryOf(given: URLSearchParams): Record<string, string[]> {
  const query: Record<string, string[]> = {};
  for (const name of given.keys()) query[name] = given.getAll(name);
  return query;
}
