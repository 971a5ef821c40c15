import { Agent, type IncomingHttpHeaders, request } from "node:http";

export interface Invocation {
  readonly headers: IncomingHttpHeaders;
  readonly event: string;
}

/** The function's side of the Lambda Runtime API. */
export class RuntimeClient {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(runtimeUrl: string) {
    this.#url = runtimeUrl;
  }

  async next(): Promise<Invocation> {
    const { headers, body } = await this.#send("GET", "invocation/next", "");
    return { headers, event: body };
  }

  async response(requestId: string, result: string): Promise<void> {
    await this.#send("POST", `invocation/${requestId}/response`, result);
  }

  /**
   * One piece of an answer that is a stream. The Runtime API sends them in one request; this says
   * when each was taken.
   */
  async piece(requestId: string, bytes: Buffer): Promise<void> {
    await this.#send("POST", `invocation/${requestId}/piece`, bytes);
  }

  async error(requestId: string | undefined, error: ReportedError): Promise<void> {
    const path = requestId === undefined ? "init/error" : `invocation/${requestId}/error`;
    await this.#send("POST", path, JSON.stringify(error));
  }

  #send(method: string, path: string, body: string | Buffer): Promise<{ headers: IncomingHttpHeaders; body: string }> {
    return new Promise((resolve, reject) => {
      const call = request(
        `${this.#url}/${path}`,
        { method, agent: this.#agent, headers: { "content-length": Buffer.byteLength(body) } },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.on("end", () => resolve({ headers: answer.headers, body: Buffer.concat(chunks).toString() }));
          answer.on("error", reject);
        },
      );
      call.on("error", reject);
      call.end(body);
    });
  }
}

export interface ReportedError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

export function reportError(error: unknown): ReportedError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
}
