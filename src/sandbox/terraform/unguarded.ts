import { awsErrorReply, describeAwsCall } from "../aws/request";
import type { Callers } from "../journal/callers";
import type { Reply, Request } from "../messages";

const MESSAGE =
  "[SK288] Terraform in the sandbox: it was started without the sandbox's guard, so the sandbox cannot tell which state it would change, and refuses its AWS calls. Start terraform by its name, as PATH or TERRAFORM_BINARY_NAME gives it (docs/sandbox.md#state).";

/**
 * Refuses Terraform that was started by the path of the real binary. It is known by its user agent
 * with the command's credentials, where the guard gives it others. Its AWS provider stops at the
 * first refusal, so that no state takes the empty world of a sandbox for the real one.
 */
export function refuseUnguarded(callers: Callers, request: Request): Reply | undefined {
  const call = describeAwsCall(request);
  const caller = callers.find(call.accessKeyId, request.headers["user-agent"]);
  if (caller.name !== "terraform" || callers.isGuarded(call.accessKeyId)) return undefined;
  return awsErrorReply(call, 403, MESSAGE);
}
