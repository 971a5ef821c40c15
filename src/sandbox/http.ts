import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "./simulator";

export const LOOPBACK = "127.0.0.1";

export interface Request {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  /** Path, still encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: Buffer | string;
}

/** The connection is broken off without an answer. */
export const DROP = Symbol("drop");
export type Handler = (request: Request) => Promise<Reply | typeof DROP>;

export function jsonReply(status: number, body: unknown, headers: Reply["headers"] = {}): Reply {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

/** An HTTP server on a free loopback port. Every answer carries a `Date` of simulated time. */
export class LoopbackServer {
  readonly port: number;
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
    this.url = `http://${LOOPBACK}:${port}`;
  }

  static async start(clock: Clock, handler: Handler): Promise<LoopbackServer> {
    const server = createServer((message, response) => {
      answer(clock, handler, message, response).catch(() => response.destroy());
    });
    // Longer than any client keeps an idle connection, so that none is closed just as it is used again.
    server.keepAliveTimeout = 120_000;
    server.requestTimeout = 0;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, LOOPBACK, resolve);
    });
    return new LoopbackServer(server, (server.address() as AddressInfo).port);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

async function answer(
  clock: Clock,
  handler: Handler,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const url = message.url ?? "/";
  const mark = url.indexOf("?");
  let reply: Reply | typeof DROP;
  try {
    reply = await handler({
      method: message.method ?? "GET",
      url,
      path: mark < 0 ? url : url.slice(0, mark),
      query: new URLSearchParams(mark < 0 ? "" : url.slice(mark)),
      headers: message.headers,
      body: Buffer.concat(chunks),
    });
  } catch (error) {
    reply = jsonReply(500, {
      message: `The sandbox failed: ${error instanceof Error ? error.message : String(error)}`,
    });
  }
  if (reply === DROP) {
    message.socket.destroy();
    return;
  }
  response.writeHead(reply.status, { ...reply.headers, date: new Date(clock.now()).toUTCString() });
  response.end(reply.body);
}
