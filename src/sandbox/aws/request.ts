import { escapeXml } from "../../http/xml";
import type { Head } from "../doors/door";
import { jsonReply } from "../http";
import type { Reply } from "../messages";

/** What an AWS request is, as far as it can be told without knowing the service's API. */
export interface AwsCall {
  /**
   * From the credential scope of the signature: `dynamodb`. Undefined where the request is not
   * signed.
   */
  readonly service: string | undefined;
  /** Likewise: `eu-west-1`. */
  readonly region: string | undefined;
  readonly operation: string;
  readonly accessKeyId: string | undefined;
  readonly protocol: "json" | "query" | "rest";
}

/** A request, or the head of one whose body is not read. */
type Described = Head & { readonly body?: Buffer };

export function describeAwsCall(request: Described): AwsCall {
  const [accessKeyId, , region, service] = credentialOf(request);
  const target = request.headers["x-amz-target"];
  if (typeof target === "string") {
    const dot = target.lastIndexOf(".");
    return {
      service: service ?? target.slice(0, dot).toLowerCase(),
      region,
      operation: target.slice(dot + 1),
      accessKeyId,
      protocol: "json",
    };
  }
  const action = actionOf(request);
  if (action !== undefined) return { service, region, operation: action, accessKeyId, protocol: "query" };
  const [path = ""] = request.url.split("?");
  const rpc = /^\/service\/[^/]+\/operation\/([^/]+)$/.exec(path)?.[1];
  return { service, region, operation: rpc ?? `${request.method} ${path}`, accessKeyId, protocol: "rest" };
}

/** Access key id, date, region and service. */
function credentialOf(request: Head): Array<string | undefined> {
  const signed = /Credential=([^,\s]+)/.exec(request.headers.authorization ?? "")?.[1];
  return (signed ?? queryOf(request).get("X-Amz-Credential") ?? "").split("/").map((part) => part || undefined);
}

function actionOf(request: Described): string | undefined {
  const inQuery = queryOf(request).get("Action");
  if (inQuery !== null) return inQuery;
  const isForm = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false;
  return isForm ? (new URLSearchParams(request.body?.toString("utf8")).get("Action") ?? undefined) : undefined;
}

function queryOf({ url }: Head): URLSearchParams {
  const mark = url.indexOf("?");
  return new URLSearchParams(mark < 0 ? "" : url.slice(mark));
}

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: "ValidationException",
  403: "AccessDeniedException",
  404: "ResourceNotFoundException",
  429: "ThrottlingException",
  500: "InternalServerError",
  503: "ServiceUnavailable",
};

/**
 * An error status in the shape of the request's protocol.
 * @param message @default that it was injected
 */
export function awsErrorReply(
  call: AwsCall,
  status: number,
  message = status === 429 ? "Rate exceeded" : "Injected by the sandbox",
): Reply {
  const type = ERROR_TYPES[status] ?? (status < 500 ? "InvalidRequest" : "InternalServerError");
  return errorReply(call, status, type, message);
}

/** What AWS answers to a signature that is none of its customers'. */
export function awsRefusal(call: AwsCall, message: string): Reply {
  return errorReply(
    call,
    403,
    call.protocol === "query" ? "SignatureDoesNotMatch" : "InvalidSignatureException",
    message,
  );
}

function errorReply(call: AwsCall, status: number, type: string, message: string): Reply {
  if (call.protocol === "query") {
    const sender = status < 500 ? "Sender" : "Receiver";
    const body = `<ErrorResponse><Error><Type>${sender}</Type><Code>${type}</Code><Message>${escapeXml(message)}</Message></Error><RequestId>sandbox</RequestId></ErrorResponse>`;
    return { status, headers: { "content-type": "text/xml" }, body };
  }
  return jsonReply(
    status,
    { __type: type, message },
    { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": type },
  );
}
