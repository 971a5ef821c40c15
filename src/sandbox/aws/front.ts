import { randomUUID } from "node:crypto";
import { defined } from "../../model/defined";
import { jsonReply } from "../http";
import type { Caller, Callers } from "../journal/callers";
import type { Journal } from "../journal/journal";
import { summarise } from "../journal/summary";
import { DROP, type Reply, type Request } from "../messages";
import { type Faults, withFaults } from "../time-and-faults/faults";
import type { AwsPart } from "../vendors/simulator";
import { simulatorReply, simulatorRequest } from "../vendors/vendor-server";
import { REGION } from "./account";
import { putEvents } from "./events/put-events";
import { IamFront } from "./iam/iam-front";
import { withKmsKeyId } from "./kms-key-id";
import { type LambdaService, lambdaErrorReply } from "./lambda/service";

import type { Moto } from "./moto";
import { type AwsCall, awsErrorReply, describeAwsCall } from "./request";
import { whyTooLong } from "./sizes";

/** What the front needs of Secrets Manager. */
export interface SecretsManagerCalls {
  call(
    operation: string,
    input: unknown,
    context: { principal: string; region: string },
  ): Promise<{ status: number; body: unknown }>;
}

export interface FrontOptions {
  readonly callers: Callers;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly secretsManager: () => SecretsManagerCalls;
  readonly lambda: () => LambdaService;
  readonly moto: () => Moto;
  /** Simulators of vendors that are a part of AWS: asked before moto. */
  readonly vendors: readonly AwsPart[];
  /** Told of every EventBridge call that succeeded. */
  readonly onEventsCall: (operation: string, body: string, region: string) => void;
}

/**
 * `AWS_ENDPOINT_URL`: sends each call to the part that answers for its service, through faults and
 * journal.
 */
export class Front {
  readonly #options: FrontOptions;
  readonly #iam: IamFront;

  constructor(options: FrontOptions) {
    this.#options = options;
    const vendors = options.vendors.filter(({ service }) => service === "iam");
    this.#iam = new IamFront({ moto: options.moto, vendors });
  }

  async handle(request: Request): Promise<Reply | typeof DROP> {
    const { callers, faults, journal, lambda } = this.#options;
    const described = describeAwsCall(request);
    const isLambda = described.service === "lambda";
    const call = isLambda ? { ...described, operation: lambda().operation(request) } : described;
    const service = call.service ?? "unknown";
    const caller = callers.find(call.accessKeyId, request.headers["user-agent"]);
    const requestId = caller.requestId?.();
    const hits = faults.take({ service, operation: call.operation, caller });
    const fault = hits.at(-1)?.type;
    let effect: Reply | undefined;
    const reply = await withFaults(
      hits,
      caller,
      async () => {
        effect = await this.#perform(call, request, caller);
        return effect;
      },
      (status) =>
        isLambda
          ? lambdaErrorReply(
              status,
              status === 429 ? "TooManyRequestsException" : "ServiceException",
              "Injected by the sandbox",
            )
          : awsErrorReply(call, status),
    );
    journal.record({
      kind: "aws",
      service,
      operation: call.operation,
      caller: caller.name,
      ...(reply === DROP ? {} : { status: reply.status }),
      ...defined({ requestId }),
      ...(fault === undefined ? {} : { fault, outcome: effect === undefined ? "no effect" : "effect" }),
      ...requestSummary(call, request),
      ...(effect !== undefined && effect.status >= 400 ? { response: summarise(String(effect.body ?? "")) } : {}),
    });
    return reply;
  }

  async #perform(call: AwsCall, request: Request, caller: Caller): Promise<Reply> {
    const { region = REGION } = call;
    if (call.service === "lambda") return this.#options.lambda().handle(request, caller, region);
    if (call.service === "secretsmanager") return this.#callSecretsManager(call, request, caller);
    if (call.service === "events" && call.operation === "PutEvents") {
      const { status, body } = putEvents(request.body.toString("utf8"));
      return awsJsonReply(status, body);
    }
    const tooLong = whyTooLong(call, request.body.toString("utf8"));
    if (tooLong !== undefined) return awsErrorReply(call, 400, tooLong);
    const reply =
      call.service === "iam"
        ? await this.#iam.answer(request)
        : (this.#answerOfVendor(call, request) ?? (await this.#options.moto().forward(withKmsKeyId(call, request))));
    if ((call.service === "sts" || call.service === "iam") && reply.status < 300) this.#learnAccessKey(reply, call);
    if (call.service === "events" && reply.status < 300) {
      this.#options.onEventsCall(call.operation, request.body.toString("utf8"), region);
    }
    return reply;
  }

  /**
   * What AWS hands out in this run opens it: `AssumeRole`, `GetSessionToken`, `CreateAccessKey`.
   */
  #learnAccessKey({ body }: Reply, call: AwsCall): void {
    const member = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(String(body ?? ""))?.[1];
    const [accessKeyId, secretAccessKey] = [member("AccessKeyId"), member("SecretAccessKey")];
    if (accessKeyId !== undefined && secretAccessKey !== undefined) {
      this.#options.callers.learn({ accessKeyId, secretAccessKey }, call.accessKeyId);
    }
  }

  #answerOfVendor(call: AwsCall, request: Request): Reply | undefined {
    for (const vendor of this.#options.vendors) {
      if (vendor.service !== call.service) continue;
      const answer = vendor.answer(simulatorRequest(request, vendor.hosts[0]));
      if (answer !== undefined) return simulatorReply(answer);
    }
    return undefined;
  }

  async #callSecretsManager(call: AwsCall, request: Request, caller: Caller): Promise<Reply> {
    let input: unknown;
    try {
      input = JSON.parse(request.body.toString("utf8") || "{}");
    } catch {
      return awsJsonReply(400, { __type: "SerializationException", message: "The request body is not JSON." });
    }
    const { status, body } = await this.#options
      .secretsManager()
      .call(call.operation, input, { principal: caller.name, region: call.region ?? REGION });
    return awsJsonReply(status, body);
  }
}

function awsJsonReply(status: number, body: unknown): Reply {
  const type = typeof body === "object" && body !== null && "__type" in body ? String(body.__type) : undefined;
  return jsonReply(status, body, {
    "content-type": "application/x-amz-json-1.1",
    "x-amzn-requestid": randomUUID(),
    ...(status < 400 || type === undefined ? {} : { "x-amzn-errortype": type }),
  });
}

/** A Lambda invocation is told of once, by the function's own entry. */
function requestSummary(call: AwsCall, request: Request): { request?: unknown } {
  if (call.service === "lambda" && call.operation.startsWith("Invoke")) return { request: { path: request.path } };
  const summary = summarise(request.body.toString("utf8"));
  if (call.protocol === "rest") return { request: { path: request.url, body: summary } };
  return summary === undefined ? {} : { request: summary };
}
