import { zipSync } from "fflate";
import type { Sandbox } from "../../../src/sandbox";

/** Speaks to the sandbox as a command does: with its environment, over HTTP. */
export class SandboxClient {
  readonly #sandbox: Sandbox;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** One call of a JSON protocol: `aws("events", "AWSEvents.PutRule", {…})`. */
  async aws(
    service: string,
    target: string,
    input: object,
  ): Promise<{ status: number; headers: Headers; body: unknown }> {
    const answer = await fetch(this.#variable("AWS_ENDPOINT_URL"), {
      method: "POST",
      headers: { ...this.#signature(service), "content-type": "application/x-amz-json-1.1", "x-amz-target": target },
      body: JSON.stringify(input),
    });
    return { status: answer.status, headers: answer.headers, body: parse(await answer.text()) };
  }

  async lambda(
    method: string,
    path: string,
    input?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; headers: Headers; body: unknown }> {
    const answer = await fetch(`${this.#variable("AWS_ENDPOINT_URL")}${path}`, {
      method,
      headers: { ...this.#signature("lambda"), ...headers },
      ...(input === undefined ? {} : { body: typeof input === "string" ? input : JSON.stringify(input) }),
    });
    return { status: answer.status, headers: answer.headers, body: parse(await answer.text()) };
  }

  createFunction(name: string, source: string, changes: object = {}) {
    return this.lambda("POST", "/2015-03-31/functions", {
      FunctionName: name,
      Runtime: "nodejs20.x",
      Handler: "index.handler",
      Role: "arn:aws:iam::123456789012:role/any",
      Code: { ZipFile: zipOf(source) },
      ...changes,
    });
  }

  invoke(name: string, event: unknown = {}, headers: Record<string, string> = {}) {
    return this.lambda("POST", `/2015-03-31/functions/${name}/invocations`, event, headers);
  }

  async control(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    const answer = await fetch(this.#sandbox.url + path, {
      method,
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return { status: answer.status, body: parse(await answer.text()) };
  }

  #signature(service: string): Record<string, string> {
    const credential = `${this.#variable("AWS_ACCESS_KEY_ID")}/20261124/us-east-1/${service}/aws4_request`;
    return { authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0` };
  }

  #variable(name: string): string {
    return this.#sandbox.environment[name] ?? "";
  }
}

/** Base64 of a bundle with one file. */
export function zipOf(source: string, file = "index.js"): string {
  return Buffer.from(zipSync({ [file]: Buffer.from(source) }, { mtime: "2026-01-01" })).toString("base64");
}

function parse(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
