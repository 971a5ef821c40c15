import { randomUUID } from "node:crypto";
import { join } from "node:path";
import * as v from "valibot";
import { defined } from "../../../model/defined";
import { jsonReply } from "../../http";
import type { Caller } from "../../journal/callers";
import type { Journal } from "../../journal/journal";
import { summarise } from "../../journal/summary";
import type { LambdaHost } from "../../lambda/host";
import type { InvocationResult } from "../../lambda/invocation";
import { DROP, type Reply, type Request } from "../../messages";
import type { Clock } from "../../vendors/simulator";
import { EVENT_STREAM, eventMessage, jsonEvent } from "../event-stream";
import { AsyncQueue } from "./async-queue";
import { type FunctionCode, unpackCode } from "./code";
import { functionNotFound, invalidParameter, LambdaError, notImplemented, unreachable } from "./error";
import { functionArn, LATEST, LambdaFunction } from "./lambda-function";
import { PieceQueue } from "./piece-queue";
import type { InvokeRequest } from "./policy";
import { findRoute, type RouteName } from "./routes";
import * as schemas from "./schemas";

/** AWS: of a request and of a result; and of an event for asynchronous invocation. */
const MAX_PAYLOAD_BYTES = 6 * 1_024 * 1_024;
const MAX_EVENT_BYTES = 1_024 * 1_024;
const LOG_TAIL_BYTES = 4_096;
const FUNCTION_NAME = /^[a-zA-Z0-9-_]{1,64}$/;
/** `name`, `name:qualifier`, `account:function:name` or an ARN with or without qualifier. */
const FUNCTION_REFERENCE =
  /^(?:(?:arn:[a-z-]+:lambda:([a-z0-9-]+):)?\d{12}:function:|function:)?([a-zA-Z0-9-_]+)(?::(\$LATEST|[a-zA-Z0-9-_]+))?$/;

/**
 * A person hands a key's value over in an event (`adopt`). One that is refused is in no secret and
 * at no vendor, so it is known by its place alone; whether the event is otherwise well-formed does
 * not matter.
 */
const handedOverSchema = v.pipe(v.string(), v.parseJson(), v.looseObject({ action: v.string(), value: v.string() }));

export interface LambdaServiceOptions {
  readonly clock: Clock;
  readonly host: LambdaHost;
  readonly journal: Journal;
  /** Bundles are unpacked under it. */
  readonly folder: string;
}

interface Target {
  readonly fn: LambdaFunction;
  /** Undefined: the unqualified name. */
  readonly qualifier: string | undefined;
}

/**
 * Lambda's API, as far as Terraform's provider, SDKs and the services that invoke functions use it.
 */
export class LambdaService {
  /** Asynchronous invocations that wait for their next attempt. */
  readonly queue: AsyncQueue;
  readonly #options: LambdaServiceOptions;
  /** By ARN. */
  readonly #functions = new Map<string, LambdaFunction>();

  constructor(options: LambdaServiceOptions) {
    this.#options = options;
    this.queue = new AsyncQueue(
      options.clock,
      async ({ functionArn: arn, qualifier, event, caller }) => {
        const target = this.#find(arn, qualifier);
        if (isFull(target.fn)) return "throttled";
        const result = await this.#run(target, event, caller);
        return result.outcome === "success" ? "done" : "failed";
      },
      (arn) => {
        const config = this.#functions.get(arn)?.eventInvokeConfig;
        return {
          retries: config?.MaximumRetryAttempts ?? 2,
          maxAgeSeconds: config?.MaximumEventAgeInSeconds ?? 21_600,
        };
      },
    );
  }

  /** Name of the operation that a request asks for. */
  operation(request: Request): string {
    return findRoute(request.method, request.path)?.name ?? `${request.method} ${request.path}`;
  }

