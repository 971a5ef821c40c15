import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Admission, Door, Head } from "./doors/door";
import { strangerIn } from "./doors/strangers";
import { bodyTooLarge } from "./errors";
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

/** In words that every client shows. */
export function refusalReply({ message }: Error, status = 403): Reply {
  return jsonReply(status, { message, error: { message } });
}

/** An HTTP server on a free loopback port, for those whom its door lets in. Every answer carries a `Date` of simulated time. */
export class LoopbackServer {
  readonly port: number;
  /** What callers need: it may hold a credential. */
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, port: number, prefix: string) {
    this.#server = server;
    this.port = port;
    this.url = `http://${LOOPBACK}:${port}${prefix}`;
  }

  static async start(clock: Clock, door: Door, handler: Handler): Promise<LoopbackServer> {
    const server = createServer();
    const take = (message: IncomingMessage, response: ServerResponse) => {
      const { port } = server.address() as AddressInfo;
      answer({ clock, door, port, handler }, message, response).catch(() => response.destroy());
    };
    server.on("request", take);
    // Else Node would ask for the body before anybody has looked at the head.
    server.on("checkContinue", take);
    // Longer than any client keeps an idle connection, so that none is closed just as it is used again.
    server.keepAliveTimeout = 120_000;
    server.requestTimeout = 0;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, LOOPBACK, resolve);
    });
    return new LoopbackServer(server, (server.address() as AddressInfo).port, door.prefix);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

interface Answering {
  readonly clock: Clock;
  readonly door: Door;
  readonly port: number;
  readonly handler: Handler;
}

async function answer(
  { clock, door, port, handler }: Answering,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = "GET", url: target = "/", headers } = message;
  const admission = admit(door, port, { method, url: target, headers });
  if ("refusal" in admission) {
    const { refusal } = admission;
    // What follows of the request is not read.
    send(clock, { ...refusal, headers: { ...refusal.headers, connection: "close" } }, response);
    return;
  }
  if (headers.expect !== undefined) response.writeContinue();
  const body = await bodyOf(message, door.maxBodyBytes);
  if (body === undefined) {
    message.socket.destroy();
    return;
  }
  const { url } = admission;
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  const request = { method, url, path, query: new URLSearchParams(mark < 0 ? "" : url.slice(mark)), headers, body };
  let reply: Reply | typeof DROP;
  try {
    reply = door.verify?.(request) ?? (await handler(request));
  } catch (error) {
    reply = jsonReply(500, {
      message: `The sandbox failed: ${error instanceof Error ? error.message : String(error)}`,
    });
  }
  if (reply === DROP) message.socket.destroy();
  else send(clock, reply, response);
}

function admit(door: Door, port: number, head: Head): Admission {
  const stranger = strangerIn(head, port);
  if (stranger !== undefined) return { refusal: refusalReply(stranger) };
  const admission = door.admit(head);
  if ("refusal" in admission || !(Number(head.headers["content-length"] ?? 0) > door.maxBodyBytes)) return admission;
  return { refusal: refusalReply(bodyTooLarge(door.maxBodyBytes), 413) };
}

/** @returns undefined where it is longer than it may be and had not said so. */
async function bodyOf(message: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function send(clock: Clock, { status, headers, body }: Reply, response: ServerResponse): void {
  response.writeHead(status, { ...headers, date: new Date(clock.now()).toUTCString() });
  response.end(body);
}
