import {
  createServer,
  type Server as Http1Server,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from "node:http2";
import { type AddressInfo, createServer as createSocketServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Admission, Door, Head } from "./doors/door";
import { strangerIn } from "./doors/strangers";
import { bodyTooLarge } from "./errors";
import { DROP, type Handler, type Reply } from "./messages";
import type { Clock } from "./vendors/simulator";

export const LOOPBACK = "127.0.0.1";

export function jsonReply(status: number, body: unknown, headers: Reply["headers"] = {}): Reply {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

/** In words that every client shows. */
export function refusalReply({ message }: Error, status = 403): Reply {
  return jsonReply(status, { message, error: { message } });
}

/** What a client that speaks HTTP/2 without asking first sends before anything else. */
const HTTP2_PREFACE = Buffer.from("PRI * HTTP/2.0");

/**
 * An HTTP server on a free loopback port, for those whom its door lets in. It speaks HTTP/1.1 and,
 * as AWS's client for Bedrock does, HTTP/2 in clear. Every answer carries a `Date` of simulated
 * time.
 */
export class LoopbackServer {
  readonly port: number;
  /** What callers need: it may hold a credential. */
  readonly url: string;
  readonly #server: Server;
  readonly #http1: Http1Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, http1: Http1Server, port: number, prefix: string) {
    this.#server = server;
    this.#http1 = http1;
    this.port = port;
    this.url = `http://${LOOPBACK}:${port}${prefix}`;
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(clock: Clock, door: Door, handler: Handler): Promise<LoopbackServer> {
    const http1 = createServer();
    const http2 = createHttp2Server();
    const take = (message: IncomingMessage, response: ServerResponse) => {
      const { port } = server.address() as AddressInfo;
      answer({ clock, door, port, handler }, message, response).catch(() => response.destroy());
    };
    http1.on("request", take);
    // Node's HTTP/2 has requests and responses of the same shape.
    http2.on("request", (request, response) =>
      take(request as unknown as IncomingMessage, response as unknown as ServerResponse),
    );
    // Else Node would ask for the body before anybody has looked at the head.
    http1.on("checkContinue", take);
    http2.on("session", (session: ServerHttp2Session) => session.on("error", () => session.destroy()));
    // Longer than any client keeps an idle connection, so that none is closed just as it is used
    // again.
    http1.keepAliveTimeout = 120_000;
    http1.requestTimeout = 0;
    const server = createSocketServer((socket) => handOver(socket, http1, http2));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, LOOPBACK, resolve);
    });
    return new LoopbackServer(server, http1, (server.address() as AddressInfo).port, door.prefix);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    // It looks after connections in intervals, also where it listens nowhere.
    this.#http1.close();
    await closed;
  }
}

/** Gives a connection to the server that speaks what it begins with. */
function handOver(socket: Socket, http1: Http1Server, http2: Http2Server): void {
  let begun = Buffer.alloc(0);
  const fail = () => socket.destroy();
  const look = (bytes: Buffer) => {
    begun = Buffer.concat([begun, bytes]);
    const length = Math.min(begun.length, HTTP2_PREFACE.length);
    const isHttp2 = begun.subarray(0, length).equals(HTTP2_PREFACE.subarray(0, length));
    if (isHttp2 && length < HTTP2_PREFACE.length) return;
    socket.off("data", look).off("error", fail);
    socket.pause();
    socket.unshift(begun);
    (isHttp2 ? http2 : http1).emit("connection", socket);
    if (!isHttp2) socket.resume();
  };
  socket.on("error", fail).on("data", look);
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
  const { method = "GET", url: target = "/" } = message;
  const headers = headersOf(message);
  const admission = admit(door, port, { method, url: target, headers });
  if ("refusal" in admission) {
    const { refusal } = admission;
    // What follows of the request is not read.
    await send(clock, { ...refusal, headers: { ...refusal.headers, connection: "close" } }, response);
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
  else await send(clock, reply, response);
}

/**
 * HTTP/2 says in `:authority` what HTTP/1.1 says in `Host`. Of several hosts, of which Node gives
 * the first one, all are judged.
 */
function headersOf({ headers, rawHeaders }: IncomingMessage): IncomingHttpHeaders {
  const hosts = rawHeaders.filter((_, at) => at % 2 === 1 && /^(?:host|:authority)$/i.test(rawHeaders[at - 1] ?? ""));
  return hosts.length === 0 ? headers : { ...headers, host: [...new Set(hosts)].join(", ") };
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

async function send(clock: Clock, { status, headers, body, pieces }: Reply, response: ServerResponse): Promise<void> {
  const { connection, ...rest } = headers ?? {};
  const ofOneHop = connection === undefined || response.req.httpVersionMajor === 2 ? {} : { connection };
  response.writeHead(status, { ...rest, ...ofOneHop, date: new Date(clock.now()).toUTCString() });
  if (pieces === undefined) {
    response.end(body);
    return;
  }
  response.flushHeaders?.();
  for await (const piece of pieces) {
    if (response.destroyed) return;
    if (piece === DROP) {
      await breakOff(response);
      return;
    }
    if (typeof piece === "object" && "waitMillis" in piece) await sleep(piece.waitMillis);
    else await new Promise<void>((resolve) => response.write(piece, () => resolve()));
  }
  response.end();
}

/** What was written arrives; the end does not. */
async function breakOff(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  response.req.socket.destroy();
}
