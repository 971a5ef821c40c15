import type { Request } from "../messages";
import type { AwsCall } from "./request";

/** Operations of KMS that take an ARN at AWS, and an id alone at moto. */
const BY_ID_ALONE = new Set(["CancelKeyDeletion", "DisableKey", "EnableKey", "ScheduleKeyDeletion"]);
const KEY_ARN = /^arn:[^:]+:kms:[^:]+:\d{12}:key\/([\w-]+)$/;

/**
 * The request as moto understands it. A key of another region is not found in this one, by its ARN
 * or by its id.
 */
export function withKmsKeyId(call: AwsCall, request: Request): Request {
  if (call.service !== "kms" || !BY_ID_ALONE.has(call.operation)) return request;
  let input: unknown;
  try {
    input = JSON.parse(request.body.toString("utf8"));
  } catch {
    // Whoever answers the call says so.
    return request;
  }
  const { KeyId } = Object(input);
  const id = typeof KeyId === "string" ? KEY_ARN.exec(KeyId)?.[1] : undefined;
  return id === undefined
    ? request
    : { ...request, body: Buffer.from(JSON.stringify({ ...Object(input), KeyId: id })) };
}
