import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import * as v from "valibot";
import { parsedConfiguration } from "../../../sandbox/vendors/configuration";
import { routed } from "../../../sandbox/vendors/router";
import type { Clock, SimulatorRequest, SimulatorResponse, VendorSimulator } from "../../../sandbox/vendors/simulator";
import { elevenLabsDescriptor } from "../descriptor";
import { ADMIN_ROUTES } from "./admin-routes";
import { DATA_ROUTES } from "./data-routes";
import { missingPermission, notFound, Refused, refusal } from "./errors";
import { ElevenLabsState, isInside, type StoredKey } from "./state";

const settingsSchema = v.strictObject({
  /** False: the admin key is refused. */
  adminKeyValid: v.optional(v.boolean()),
  /**
   * Admin calls of all kinds in a minute of simulated time; more are answered 429 with
   * `Retry-After`. `null`: as many as come.
   */
  callsPerMinute: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1)))),
  /** Address that calls come from. `null`: inside of every network. */
  sourceIp: v.optional(
    v.nullable(
      v.pipe(
        v.string(),
        v.check((text) => isIP(text) !== 0, "no IP address"),
      ),
    ),
  ),
  /** What an unknown key's id is answered, which ElevenLabs does not document. */
  unknownKeyStatus: v.optional(v.picklist([400, 404])),
});
type Settings = v.InferOutput<typeof settingsSchema>;

export interface ElevenLabsSimulator extends VendorSimulator {
  readonly state: ElevenLabsState;
}

/**
 * One workspace at ElevenLabs, after the types of its npm client, with as much of the data API as
 * it takes to see permissions, monthly limits, networks and revocation at work. In memory; nothing
 * leaves the process.
 */
export function createElevenLabsSimulator({ clock, seed }: { clock: Clock; seed?: string }): ElevenLabsSimulator {
  return new Simulator(new ElevenLabsState(clock, seed ?? randomBytes(16).toString("hex")));
}

class Simulator implements ElevenLabsSimulator {
  readonly id = elevenLabsDescriptor.id;
  readonly hosts = elevenLabsDescriptor.baseUrls.map((url) => new URL(url).hostname);
  readonly basePath = "";
  readonly adminKey: string;
  readonly environment: Readonly<Record<string, string>>;
  #settings: Settings = {};
  #calls: number[] = [];

  constructor(readonly state: ElevenLabsState) {
    this.adminKey = state.adminKey.value;
    this.environment = { ELEVENLABS_SERVICE_ACCOUNT_USER_ID: state.serviceAccountUserId };
  }

  async handle(request: SimulatorRequest): Promise<SimulatorResponse> {
    try {
      return this.#answer(request);
    } catch (error) {
      if (error instanceof Refused) return error.response;
      throw error;
    }
  }

  configure(settings: unknown): void {
    const parsed = parsedConfiguration("ElevenLabs", settingsSchema, settings);
    this.#settings = { ...this.#settings, ...parsed };
    this.#calls = [];
  }

  secrets(): readonly string[] {
    return this.state.issued;
  }

  #answer(request: SimulatorRequest): SimulatorResponse {
    const { pathname, searchParams: query } = new URL(request.url, "https://api.elevenlabs.io");
    const key = this.#caller(request);
    const { body } = request;
    const admin = routed(ADMIN_ROUTES, request.method, pathname);
    if (admin !== undefined) {
      this.#permit(key, "service_account_write");
      this.#throttle();
      const { unknownKeyStatus = 404 } = this.#settings;
      return admin.route.handle({ state: this.state, unknownKeyStatus }, { ids: admin.ids, query, body });
    }
    const data = routed(DATA_ROUTES, request.method, pathname);
    const permission = DATA_ROUTES.find((route) => route === data?.route)?.permission;
    if (data === undefined || permission === undefined) throw notFound("What the URL names");
    this.#permit(key, permission);
    return data.route.handle({ state: this.state, key }, { ids: data.ids, query, body });
  }

  #caller({ headers }: SimulatorRequest): StoredKey {
    // Header names come in any case.
    const [, value = ""] = Object.entries(headers).find(([name]) => name.toLowerCase() === "xi-api-key") ?? [];
    const key = this.state.keyOf(value);
    const valid = key !== this.state.adminKey || this.#settings.adminKeyValid !== false;
    if (key === undefined || !valid) throw refusal(401, "invalid_api_key", "Invalid API key");
    const { sourceIp } = this.#settings;
    if (sourceIp != null && key.allowedIps !== null && !isInside(sourceIp, key.allowedIps)) {
      throw refusal(403, "ip_not_allowed", "The API key may not be used from this IP address.");
    }
    return key;
  }

  #permit({ permissions }: StoredKey, permission: string): void {
    if (permissions !== null && !permissions.includes(permission)) throw missingPermission(permission);
  }

  #throttle(): void {
    const { callsPerMinute } = this.#settings;
    if (callsPerMinute == null) return;
    const now = this.state.clock.now();
    this.#calls = this.#calls.filter((at) => at > now - 60_000);
    if (this.#calls.length >= callsPerMinute) {
      throw refusal(429, "rate_limit_exceeded", "Too many requests.", { "retry-after": "30" });
    }
    this.#calls.push(now);
  }
}
