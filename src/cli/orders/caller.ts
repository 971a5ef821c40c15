import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { CLAIM_MAX_LENGTH } from "../../model/attribution";

/** An emergency does not wait for who ordered it. */
const LIMIT_MILLIS = 3_000;

/**
 * Who these credentials are, as AWS says: the ARN of a user or of an assumed role. It needs no right. Undefined where there was no answer in
 * time. To the function it is a claim, since whoever may invoke can send any text.
 */
export async function callerIdentity(region: string | undefined): Promise<string | undefined> {
  const client = new STSClient({ ...(region === undefined ? {} : { region }), maxAttempts: 1 });
  try {
    const abortSignal = AbortSignal.timeout(LIMIT_MILLIS);
    const { Arn } = await client.send(new GetCallerIdentityCommand({}), { abortSignal });
    const claim = Arn?.replace(/[^\x20-\x7e]/g, "?").slice(0, CLAIM_MAX_LENGTH);
    return claim === "" ? undefined : claim;
  } catch {
    return undefined;
  } finally {
    client.destroy();
  }
}
