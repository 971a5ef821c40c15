import { defined } from "../../model/defined";
import { TokenDoor } from "../doors/token-door";
import { jsonReply, LoopbackServer } from "../http";
import type { Callers } from "../journal/callers";
import type { Journal } from "../journal/journal";
import { summarise } from "../journal/summary";
import { CALLER_HEADER, HOST_HEADER } from "../lambda/launch";
import { DROP, type Reply, type Request } from "../messages";
import { type Faults, withFaults } from "../time-and-faults/faults";
import type { Clock, SimulatorRequest, SimulatorResponse, VendorSimulator } from "./simulator";

export interface VendorServerOptions {
  readonly clock: Clock;
  readonly callers: Callers;
  readonly faults: Faults;
  readonly journal: Journal;
}

/** More than any vendor's simulator has a use for. */
const MAX_BODY_BYTES = 8 * 1_024 * 1_024;

/**
 * Serves a vendor's simulator on a port of its own, through faults and journal. Its URL holds the
 * credential: vendors' clients send their own.
 */
export function startVendorServer(simulator: VendorSimulator, options: VendorServerOptions): Promise<LoopbackServer> {
  return LoopbackServer.start(options.clock, new TokenDoor(MAX_BODY_BYTES), (request) =>
    answerOfVendor(simulator, options, request),
  );
}

/** One call, through faults and journal. */
export async function answerOfVendor(
  simulator: VendorSimulator,
  { callers, faults, journal }: VendorServerOptions,
  request: Request,
): Promise<Reply | typeof DROP> {
  const { [CALLER_HEADER]: callerKeyId, [HOST_HEADER]: host, ...headers } = request.headers;
  const caller = callers.find(
    typeof callerKeyId === "string" ? callerKeyId : callers.commandKey.accessKeyId,
    request.headers["user-agent"],
  );
  const requestId = caller.requestId?.();
  const operation = `${request.method} ${request.path}`;
  const hits = faults.take({ service: simulator.id, operation, caller });
  const fault = hits.at(-1)?.type;
  let effect: Reply | undefined;
  const reply = await withFaults(
    hits,
    caller,
    async () => {
      const real = typeof host === "string" ? host : undefined;
      effect = simulatorReply(await simulator.handle(simulatorRequest({ ...request, headers }, real)));
      return effect;
    },
    refusal,
  );
  const query = request.query.toString();
  const summary = summarise(request.body.toString("utf8"));
  journal.record({
    kind: "vendor",
    service: simulator.id,
    operation,
    caller: caller.name,
    ...(reply === DROP ? {} : { status: reply.status }),
    ...defined({ requestId }),
    ...(fault === undefined ? {} : { fault, outcome: effect === undefined ? "no effect" : "effect" }),
    ...(query === "" && summary === undefined ? {} : { request: { ...(query && { query }), body: summary } }),
  });
  return reply;
}

/** @param host real one that the request was for */
export function simulatorRequest({ method, url, headers, body }: Request, host: string | undefined): SimulatorRequest {
  return {
    method,
    ...defined({ host }),
    url,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
    ),
    body: body.toString("utf8"),
  };
}

export function simulatorReply({ status, headers = {}, body, text, events }: SimulatorResponse): Reply {
  if (events !== undefined) return { status, headers, pieces: events };
  return text === undefined ? jsonReply(status, body, headers) : { status, headers, body: text };
}

/** An injected error status in the envelope that OpenAI and those who follow it use. */
function refusal(status: number): Reply {
  const [type, code, message] =
    status === 429
      ? ["requests", "rate_limit_exceeded", "Rate limit reached."]
      : status >= 500
        ? ["server_error", null, "The server had an error while processing your request."]
        : ["invalid_request_error", null, "Injected by the sandbox."];
  return jsonReply(status, { error: { message, type, param: null, code } });
}
