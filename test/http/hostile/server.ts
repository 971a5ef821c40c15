import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const MIB = 1_048_576;
const ZEROS = Buffer.alloc(16 * MIB, "0");
/** Members one after another are one text: 64 are a GiB. */
const GZIPPED = gzipSync(ZEROS);
const GZIPPED_TWICE = gzipSync(Buffer.concat(Array.from({ length: 64 }, () => GZIPPED)));
const BROTLI = brotliCompressSync(ZEROS, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });

/** Writes as long as the client reads, `times` at the most. */
function pour(response: ServerResponse, chunk: Buffer, times = Number.POSITIVE_INFINITY): void {
  for (let n = 0; n < times; n += 1) {
    if (response.destroyed) return;
    if (!response.write(chunk)) {
      response.once("drain", () => pour(response, chunk, times - n - 1));
      return;
    }
  }
  response.end();
}

type Answering = (response: ServerResponse, socket: Socket) => void;

/** How a vendor answers that never ends. */
export const SLOW: Readonly<Record<string, Answering>> = {
  silent: () => {},
  "stalled-after-headers": (response) => response.flushHeaders(),
  "stalled-in-body": (response) => response.write('{"data":['),
  trickle: (response) => {
    const timer = setInterval(() => response.write(" "), 1_000);
    response.once("close", () => clearInterval(timer));
  },
};

/** How a vendor answers that is huge or lying. */
export const QUICK: Readonly<Record<string, Answering>> = {
  fine: (response) => response.end('{"data":[]}'),
  "fine-and-gzipped": (response) => {
    response.setHeader("content-encoding", "gzip");
    response.end(gzipSync('{"data":[]}'));
  },
  "no-content": (response) => {
    response.statusCode = 204;
    response.end();
  },
  endless: (response) => pour(response, Buffer.alloc(65_536, " ")),
  "endless-failure": (response) => {
    response.statusCode = 500;
    pour(response, Buffer.alloc(65_536, "sk-CANARY0123456789 "));
  },
  "hundred-megabytes": (response) => {
    response.setHeader("content-length", 100 * MIB);
    response.write('["');
    response.write(Buffer.alloc(65_534, "x"));
    pour(response, Buffer.alloc(65_536, "x"), 1_599);
  },
  "gzip-bomb": (response) => {
    response.setHeader("content-encoding", "gzip");
    pour(response, GZIPPED, 64);
  },
  "gzip-bomb-in-gzip": (response) => {
    response.setHeader("content-encoding", "gzip, gzip");
    response.end(GZIPPED_TWICE);
  },
  "brotli-bomb": (response) => {
    response.setHeader("content-encoding", "br");
    response.end(BROTLI);
  },
  "deep-json": (response) => response.end(`${"[".repeat(100_000)}${"]".repeat(100_000)}`),
  "deep-objects": (response) => response.end(`${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`),
  "many-nodes": (response) => response.end(`[${"{},".repeat(2_500_000)}{}]`),
  "many-headers": (_, socket) => {
    const headers = Array.from({ length: 50_000 }, (_, n) => `x-${n}: y\r\n`).join("");
    socket.end(`HTTP/1.1 200 OK\r\n${headers}\r\n{}`);
  },
  "two-lengths": (_, socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{} "),
  "strange-status": (_, socket) => socket.end("HTTP/1.1 999 Odd\r\ncontent-length: 2\r\n\r\n{}"),
  "cut-off": (_, socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 200\r\n\r\n{"),
  "redirect-loop": (response) => {
    response.writeHead(302, { location: "/redirect-loop" });
    response.end();
  },
};

export interface HostileServer {
  readonly url: string;
  /** Connections that are open. */
  readonly open: ReadonlySet<Socket>;
  /** From now on every request is answered as this path is. */
  answerAll(path: string): void;
  close(): Promise<void>;
}

export async function startHostileServer(): Promise<HostileServer> {
  const open = new Set<Socket>();
  let always: string | undefined;
  const server: Server = createServer((request, response) => {
    const path = always ?? (request.url ?? "").slice(1);
    ({ ...SLOW, ...QUICK })[path]?.(response, request.socket);
  });
  // A connection that was only kept for later is none that was not given up.
  server.keepAliveTimeout = 1;
  server.on("connection", (socket) => {
    open.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open,
    answerAll: (path) => {
      always = path;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
