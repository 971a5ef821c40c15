import { Writable } from "node:stream";

/** How the managed runtime marks a handler that writes its answer to a stream. */
const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
/** What stands between the head of an HTTP answer and its body. */
const HEAD_END = Buffer.alloc(8);
const HTTP_TYPE = "application/vnd.awslambda.http-integration-response";

/** A function's answer, piece by piece. */
export class ResponseStream extends Writable {
  contentType: string | undefined;

  constructor(send: (piece: Buffer) => Promise<void>) {
    super({
      write: (piece: Buffer | string, encoding, done) => {
        const bytes = typeof piece === "string" ? Buffer.from(piece, encoding) : piece;
        send(bytes).then(() => done(), done);
      },
    });
  }

  setContentType(type: string): void {
    this.contentType = type;
  }
}

/** The global `awslambda`, which functions that stream are written against. */
export function provideStreaming(): void {
  const streamifyResponse = <Handler extends object>(handler: Handler): Handler =>
    Object.assign(handler, { [STREAMING]: "response" });
  const HttpResponseStream = {
    from(stream: ResponseStream, head: unknown): ResponseStream {
      stream.setContentType(HTTP_TYPE);
      stream.write(Buffer.concat([Buffer.from(JSON.stringify(head)), HEAD_END]));
      return stream;
    },
  };
  Object.assign(globalThis, { awslambda: { streamifyResponse, HttpResponseStream } });
}

export function streams(handler: object): boolean {
  return STREAMING in handler;
}
