import { InvokeCommand, type InvokeCommandOutput, LambdaClient } from "@aws-sdk/client-lambda";
import * as v from "valibot";
import { defined } from "../../model/defined";
import { nameOfDoor } from "../../model/doors";
import { functionName } from "../../model/names";
import { redact } from "../../model/redact";
import { parseStrictJson } from "../../model/strict-json";
import { evidenceOf } from "../evidence";
import { callerIdentity, IDENTITY_LIMIT_MILLIS } from "./caller";
import { mayNotInvoke, noController, noRegion, notReached, notUnderstood } from "./errors";

/** The function runs for 10 minutes at the most, and the answer comes at its end. */
const ANSWER_LIMIT_MILLIS = 630_000;
const CONNECT_LIMIT_MILLIS = 10_000;

/**
 * What the function itself answers an order that failed: one of its codes, or Lambda's own words.
 */
export class OrderFailed extends Error {
  override readonly name = "OrderFailed";

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const failureSchema = v.object({ errorType: v.optional(v.string(), ""), errorMessage: v.optional(v.string(), "") });

/**
 * One issuer's controller by the door for operators, or its observer. Nothing is sent twice:
 * whoever orders decides whether to repeat.
 */
export class Controller {
  constructor(
    private readonly lambda: LambdaClient,
    readonly prefix: string,
    private readonly role: "controller" | "observer" = "controller",
    /** Who orders, for the controller's log and history. */
    private readonly claimedBy?: Promise<string | undefined>,
  ) {}

  /** Throws `OrderFailed` for what the function answers, SK303 to SK306 for what lies before it. */
  async order<S extends v.GenericSchema>(event: object, answer: S, signal: AbortSignal): Promise<v.InferOutput<S>> {
    const claimedBy = await this.claimedBy;
    const order = claimedBy === undefined ? event : { ...event, claimedBy };
    const { FunctionError, Payload } = await this.#invoke(order, signal);
    const text = Payload?.transformToString() ?? "";
    if (FunctionError !== undefined) {
      const failure = v.safeParse(failureSchema, json(text));
      const { errorType = "", errorMessage = "" } = failure.success ? failure.output : {};
      throw new OrderFailed(
        errorType,
        redact(errorMessage === "" ? `the function failed (${FunctionError})` : errorMessage),
      );
    }
    const parsed = v.safeParse(answer, json(text));
    if (!parsed.success) throw notUnderstood(this.prefix);
    return parsed.output;
  }

  async #invoke(event: object, signal: AbortSignal): Promise<InvokeCommandOutput> {
    const name = functionName(this.prefix, this.role);
    const FunctionName = this.role === "controller" ? nameOfDoor(name, "operator") : name;
    const region = await this.lambda.config.region().catch(() => {
      throw noRegion();
    });
    const command = new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)) });
    try {
      return await this.lambda.send(command, { abortSignal: signal });
    } catch (error) {
      signal.throwIfAborted();
      const evidence = evidenceOf(error);
      switch (error instanceof Error ? error.name : "") {
        case "ResourceNotFoundException":
          throw noController(this.prefix, FunctionName, region);
        case "AccessDeniedException":
        case "UnrecognizedClientException":
        case "ExpiredTokenException":
        case "InvalidSignatureException":
        case "CredentialsProviderError":
          throw mayNotInvoke(this.prefix, FunctionName, evidence);
        default:
          throw notReached(this.prefix, evidence, error);
      }
    }
  }
}

/** The controller as the command line calls it: with this caller's word on who they are. */
export function controllerOf(
  prefix: string,
  region: string | undefined,
  order: keyof typeof IDENTITY_LIMIT_MILLIS = "other",
): Controller {
  const identity = callerIdentity(region, IDENTITY_LIMIT_MILLIS[order]);
  return new Controller(lambdaClient(region), prefix, "controller", identity);
}

/** Region, credentials and endpoint as for the AWS CLI, where they are not given. */
export function lambdaClient(region: string | undefined): LambdaClient {
  return new LambdaClient({
    ...defined({ region }),
    maxAttempts: 1,
    requestHandler: { requestTimeout: ANSWER_LIMIT_MILLIS, connectionTimeout: CONNECT_LIMIT_MILLIS },
  });
}

function json(text: string): unknown {
  try {
    return parseStrictJson(text);
  } catch {
    return undefined;
  }
}
