import { isoSeconds } from "../../../model/units";
import type { SimulatorResponse } from "../../../sandbox/vendors/simulator";
import { answerOf, isStream, type Operation, whyMalformed } from "./model-answers";
import { type PolicyRequest, type UserPolicies, whyDenied } from "./policy";
import type { BedrockState, StoredUser } from "./state";

/**
 * `AmazonBedrockLimitedAccess`, as far as it matters here: an attached policy that opens more than
 * a key's own.
 */
const LIMITED_ACCESS = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: ["bedrock:InvokeModel*", "bedrock:CallWithBearerToken"], Resource: "*" }],
});
/** Models that this account may use, in every region. */
const MODELS = [
  "amazon.nova-micro-v1:0",
  "amazon.nova-lite-v1:0",
  "amazon.nova-pro-v1:0",
  "anthropic.claude-sonnet-4-5-20250929-v1:0",
  "meta.llama3-8b-instruct-v1:0",
  "mistral.mistral-7b-instruct-v0:2",
];
/** Where the models of an inference profile run. */
const DESTINATIONS: Readonly<Record<string, readonly string[]>> = {
  us: ["us-east-1", "us-east-2", "us-west-2"],
  eu: ["eu-central-1", "eu-west-1"],
};

export interface RuntimeCall {
  readonly operation: Operation;
  readonly bearer: string | undefined;
  readonly region: string;
  readonly sourceIp: string;
  /** As in the path, decoded. */
  readonly model: string;
  readonly body: string;
  /** The body is looked at before permissions are. */
  readonly bodyFirst: boolean;
}

/**
 * `POST /model/{modelId}/converse`, `/converse-stream`, `/invoke` and
 * `/invoke-with-response-stream`.
 */
export async function callModel(state: BedrockState, call: RuntimeCall): Promise<SimulatorResponse> {
  const user = call.bearer === undefined ? undefined : state.userOf(call.bearer);
  if (user === undefined) {
    return refusal(403, "AccessDeniedException", {
      Message: "Authentication failed: Please make sure your API Key is valid.",
    });
  }
  const invalid = whyInvalid(call);
  if (call.bodyFirst && invalid !== undefined) return refusal(400, "ValidationException", { message: invalid });
  const ofCaller = callerContext(state, user);
  const policies = { userArn: state.arnOf(user), accountId: state.accountId, ...(await policiesOf(user)) };
  for (const request of requestsOf(state, call)) {
    const why = whyDenied(policies, { ...request, context: { ...ofCaller, ...request.context } });
    if (why === undefined) continue;
    const words = `is not authorized to perform: ${request.action} on resource: ${request.resource} ${why}`;
    return refusal(403, "AccessDeniedException", { message: `User: ${state.arnOf(user)} ${words}` });
  }
  if (invalid !== undefined) return refusal(400, "ValidationException", { message: invalid });
  return answerOf(call.operation, call.model);
}

/** What every request of a user says of itself. */
function callerContext(state: BedrockState, user: StoredUser): Record<string, string> {
  return {
    "aws:currenttime": isoSeconds(state.seconds),
    "aws:epochtime": String(state.seconds),
    "aws:principalaccount": state.accountId,
    "aws:principalarn": state.arnOf(user),
    "aws:principaltype": "User",
    "aws:securetransport": "true",
    "aws:userid": user.id,
    "aws:username": user.name,
  };
}

async function policiesOf({
  policies,
  attached,
  account,
}: StoredUser): Promise<Omit<UserPolicies, "userArn" | "accountId">> {
  if (account !== undefined) return account.policies();
  return { identity: [...policies.values(), ...(attached.size === 0 ? [] : [LIMITED_ACCESS])] };
}

/** All that has to be allowed: the key itself, what is named, and what a profile chooses. */
function requestsOf({ accountId }: BedrockState, call: RuntimeCall): PolicyRequest[] {
  const { region, sourceIp, model, operation } = call;
  const request = (action: string, resource: string, requestedRegion: string, profile?: string): PolicyRequest => ({
    action,
    resource,
    context: {
      "aws:requestedregion": requestedRegion,
      "aws:sourceip": sourceIp,
      "bedrock:bearertokentype": "LONG_TERM",
      "bedrock:inferenceprofilearn": profile,
    },
  });
  const invoke = isStream(operation) ? "bedrock:InvokeModelWithResponseStream" : "bedrock:InvokeModel";
  const bearer = request("bedrock:CallWithBearerToken", "*", region);
  if (model.startsWith("arn:")) return [bearer, request(invoke, model, region)];
  const [geography = "", ...rest] = model.split(".");
  const foundation = rest.join(".");
  if (geography !== "global" && DESTINATIONS[geography] === undefined) {
    return [bearer, request(invoke, `arn:aws:bedrock:${region}::foundation-model/${model}`, region)];
  }
  const profile = `arn:aws:bedrock:${region}:${accountId}:inference-profile/${model}`;
  const chosen = (DESTINATIONS[geography] ?? [""]).map((destination) =>
    request(
      invoke,
      `arn:aws:bedrock:${destination}::foundation-model/${foundation}`,
      destination || "unspecified",
      profile,
    ),
  );
  return [bearer, request(invoke, profile, region), ...chosen];
}

function whyInvalid({ body, model, operation }: RuntimeCall): string | undefined {
  let input: unknown;
  try {
    input = JSON.parse(body);
  } catch {
    return "The request body is no JSON.";
  }
  if (!MODELS.some((known) => model === known || model.endsWith(`.${known}`) || model.endsWith(`/${known}`))) {
    return "The provided model identifier is invalid.";
  }
  return whyMalformed(operation, model, input);
}

function refusal(status: number, type: string, body: object): SimulatorResponse {
  return { status, headers: { "x-amzn-errortype": type }, body };
}