  /** @param region in which the call is made */
  async handle(request: Request, caller: Caller, region: string): Promise<Reply> {
    try {
      const route = findRoute(request.method, request.path);
      if (route === undefined) throw notImplemented(`Lambda's ${request.method} ${request.path}`);
      return await this.#perform(route.name, route.reference, request, caller, region);
    } catch (error) {
      if (!(error instanceof LambdaError)) throw error;
      return lambdaErrorReply(error.status, error.type, error.message);
    }
  }

  /** Whether a function's policy lets a service in. */
  mayInvoke(functionReference: string, request: InvokeRequest): boolean {
    const [, region = "", name = "", qualifier] = FUNCTION_REFERENCE.exec(functionReference) ?? [];
    const fn = this.#functions.get(functionArn(region, name));
    if (fn === undefined || qualifier === LATEST) return false;
    if (qualifier !== undefined && fn.aliases.find(qualifier) === undefined && !fn.hasVersion(qualifier)) return false;
    return fn.policy(qualifier).allows(request);
  }

  /** Invokes for another service and waits for the result. */
  async invoke(functionReference: string, event: unknown, caller: string): Promise<InvocationResult> {
    const target = this.#find(functionReference, undefined);
    if (isFull(target.fn)) throw throttled();
    return this.#run(target, JSON.stringify(event), caller);
  }

  /** Invokes for another service as an event, with Lambda's retries. Ends with the last attempt. */
  async invokeAsync(functionReference: string, event: string, caller: string): Promise<"done" | "failed"> {
    const { fn, qualifier } = this.#find(functionReference, undefined);
    return this.queue.add({ functionArn: fn.arn, qualifier, event, caller });
  }

