import type { IncomingHttpHeaders } from "node:http";

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
  /** Sent piece by piece, in place of `body`. */
  readonly pieces?: Pieces;
}

/** The connection is broken off: without an answer, or after the pieces before. */
export const DROP = Symbol("drop");

/** Bytes or text, a pause, or the end of the connection. */
export type Piece = Uint8Array | string | { readonly waitMillis: number } | typeof DROP;

export type Pieces = Iterable<Piece> | AsyncIterable<Piece>;

export type Handler = (request: Request) => Promise<Reply | typeof DROP>;
