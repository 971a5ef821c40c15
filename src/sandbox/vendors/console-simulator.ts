import { randomBytes } from "node:crypto";
import * as v from "valibot";
import { MILLIS_PER_SECOND } from "../../model/units";
import { type ChatDialect, chatAnswer, chatSchema } from "./chat-completions";
import { SeededRandom } from "./random";
import { bearerIn, Refusal, readJson } from "./router";
import type { Clock, SimulatorRequest, SimulatorResponse, VendorSimulator } from "./simulator";
import { tokensOf } from "./usage";

const TEXT = "Hello.";
const VALUE_LENGTH = 48;
const CONSOLE = "/console/api_keys";
const revokeSchema = v.object({ credentials: v.array(v.string()) });

/** A call with a key that is known. */
export interface ConsoleCall {
  readonly keyId: string;
  readonly body: string;
  /** Unix seconds. */
  readonly seconds: number;
}

export interface ConsoleSimulatorOptions {
  readonly clock: Clock;
  readonly seed?: string;
  readonly id: string;
  readonly hosts: readonly string[];
  readonly basePath: string;
  readonly valuePrefix: string;
  /** Calls that each key may make. */
  readonly calls: Readonly<Record<string, (call: ConsoleCall) => SimulatorResponse>>;
  /** Call that ends the keys that it is shown. */
  readonly revokes?: string;
  readonly errorBody: (message: string) => unknown;
  /** What it says to a key that it does not know. @default "Invalid API Key" */
  readonly unknownKey?: string;
}

/**
 * A vendor whose keys are made and deleted in its console alone. The console's place take
 * `POST /console/api_keys` -> `{ id, value }` and `DELETE /console/api_keys/{id}` at the
 * simulator's own URL, which are not the vendor's.
 */
export class ConsoleSimulator implements VendorSimulator {
  readonly id: string;
  readonly hosts: readonly string[];
  readonly basePath: string;
  /** There is none: nothing takes it. */
  readonly adminKey: string;
  readonly environment = {};
  readonly keys = new Map<string, string>();
  readonly #random: SeededRandom;
  readonly #issued: string[] = [];

  constructor(private readonly options: ConsoleSimulatorOptions) {
    this.id = options.id;
    this.hosts = options.hosts;
    this.basePath = options.basePath;
    this.#random = new SeededRandom(`${options.id} ${options.seed ?? randomBytes(16).toString("hex")}`);
    this.adminKey = `no-admin-key-${this.#random.alphanumeric(VALUE_LENGTH)}`;
    this.#issued.push(this.adminKey);
  }

  /** As a person does in the console. */
  make(): { readonly id: string; readonly value: string } {
    const id = `console_${this.#random.alphanumeric(16)}`;
    const value = this.options.valuePrefix + this.#random.alphanumeric(VALUE_LENGTH);
    this.keys.set(id, value);
    this.#issued.push(value);
    return { id, value };
  }

  async handle(request: SimulatorRequest): Promise<SimulatorResponse> {
    try {
      return this.#answer(request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: error.status, body: this.options.errorBody(error.message) };
    }
  }

  configure(settings: unknown): void {
    const parsed = v.safeParse(v.strictObject({}), settings);
    if (!parsed.success) throw new Error(`${this.id} simulator: it has no settings`);
  }

  secrets(): readonly string[] {
    return this.#issued;
  }

  #answer(request: SimulatorRequest): SimulatorResponse {
    const { pathname } = new URL(request.url, `https://${this.hosts[0]}`);
    const endpoint = `${request.method} ${pathname}`;
    if (request.host === undefined && pathname.startsWith(CONSOLE)) return this.#console(request.method, pathname);
    if (endpoint === this.options.revokes) {
      const { credentials } = readJson(revokeSchema, request.body);
      for (const [id, value] of this.keys) if (credentials.includes(value)) this.keys.delete(id);
      return { status: 202, body: {} };
    }
    const bearer = bearerIn(request);
    const [keyId] = [...this.keys].find(([, value]) => value === bearer) ?? [];
    if (keyId === undefined) throw new Refusal(401, this.options.unknownKey ?? "Invalid API Key");
    const answer = Object.hasOwn(this.options.calls, endpoint) ? this.options.calls[endpoint] : undefined;
    if (answer === undefined) throw new Refusal(404, "not found");
    return answer({ keyId, body: request.body, seconds: Math.floor(this.options.clock.now() / MILLIS_PER_SECOND) });
  }

  #console(method: string, path: string): SimulatorResponse {
    if (method === "POST" && path === CONSOLE) return { status: 201, body: this.make() };
    const id = path.slice(CONSOLE.length + 1);
    if (method !== "DELETE" || !this.keys.delete(id)) throw new Refusal(404, "no such key in the console");
    return { status: 200, body: { id } };
  }
}

/** `POST /chat/completions` in a vendor's dialect. */
export function chatCall(dialect: ChatDialect): (call: ConsoleCall) => SimulatorResponse {
  return ({ body, seconds }) => {
    const request = readJson(chatSchema, body);
    const tokens = { promptTokens: tokensOf(JSON.stringify(request.messages)), completionTokens: tokensOf(TEXT) };
    return chatAnswer(
      request,
      { id: "chatcmpl-1", created: seconds, model: request.model, text: TEXT, ...tokens },
      dialect,
    );
  };
}