  async #perform(
    operation: RouteName,
    reference: string,
    request: Request,
    caller: Caller,
    region: string,
  ): Promise<Reply> {
    const { body, query } = request;
    const now = this.#options.clock.now();
    switch (operation) {
      case "CreateFunction": {
        const input = parse(schemas.createFunctionSchema, body);
        const { FunctionName, Code, PackageType, Architectures, Publish, Tags, ...configuration } = input;
        const name = FUNCTION_REFERENCE.exec(FunctionName)?.[2] ?? "";
        if (!FUNCTION_NAME.test(name)) throw invalidParameter(`${FunctionName} is not a function name.`);
        if (PackageType === "Image") throw notImplemented("functions from container images");
        if (this.#functions.has(functionArn(region, name))) {
          throw new LambdaError(409, "ResourceConflictException", `Function already exist: ${name}`);
        }
        const code = this.#unpack(name, Code);
        const fn = new LambdaFunction(region, name, configuration, code, Architectures ?? ["x86_64"], now);
        for (const [key, value] of Object.entries(Tags ?? {})) fn.tags.set(key, value);
        this.#functions.set(fn.arn, fn);
        const published = Publish === true ? fn.publish(undefined) : undefined;
        return jsonReply(201, fn.describe(published?.version));
      }
      case "ListFunctions":
        return jsonReply(200, {
          Functions: [...this.#functions.values()].filter((fn) => fn.region === region).map((fn) => fn.describe()),
        });
      case "TagResource": {
        const { fn } = this.#find(reference, undefined, region);
        for (const [key, value] of Object.entries(parse(schemas.tagsSchema, body).Tags)) fn.tags.set(key, value);
        return { status: 204 };
      }
      case "UntagResource": {
        const { fn } = this.#find(reference, undefined, region);
        for (const key of query.getAll("tagKeys")) fn.tags.delete(key);
        return { status: 204 };
      }
      case "ListTags":
        return jsonReply(200, { Tags: Object.fromEntries(this.#find(reference, undefined, region).fn.tags) });
      default:
        return this.#performOn(
          operation,
          this.#find(reference, query.get("Qualifier") ?? undefined, region),
          request,
          caller,
        );
    }
  }

  async #performOn(
    operation: Exclude<RouteName, "CreateFunction" | "ListFunctions" | "TagResource" | "UntagResource" | "ListTags">,
    target: Target,
    request: Request,
    caller: Caller,
  ): Promise<Reply> {
    const { fn, qualifier } = target;
    const { body, path } = request;
    const now = this.#options.clock.now();
    const last = decodeURIComponent(path.split("/").at(-1) ?? "");
    switch (operation) {
      case "GetFunction":
        return jsonReply(200, {
          Configuration: fn.describe(qualifier),
          Code: { RepositoryType: "S3", Location: `https://sandbox.invalid/${fn.name}` },
          Tags: Object.fromEntries(fn.tags),
          ...(fn.reservedConcurrency === undefined
            ? {}
            : { Concurrency: { ReservedConcurrentExecutions: fn.reservedConcurrency } }),
        });
      case "GetFunctionConfiguration":
        return jsonReply(200, fn.describe(qualifier));
      case "UpdateFunctionConfiguration": {
        const { RevisionId, ...input } = parse(schemas.updateConfigurationSchema, body);
        checkRevision(fn.latest, RevisionId);
        fn.update({ input }, now);
        this.#options.host.retire(fn.arn);
        return jsonReply(200, fn.describe());
      }
      case "UpdateFunctionCode": {
        const input = parse(schemas.updateCodeSchema, body);
        checkRevision(fn.latest, input.RevisionId);
        const code = this.#unpack(fn.name, input);
        if (input.DryRun === true) return jsonReply(200, { ...fn.describe(), CodeSha256: code.sha256 });
        fn.update({ code, ...defined({ architectures: input.Architectures }) }, now);
        this.#options.host.retire(fn.arn);
        const published = input.Publish === true ? fn.publish(undefined) : undefined;
        return jsonReply(200, fn.describe(published?.version));
      }
      case "DeleteFunction":
        if (qualifier === undefined) {
          this.#functions.delete(fn.arn);
          this.#options.host.retire(fn.arn);
        } else if (qualifier === LATEST) {
          throw invalidParameter("$LATEST version cannot be deleted without deleting the function.");
        } else {
          fn.deleteVersion(qualifier);
        }
        return { status: 204 };
      case "ListVersionsByFunction":
        return jsonReply(200, {
          Versions: [LATEST, ...fn.versions.map(({ version }) => version)].map((version) => fn.describe(version)),
        });
      case "PublishVersion": {
        const input = parse(schemas.publishSchema, body.length === 0 ? Buffer.from("{}") : body);
        checkRevision(fn.latest, input.RevisionId);
        if (input.CodeSha256 !== undefined && input.CodeSha256 !== fn.latest.code.sha256) {
          throw invalidParameter(
            `CodeSHA256 (${input.CodeSha256}) is different from current CodeSHA256 in $LATEST (${fn.latest.code.sha256}). Please try again with the CodeSHA256 in $LATEST.`,
          );
        }
        return jsonReply(201, fn.describe(fn.publish(input.Description).version));
      }
      case "GetFunctionCodeSigningConfig":
        return jsonReply(200, { CodeSigningConfigArn: "", FunctionName: fn.name });
      case "AddPermission": {
        const permission = parse(schemas.addPermissionSchema, body);
        return jsonReply(201, { Statement: fn.policy(qualifier).add(permission) });
      }
      case "GetPolicy":
        if (fn.policy(qualifier).empty) throw noPolicy();
        return jsonReply(200, { Policy: fn.policy(qualifier).toJson(), RevisionId: fn.latest.revisionId });
      case "RemovePermission":
        if (!fn.policy(qualifier).remove(last)) throw noPolicy();
        return { status: 204 };
      case "CreateAlias": {
        const { Name, FunctionVersion, Description = "" } = parse(schemas.createAliasSchema, body);
        fn.configuration(FunctionVersion);
        const alias = fn.aliases.create({ name: Name, version: FunctionVersion, description: Description });
        return jsonReply(201, fn.aliases.describe(alias));
      }
      case "ListAliases":
        return jsonReply(200, { Aliases: fn.aliases.all().map((alias) => fn.aliases.describe(alias)) });
      case "GetAlias":
        return jsonReply(200, fn.aliases.describe(fn.aliases.get(last)));
      case "UpdateAlias": {
        const { FunctionVersion, Description, RevisionId } = parse(schemas.updateAliasSchema, body);
        checkRevision(fn.aliases.get(last), RevisionId);
        if (FunctionVersion !== undefined) fn.configuration(FunctionVersion);
        const alias = fn.aliases.update(last, {
          ...defined({ version: FunctionVersion, description: Description }),
        });
        return jsonReply(200, fn.aliases.describe(alias));
      }
      case "DeleteAlias":
        fn.deleteAlias(last);
        return { status: 204 };
      case "PutFunctionConcurrency":
        fn.reservedConcurrency = parse(schemas.concurrencySchema, body).ReservedConcurrentExecutions;
        return jsonReply(200, { ReservedConcurrentExecutions: fn.reservedConcurrency });
      case "GetFunctionConcurrency":
        return jsonReply(
          200,
          fn.reservedConcurrency === undefined ? {} : { ReservedConcurrentExecutions: fn.reservedConcurrency },
        );
      case "DeleteFunctionConcurrency":
        fn.reservedConcurrency = undefined;
        return { status: 204 };
      case "PutFunctionEventInvokeConfig":
      case "UpdateFunctionEventInvokeConfig": {
        const input = parse(schemas.eventInvokeConfigSchema, body);
        const kept = operation === "UpdateFunctionEventInvokeConfig" ? fn.eventInvokeConfig : undefined;
        fn.eventInvokeConfig = { ...kept, ...input, lastModifiedSeconds: now / 1_000 };
        return jsonReply(200, describeEventInvokeConfig(fn));
      }
      case "GetFunctionEventInvokeConfig":
        return jsonReply(200, describeEventInvokeConfig(fn));
      case "DeleteFunctionEventInvokeConfig":
        describeEventInvokeConfig(fn);
        fn.eventInvokeConfig = undefined;
        return { status: 204 };
      case "GetRuntimeManagementConfig":
        return jsonReply(200, { UpdateRuntimeOn: fn.updateRuntimeOn, FunctionArn: fn.arn });
      case "PutRuntimeManagementConfig":
        fn.updateRuntimeOn = parse(schemas.runtimeManagementSchema, body).UpdateRuntimeOn;
        return jsonReply(200, { UpdateRuntimeOn: fn.updateRuntimeOn, FunctionArn: fn.arn });
      case "GetFunctionRecursionConfig":
        return jsonReply(200, { RecursiveLoop: fn.recursiveLoop });
      case "PutFunctionRecursionConfig":
        fn.recursiveLoop = parse(schemas.recursionSchema, body).RecursiveLoop;
        return jsonReply(200, { RecursiveLoop: fn.recursiveLoop });
      case "Invoke":
        return this.#invoke(target, request, caller);
      case "InvokeWithResponseStream":
        return this.#invokeStreaming(target, request, caller);
    }
  }

  async #invoke(target: Target, request: Request, caller: Caller): Promise<Reply> {
    const { fn, qualifier } = target;
    const { version } = fn.configuration(qualifier);
    const type = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
    const event = eventIn(request, type === "Event" ? MAX_EVENT_BYTES : MAX_PAYLOAD_BYTES);
    if (type === "DryRun") return { status: 204 };
    if (type === "Event") {
      this.queue.add({ functionArn: fn.arn, qualifier, event, caller: caller.name });
      return { status: 202 };
    }
    if (type !== "RequestResponse") throw invalidParameter(`${type} is not an invocation type.`);
    if (isFull(fn)) throw throttled();
    const result = await this.#run(target, event, caller.name);
    return {
      status: 200,
      headers: {
        "content-type": "application/json",
        "x-amzn-requestid": result.requestId,
        "x-amz-executed-version": version,
        ...(result.outcome === "success" ? {} : { "x-amz-function-error": "Unhandled" }),
        ...(request.headers["x-amz-log-type"] === "Tail" ? { "x-amz-log-result": logTail(result, version) } : {}),
      },
      body: result.payload,
    };
  }

  /**
   * The answer begins with the invocation; each piece follows as the function writes it, and at
   * last how it ended.
   */
  #invokeStreaming(target: Target, request: Request, caller: Caller): Reply {
    const { fn, qualifier } = target;
    const { version } = fn.configuration(qualifier);
    const type = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
    const event = eventIn(request, MAX_PAYLOAD_BYTES);
    if (type === "DryRun") return { status: 204 };
    if (type !== "RequestResponse") throw invalidParameter(`${type} is not an invocation type.`);
    if (isFull(fn)) throw throttled();
    const pieces = new PieceQueue();
    const isTail = request.headers["x-amz-log-type"] === "Tail";
    this.#run(target, event, caller.name, (piece) => pieces.add(payloadChunk(piece))).then(
      (result) => {
        const { outcome, payload } = result;
        if (outcome === "success" && pieces.count === 0) pieces.add(payloadChunk(payload));
        const failure = outcome === "success" ? {} : { ErrorCode: "Unhandled", ErrorDetails: payload };
        const log = isTail ? { LogResult: logTail(result, version) } : {};
        pieces.end(jsonEvent("InvokeComplete", { ...failure, ...log }));
      },
      () => pieces.end(DROP),
    );
    return {
      status: 200,
      headers: {
        "content-type": EVENT_STREAM,
        "x-amzn-requestid": randomUUID(),
        "x-amz-executed-version": version,
        "x-amzn-remapped-content-type": "application/octet-stream",
      },
      pieces,
    };
  }

  async #run(
    { fn, qualifier }: Target,
    event: string,
    caller: string,
    onPiece?: (piece: Buffer) => void,
  ): Promise<InvocationResult> {
    const handedOver = v.safeParse(handedOverSchema, event);
    if (handedOver.success) this.#options.journal.withhold(handedOver.output.value);
    fn.running++;
    let result: InvocationResult;
    try {
      const answered = await this.#options.host.invoke(fn.spec(qualifier), event, fn.arnOf(qualifier), onPiece);
      // A stream may be longer.
      result = onPiece === undefined ? withinLimit(answered) : answered;
    } finally {
      fn.running--;
    }
    this.#options.journal.record({
      kind: "lambda",
      service: "lambda",
      operation: fn.name,
      caller,
      ...defined({ qualifier }),
      requestId: result.requestId,
      outcome: result.outcome,
      request: summarise(event),
      response: summarise(result.payload),
    });
    return result;
  }

  /**
   * @param region where it is called. @default that of the ARN, for services that were given one
   */
  #find(reference: string, qualifier: string | undefined, region?: string): Target {
    const [, ofArn, name = reference, given] = FUNCTION_REFERENCE.exec(decodeURIComponent(reference)) ?? [];
    if (ofArn !== undefined && region !== undefined && ofArn !== region) throw unreachable(ofArn, region);
    const arn = functionArn(region ?? ofArn ?? "", name);
    const fn = this.#functions.get(arn);
    if (fn === undefined) throw functionNotFound(arn);
    if (qualifier !== undefined && given !== undefined && qualifier !== given) {
      throw invalidParameter("The derived qualifier from the function name does not match the specified qualifier.");
    }
    return { fn, qualifier: qualifier ?? given };
  }

  #unpack(name: string, code: v.InferOutput<typeof schemas.codeSchema>): FunctionCode {
    if (code.ZipFile === undefined) {
      throw notImplemented("function code from S3 or an image; give the zip file itself (`filename` in Terraform)");
    }
    return unpackCode(Buffer.from(code.ZipFile, "base64"), join(this.#options.folder, name));
  }
}

