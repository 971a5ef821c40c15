import { randomBytes } from "node:crypto";
import { parsedConfiguration } from "../../../sandbox/vendors/configuration";
import { Refusal } from "../../../sandbox/vendors/router";
import type { Clock, SimulatorRequest, SimulatorResponse, VendorSimulator } from "../../../sandbox/vendors/simulator";
import { azureOpenAiDescriptor } from "../descriptor";
import { AzureRefusal, data, manage, token } from "./routes";
import { type Settings, settingsSchema } from "./settings";
import { AzureState } from "./state";

const LOGIN_HOST = "login.microsoftonline.com";
const MANAGEMENT_HOST = "management.azure.com";

export interface AzureOpenAiSimulator extends VendorSimulator {
  readonly state: AzureState;
  /** As the adapter reads them. */
  readonly settings: {
    readonly tenantId: string;
    readonly subscriptionId: string;
    readonly resourceGroup: string;
    readonly accountName: string;
  };
}

/**
 * One account of Azure OpenAI after Azure's published API: Entra ID gives tokens, Resource Manager
 * lists and regenerates the two keys, the account's endpoint takes either (`/openai/models`,
 * `/openai/deployments/{deployment}/chat/completions`, `/openai/v1/models`). In memory; nothing
 * leaves the process.
 */
export function createAzureOpenAiSimulator({ clock, seed }: { clock: Clock; seed?: string }): AzureOpenAiSimulator {
  return new Simulator(new AzureState(clock, seed ?? randomBytes(16).toString("hex")));
}

class Simulator implements AzureOpenAiSimulator {
  readonly id = azureOpenAiDescriptor.id;
  readonly hosts: readonly string[];
  readonly basePath = "";
  readonly adminKey: string;
  readonly settings: AzureOpenAiSimulator["settings"];
  readonly environment: Readonly<Record<string, string>>;
  #settings: Settings = {};
  #calls: number[] = [];

  constructor(readonly state: AzureState) {
    const { tenantId, subscriptionId, resourceGroup, accountName } = state;
    this.adminKey = JSON.stringify(state.application);
    this.hosts = [LOGIN_HOST, MANAGEMENT_HOST, `${accountName}.openai.azure.com`];
    this.settings = { tenantId, subscriptionId, resourceGroup, accountName };
    this.environment = {
      AZURE_OPENAI_TENANT_ID: tenantId,
      AZURE_OPENAI_SUBSCRIPTION_ID: subscriptionId,
      AZURE_OPENAI_RESOURCE_GROUP: resourceGroup,
      AZURE_OPENAI_ACCOUNT_NAME: accountName,
    };
  }

  async handle(request: SimulatorRequest): Promise<SimulatorResponse> {
    try {
      return this.#answer(request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, message, headers } = error;
      const code = error instanceof AzureRefusal ? error.code : "BadRequest";
      return { status, headers, body: { error: { code, message } } };
    }
  }

  configure(settings: unknown): void {
    const parsed = parsedConfiguration("Azure OpenAI", settingsSchema, settings);
    this.#settings = { ...this.#settings, ...parsed };
    this.#calls = [];
  }

  secrets(): readonly string[] {
    return [this.adminKey, ...this.state.issued];
  }

  #answer(request: SimulatorRequest): SimulatorResponse {
    const url = new URL(request.url, `https://${MANAGEMENT_HOST}`);
    const call = { state: this.state, settings: this.#settings, request, url };
    const host = request.host ?? hostOf(url.pathname);
    if (host === LOGIN_HOST) return token(call);
    if (host !== MANAGEMENT_HOST) return data(call);
    this.#throttle();
    return manage(call);
  }

  #throttle(): void {
    const { callsPerMinute } = this.#settings;
    if (callsPerMinute == null) return;
    const now = this.state.clock.now();
    this.#calls = this.#calls.filter((at) => at > now - 60_000);
    if (this.#calls.length >= callsPerMinute) {
      const message = "The request is being throttled as the limit has been reached.";
      throw new AzureRefusal(429, "TooManyRequests", message, { "retry-after": "17" });
    }
    this.#calls.push(now);
  }
}

/** Of calls to the simulator's own URL the path tells which host they are for. */
function hostOf(path: string): string | undefined {
  if (path.startsWith("/subscriptions/")) return MANAGEMENT_HOST;
  return path.endsWith("/oauth2/v2.0/token") ? LOGIN_HOST : undefined;
}
