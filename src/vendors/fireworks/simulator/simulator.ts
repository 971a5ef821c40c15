import { randomBytes } from "node:crypto";
import * as v from "valibot";
import { CallsPerMinute } from "../../../sandbox/vendors/calls-per-minute";
import { chatAnswer, chatSchema } from "../../../sandbox/vendors/chat-completions";
import { parsedConfiguration } from "../../../sandbox/vendors/configuration";
import { bearerIn, Refusal, readJson, routed } from "../../../sandbox/vendors/router";
import type { Clock, SimulatorRequest, SimulatorResponse, VendorSimulator } from "../../../sandbox/vendors/simulator";
import { fireworksDescriptor } from "../descriptor";
import { checkAccount, KEY_ROUTES, ok } from "./gateway-routes";
import { FireworksState, type StoredKey } from "./state";

const GATEWAY_PATH = "/v1";
const INFERENCE_PATH = "/inference/v1";
const MODEL = "accounts/fireworks/models/gpt-oss-120b";
/** Of gRPC, by HTTP status. */
const CODES: Readonly<Record<number, number>> = { 400: 3, 401: 16, 403: 7, 404: 5, 429: 8 };

const settingsSchema = v.strictObject({
  /** False: the admin's key is refused. */
  adminKeyValid: v.optional(v.boolean()),
  /** Role of the user whose key the admin key is. */
  adminRole: v.optional(v.picklist(["admin", "user"])),
  /**
   * Calls that manage keys in a minute of simulated time; more are answered 429 with `Retry-After`.
   * `null`: as many as come.
   */
  callsPerMinute: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1)))),
  /** False: inference has no deployment to list, and answers 500. */
  deployments: v.optional(v.boolean()),
  /** True: the list of keys comes in pages, as Fireworks' other listings do. */
  pages: v.optional(v.boolean()),
});
type Settings = v.InferOutput<typeof settingsSchema>;

export interface FireworksSimulator extends VendorSimulator {
  readonly state: FireworksState;
}

/**
 * One account at Fireworks, after its API reference, with as much of inference as it takes to see
 * expiry and revocation at work: `GET /models`, `POST /chat/completions`. In memory; nothing leaves
 * the process.
 */
export function createFireworksSimulator({ clock, seed }: { clock: Clock; seed?: string }): FireworksSimulator {
  return new Simulator(new FireworksState(clock, seed ?? randomBytes(16).toString("hex")));
}

class Simulator implements FireworksSimulator {
  readonly id = fireworksDescriptor.id;
  readonly hosts = ["api.fireworks.ai"];
  readonly basePath = INFERENCE_PATH;
  readonly adminKey: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly #calls = new CallsPerMinute();
  #settings: Settings = {};

  constructor(readonly state: FireworksState) {
    this.adminKey = state.adminKey;
    this.environment = { FIREWORKS_ACCOUNT_ID: state.accountId, FIREWORKS_USER_ID: state.serviceAccount.id };
  }

  async handle(request: SimulatorRequest): Promise<SimulatorResponse> {
    const { pathname, searchParams } = new URL(request.url, "https://api.fireworks.ai");
    const under = (base: string) => (pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : undefined);
    const inference = under(INFERENCE_PATH);
    try {
      if (inference !== undefined) return this.#infer(request, inference);
      return this.#manage(request, under(GATEWAY_PATH) ?? "", searchParams);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, message, headers } = error;
      const body =
        inference === undefined
          ? { code: CODES[status] ?? 2, message, details: [] }
          : { error: { object: "error", type: "invalid_request_error", code: status, message } };
      return { status, headers, body };
    }
  }

  configure(settings: unknown): void {
    const parsed = parsedConfiguration("Fireworks", settingsSchema, settings);
    this.#settings = { ...this.#settings, ...parsed };
    this.state.admin.role = this.#settings.adminRole ?? "admin";
    this.#calls.reset();
  }

  secrets(): readonly string[] {
    return this.state.issued;
  }

  #manage(request: SimulatorRequest, path: string, query: URLSearchParams): SimulatorResponse {
    const caller = this.#caller(request);
    const match = routed(KEY_ROUTES, request.method, path);
    if (match !== undefined) {
      const { callsPerMinute, pages = false } = this.#settings;
      this.#calls.take(this.state.clock.now(), callsPerMinute, "rate limit exceeded");
      return match.route.handle({ state: this.state, caller, pages }, { ids: match.ids, query, body: request.body });
    }
    const account = /^\/accounts\/([^/]+)\/models$/.exec(path)?.[1];
    if (request.method !== "GET" || account === undefined) throw new Refusal(404, "Not Found");
    checkAccount(this.state, account);
    return ok({ models: [], nextPageToken: "", totalSize: 0 });
  }

  #infer(request: SimulatorRequest, path: string): SimulatorResponse {
    const caller = this.#caller(request);
    caller.lastUsedAt = this.state.seconds;
    const created = this.state.seconds;
    if (request.method === "GET" && path === "/models") {
      if (this.#settings.deployments === false) throw new Refusal(500, "Error listing deployed models");
      return ok({ object: "list", data: [{ id: MODEL, object: "model", owned_by: "fireworks", created }] });
    }
    if (request.method !== "POST" || path !== "/chat/completions") throw new Refusal(404, "Path not found");
    const given = readJson(chatSchema, request.body);
    const made = {
      id: "chatcmpl-1",
      created,
      model: given.model,
      text: "Hello.",
      promptTokens: 1,
      completionTokens: 2,
    };
    return chatAnswer(given, made, { usage: "last choice" });
  }

  /** Keys are all of one kind: what each may do is its user's role. */
  #caller(request: SimulatorRequest): StoredKey {
    const bearer = bearerIn(request);
    const key = bearer === undefined ? undefined : this.state.keyOf(bearer);
    if (key === undefined || (bearer === this.adminKey && this.#settings.adminKeyValid === false)) {
      throw new Refusal(401, "The API key you provided is invalid.");
    }
    return key;
  }
}
