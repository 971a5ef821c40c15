import type { IncomingHttpHeaders } from "node:http";
import type { Reply, Request } from "../messages";

/** A request without its body: all that is known of it when it is let in or refused. */
export interface Head {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export type Admission = { readonly url: string } | { readonly refusal: Reply };

/** Who may use a server. Each server of the sandbox has one; none lets in whoever asks. */
export interface Door {
  /** What callers are given behind the server's address: `/<token>`, or nothing. */
  readonly prefix: string;
  /** A longer body is refused unread. */
  readonly maxBodyBytes: number;
  /**
   * Judges before the body is read. @returns path and query as the server is to see them, or the
   * refusal
   */
  admit(head: Head): Admission;
  /** Judges what cannot be judged without the body. @returns the refusal */
  verify?(request: Request): Reply | undefined;
}
