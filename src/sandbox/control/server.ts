import * as v from "valibot";
import { TokenDoor } from "../doors/token-door";
import { jsonReply, LoopbackServer } from "../http";
import type { Journal } from "../journal/journal";
import type { LogStore } from "../lambda/log-store";
import type { Reply, Request } from "../messages";
import type { KeptProviders } from "../terraform/kept-providers/kept-providers";
import { lendingRequestSchema, lendProvider } from "../terraform/kept-providers/lending";
import { parseDurationMillis } from "../time-and-faults/duration";
import { type Faults, faultsSchema } from "../time-and-faults/faults";
import type { Clock, VendorSimulator } from "../vendors/simulator";

export interface ControlOptions {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly faults: Faults;
  readonly logs: LogStore;
  readonly simulators: readonly VendorSimulator[];
  /** Ends when what is due in the span has ended. */
  readonly advance: (millis: number) => Promise<void>;
  readonly health: () => object;
  readonly providers: KeptProviders;
}

const MAX_BODY_BYTES = 1_024 * 1_024;
const advanceSchema = v.strictObject({ advance: v.string() });
const sinceSchema = v.pipe(v.string(), v.regex(/^\d+$/, "must be a whole number"), v.transform(Number));
/** For the guard of Terraform. */
export const PROVIDERS_PATH = "/terraform/providers";
const SETTINGS_PATH = /^\/vendors\/([^/]+)\/settings$/;
const ROUTES = [
  "GET /health",
  "GET /clock",
  "POST /clock",
  "GET /faults",
  "POST /faults",
  "DELETE /faults",
  "GET /journal",
  "DELETE /journal",
  "GET /logs",
  "POST /vendors/<id>/settings",
];

/** A request that the sandbox does not understand; the message is a sentence for its author. */
class BadRequest extends Error {}

/** `SANDBOX_URL`, which holds the credential: time, faults, journal, logs and vendor settings. */
export function startControlServer(options: ControlOptions): Promise<LoopbackServer> {
  return LoopbackServer.start(options.clock, new TokenDoor(MAX_BODY_BYTES), async (request) => {
    try {
      return await route(options, request);
    } catch (error) {
      if (error instanceof BadRequest) return jsonReply(400, { message: error.message });
      throw error;
    }
  });
}

async function route(options: ControlOptions, request: Request): Promise<Reply> {
  const { clock, journal, faults, logs, simulators } = options;
  const { body, query } = request;
  const now = () => ({ now: new Date(clock.now()).toISOString() });
  switch (`${request.method} ${request.path}`) {
    case "GET /health":
      return jsonReply(200, { status: "ok", ...now(), ...options.health() });
    case "GET /clock":
      return jsonReply(200, now());
    case "POST /clock":
      await options.advance(span(parse(advanceSchema, body, '{"advance":"P10D"}').advance));
      return jsonReply(200, now());
    case "GET /faults":
      return jsonReply(200, faults.list());
    case "POST /faults": {
      const given = parse(
        faultsSchema,
        body,
        'one fault or a list: {"match":{"service":"openai"},"fault":{"type":"drop"}}',
      );
      faults.add(Array.isArray(given) ? given : [given]);
      return jsonReply(200, faults.list());
    }
    case "DELETE /faults":
      faults.clear();
      return { status: 204 };
    case "GET /journal": {
      const since = query.get("since");
      const kind = query.get("kind");
      return jsonReply(
        200,
        journal.read({
          ...(since === null ? {} : { since: check(sinceSchema, since, "since") }),
          ...(kind === null ? {} : { kind }),
        }),
      );
    }
    case "DELETE /journal":
      journal.clear();
      return { status: 204 };
    case `POST ${PROVIDERS_PATH}`: {
      const lent = await lendProvider(options.providers, parse(lendingRequestSchema, body, "a request of the guard"));
      return lent === undefined ? { status: 204 } : jsonReply(200, lent);
    }
    case "GET /logs":
      return jsonReply(200, logs.read(query.get("function") ?? undefined));
  }
  const vendor = SETTINGS_PATH.exec(request.path)?.[1];
  if (vendor !== undefined && request.method === "POST") return configure(simulators, vendor, body);
  return jsonReply(404, {
    message: `The sandbox has no ${request.method} ${request.path}. It has: ${ROUTES.join(", ")}.`,
  });
}

function configure(simulators: readonly VendorSimulator[], id: string, body: Buffer): Reply {
  const simulator = simulators.find((candidate) => candidate.id === id);
  if (simulator === undefined) {
    const known = simulators.map((candidate) => candidate.id).join(", ");
    return jsonReply(404, { message: `The sandbox has no vendor "${id}". It has: ${known}.` });
  }
  const settings = parse(v.unknown(), body, "settings of the vendor");
  try {
    simulator.configure(settings);
  } catch (error) {
    throw new BadRequest(error instanceof Error ? error.message : String(error));
  }
  return { status: 204 };
}

function span(text: string): number {
  try {
    return parseDurationMillis(text);
  } catch (error) {
    throw new BadRequest(error instanceof Error ? error.message : String(error));
  }
}

function parse<TSchema extends v.GenericSchema>(schema: TSchema, body: Buffer, wanted: string): v.InferOutput<TSchema> {
  let json: unknown;
  try {
    json = JSON.parse(body.toString("utf8"));
  } catch {
    throw new BadRequest(`The body must be JSON, such as ${wanted}.`);
  }
  return check(schema, json, `The body is not understood (expected ${wanted})`);
}

function check<TSchema extends v.GenericSchema>(
  schema: TSchema,
  value: unknown,
  subject: string,
): v.InferOutput<TSchema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const details = v.flatten(result.issues);
  const [path, messages] = Object.entries(details.nested ?? {})[0] ?? [undefined, details.root];
  throw new BadRequest(`${subject}: ${path === undefined ? "" : `${path}: `}${messages?.[0] ?? "invalid"}.`);
}
