import { connect } from "node:net";

export interface Answer {
  /** 0 where the connection ended without one. */
  readonly status: number;
  /** The body was asked for with 100 Continue. */
  readonly continued: boolean;
  readonly body: string;
}

export interface RawCall {
  readonly port: number;
  readonly method: string;
  /** As it stands in the request. */
  readonly path: string;
  /** All that are sent, but for the length of a body. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The announced body is never sent. */
  readonly withoutBody?: boolean;
}

/** A request as somebody writes it who need not be an HTTP client. */
export function rawCall({ port, method, path, headers, body = "", withoutBody }: RawCall): Promise<Answer> {
  const length = withoutBody ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const lines = Object.entries({ connection: "close", ...length, ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(port, "127.0.0.1");
    socket.setEncoding("utf8").on("data", (data) => {
      text += data;
    });
    // What arrived before a reset counts.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      const continued = text.startsWith("HTTP/1.1 100");
      const final = continued ? text.slice(text.indexOf("\r\n\r\n") + 4) : text;
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(final)?.[1] ?? 0);
      resolve({ status, continued, body: final.slice(final.indexOf("\r\n\r\n") + 4) });
    });
    socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${withoutBody ? "" : body}`);
  });
}