/** @throws RequestTooLargeException, InvalidRequestContentException */
function eventIn({ body }: Request, limit: number): string {
  if (body.length > limit) {
    const words = `Request must be smaller than ${limit} bytes for the InvokeFunction operation`;
    throw new LambdaError(413, "RequestTooLargeException", words);
  }
  const event = body.length === 0 ? "{}" : body.toString("utf8");
  try {
    JSON.parse(event);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "";
    throw new LambdaError(400, "InvalidRequestContentException", `Could not parse request body into json: ${reason}`);
  }
  return event;
}

function payloadChunk(piece: Buffer | string): Buffer {
  const headers = {
    ":event-type": "PayloadChunk",
    ":content-type": "application/octet-stream",
    ":message-type": "event",
  };
  return eventMessage(headers, piece);
}

/** Lambda's error shape: the type is in a header, the body has the message. */
export function lambdaErrorReply(status: number, type: string, message: string): Reply {
  return jsonReply(
    status,
    { Type: status < 500 ? "User" : "Service", message, Message: message },
    { "x-amzn-errortype": type, "x-amzn-requestid": randomUUID() },
  );
}

function parse<TSchema extends v.GenericSchema>(schema: TSchema, body: Buffer): v.InferOutput<TSchema> {
  let json: unknown;
  try {
    json = JSON.parse(body.toString("utf8"));
  } catch {
    throw new LambdaError(400, "InvalidRequestContentException", "Could not parse request body into json.");
  }
  const result = v.safeParse(schema, json);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw invalidParameter(`${v.getDotPath(issue) ?? "The request"}: ${issue.message}`);
}

