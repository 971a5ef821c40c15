import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { CLAIM_MAX_LENGTH } from "../../model/attribution";

/**
 * How long an order waits for AWS's word on whose it is. An emergency hardly does; what is kept by
 * the name can.
 */
export const IDENTITY_LIMIT_MILLIS = { emergency: 3_000, other: 30_000 } as const;

/**
 * Who these credentials are, as AWS says: the ARN of a user or of an assumed role. It needs no
 * right. Undefined where there was no answer in time. To the function it is a claim, since whoever
 * may invoke can send any text.
 */
export async function callerIdentity(region: string | undefined, limitMillis: number): Promise<string | undefined> {
  const client = new STSClient(region === undefined ? {} : { region });
  try {
    const abortSignal = AbortSignal.timeout(limitMillis);
    const { Arn } = await client.send(new GetCallerIdentityCommand({}), { abortSignal });
    const claim = Arn?.replace(/[^\x20-\x7e]/g, "?").slice(0, CLAIM_MAX_LENGTH);
    return claim === "" ? undefined : claim;
  } catch {
    return undefined;
  } finally {
    client.destroy();
  }
}
