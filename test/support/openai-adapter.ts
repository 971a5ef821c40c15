import type { RateLimiter } from "../../src/rate-limit/rate-limiter";
import { openAi } from "../../src/vendors/openai/adapter";
import type { FullVendorAdapter, VendorConnection } from "../../src/vendors/vendor";
import { type OpenAiServer, startOpenAiServer } from "./openai-server";

/** Lets everything pass and remembers it. */
export class RecordingPacer implements RateLimiter {
  readonly turns: string[] = [];
  readonly throttles: Array<{ endpoint: string; retryAfterSeconds: number | undefined }> = [];

  async permit(endpoint: string): Promise<void> {
    this.turns.push(endpoint);
  }

  async throttled(endpoint: string, retryAfterSeconds: number | undefined): Promise<void> {
    this.throttles.push({ endpoint, retryAfterSeconds });
  }
}

export interface AdapterFixture {
  readonly server: OpenAiServer;
  readonly rateLimiter: RecordingPacer;
  readonly adapter: FullVendorAdapter;
  /** Another adapter on the same server. */
  connect(overrides: Partial<VendorConnection>): FullVendorAdapter;
}

/**
 * The adapter as in production; only the host of its requests is rerouted, as the sandbox does it.
 */
export async function startOpenAiAdapter(): Promise<AdapterFixture> {
  const server = await startOpenAiServer();
  const rateLimiter = new RecordingPacer();
  const connect = (overrides: Partial<VendorConnection>) =>
    openAi.connect({
      adminKey: async () => server.simulator.adminKey,
      settings: { projectId: server.simulator.projectId },
      rateLimiter,
      fetch: rerouted(server),
      now: () => server.clock.now(),
      sleep: async () => {},
      ...overrides,
    });
  return { server, rateLimiter, connect, adapter: connect({}) };
}

function rerouted(server: OpenAiServer): typeof fetch {
  return (input, init) => {
    const url = String(input);
    if (!url.startsWith("https://api.openai.com/v1/")) throw new Error(`unexpected host in ${url}`);
    return fetch(url.replace("https://api.openai.com/v1", server.baseUrl), init);
  };
}