function checkRevision(stored: { readonly revisionId: string }, revisionId: string | undefined): void {
  if (revisionId === undefined || revisionId === stored.revisionId) return;
  throw new LambdaError(
    412,
    "PreconditionFailedException",
    "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
  );
}

function isFull(fn: LambdaFunction): boolean {
  return fn.reservedConcurrency !== undefined && fn.running >= fn.reservedConcurrency;
}

function throttled(): LambdaError {
  return new LambdaError(429, "TooManyRequestsException", "Rate Exceeded.");
}

function noPolicy(): LambdaError {
  return new LambdaError(404, "ResourceNotFoundException", "The resource you requested does not exist.");
}

function describeEventInvokeConfig(fn: LambdaFunction): object {
  if (fn.eventInvokeConfig === undefined) {
    throw new LambdaError(
      404,
      "ResourceNotFoundException",
      `The function ${fn.arn}:$LATEST doesn't have an EventInvokeConfig`,
    );
  }
  const { lastModifiedSeconds, ...config } = fn.eventInvokeConfig;
  return {
    DestinationConfig: { OnSuccess: {}, OnFailure: {} },
    ...config,
    FunctionArn: `${fn.arn}:$LATEST`,
    LastModified: lastModifiedSeconds,
  };
}

function withinLimit(result: InvocationResult): InvocationResult {
  const bytes = Buffer.byteLength(result.payload);
  if (result.outcome !== "success" || bytes <= MAX_PAYLOAD_BYTES) return result;
  const payload = JSON.stringify({
    errorType: "Function.ResponseSizeTooLarge",
    errorMessage: `Response payload size exceeded maximum allowed payload size (${MAX_PAYLOAD_BYTES} bytes).`,
  });
  return { ...result, outcome: "error", payload };
}

/** Base64 of the last 4 KB of the invocation's log. */
function logTail(result: InvocationResult, version: string): string {
  const { requestId, durationMillis, lines } = result;
  const log = [
    `START RequestId: ${requestId} Version: ${version}`,
    ...lines,
    `END RequestId: ${requestId}`,
    `REPORT RequestId: ${requestId}\tDuration: ${durationMillis.toFixed(2)} ms\tBilled Duration: ${Math.ceil(durationMillis)} ms`,
    "",
  ].join("\n");
  return Buffer.from(log).subarray(-LOG_TAIL_BYTES).toString("base64");
}
