import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import OpenAI from "openai";
import { createOpenAiSimulator, type OpenAiSimulator } from "../../src/vendors/openai/simulator/simulator";

/** Answers in the simulator's place: one call each, in order. */
export type Interception = (request: IncomingMessage, response: ServerResponse) => void;

export class ManualClock {
  #now = Date.UTC(2026, 10, 23, 12);

  now(): number {
    return this.#now;
  }

  advance(seconds: number): void {
    this.#now += seconds * 1_000;
  }
}

/** The simulator behind HTTP on loopback. */
export interface OpenAiServer {
  readonly simulator: OpenAiSimulator;
  readonly clock: ManualClock;
  /** Ends in `/v1`. */
  readonly baseUrl: string;
  /** Method and URL of what arrived, without the base path. */
  readonly calls: string[];
  readonly interceptions: Interception[];
  client(apiKey?: string, adminKey?: string): OpenAI;
  close(): Promise<void>;
}

export async function startOpenAiServer(): Promise<OpenAiServer> {
  const clock = new ManualClock();
  const simulator = createOpenAiSimulator({ clock, seed: "test" });
  const calls: string[] = [];
  const interceptions: Interception[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const { method = "", url = "" } = request;
    calls.push(`${method} ${url.slice(simulator.basePath.length)}`);
    const interception = interceptions.shift();
    if (interception !== undefined) return interception(request, response);
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
    const answer = await simulator.handle({ method, url, headers, body: Buffer.concat(chunks).toString("utf8") });
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const baseUrl = `http://127.0.0.1:${port}${simulator.basePath}`;
  return {
    simulator,
    clock,
    baseUrl,
    calls,
    interceptions,
    client: (apiKey = "sk-none", adminKey = simulator.adminKey) =>
      new OpenAI({ apiKey, adminAPIKey: adminKey, baseURL: baseUrl, maxRetries: 0 }),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

/** An answer of one's own. */
export function answering(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Interception {
  return (_, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
}

/** OpenAI's error envelope. */
export function failing(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Interception {
  return answering(status, { error: { message, type: "invalid_request_error", param: null, code: null } }, headers);
}

/** The effect may have happened; its answer never arrives. */
export const losingTheReply: Interception = (request) => {
  request.socket.destroy();
};
