import { randomUUID } from "node:crypto";
import { zipSync } from "fflate";
import { signedHeaders } from "../../../src/http/sigv4";
import type { Sandbox } from "../../../src/sandbox";

/** Speaks to the sandbox as a command does: with its environment, over HTTP. */
export class SandboxClient {
  readonly #sandbox: Pick<Sandbox, "url" | "environment">;
  readonly #region: string;

  constructor(sandbox: Pick<Sandbox, "url" | "environment">, region = "us-east-1") {
    this.#sandbox = sandbox;
    this.#region = region;
  }

  /** One call of a JSON protocol: `aws("events", "AWSEvents.PutRule", {…})`. */
  async aws(
    service: string,
    target: string,
    input: object,
  ): Promise<{ status: number; headers: Headers; body: unknown }> {
    const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": target };
    // As SDKs do, where none is given.
    const token = /^secretsmanager\.(Create|Put|Update|Rotate)Secret(Value)?$/.test(target)
      ? { ClientRequestToken: randomUUID() }
      : {};
    const answer = await this.signedFetch(service, "POST", "/", headers, JSON.stringify({ ...token, ...input }));
    return { status: answer.status, headers: answer.headers, body: parse(await answer.text()) };
  }

  async lambda(
    method: string,
    path: string,
    input?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; headers: Headers; body: unknown }> {
    const body = typeof input === "string" ? input : (JSON.stringify(input) ?? "");
    const answer = await this.signedFetch("lambda", method, path, headers, body);
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

  /** One call of a Query API: `query("iam", { Action: "ListRoles", Version: "2010-05-08" })`. */
  async query(service: string, parameters: Record<string, string>): Promise<{ status: number; text: string }> {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const body = new URLSearchParams(parameters).toString();
    const answer = await this.signedFetch(service, "POST", "/", headers, body);
    return { status: answer.status, text: await answer.text() };
  }

  async signedFetch(
    service: string,
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string,
  ): Promise<Response> {
    const url = new URL(this.#variable("AWS_ENDPOINT_URL") + path);
    const credentials = {
      accessKeyId: this.#variable("AWS_ACCESS_KEY_ID"),
      secretAccessKey: this.#variable("AWS_SECRET_ACCESS_KEY"),
    };
    const scope = { region: this.#region, service };
    const signature = await signedHeaders(credentials, scope, { method, url, headers, body }, Date.now());
    return fetch(url, { method, headers: { ...headers, ...signature }, ...(body === "" ? {} : { body }) });
  }

  #variable(name: string): string {
    return this.#sandbox.environment[name] ?? "";
  }
}

/**
 * For the source of a function without dependencies: `callAws(service, target, input)`, signed with
 * its own access key.
 */
export const CALL_AWS = `
const { createHash, createHmac } = require("node:crypto");
const callAws = (service, target, input) => {
  const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
  const body = JSON.stringify(input);
  const hash = (text) => createHash("sha256").update(text).digest("hex");
  const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
  const time = new Date().toISOString().replace(/[:-]|\\.\\d{3}/g, "");
  const scope = [time.slice(0, 8), process.env.AWS_REGION, service, "aws4_request"];
  const canonical = ["POST", "/", "", "host:" + new URL(AWS_ENDPOINT_URL).host, "x-amz-date:" + time, "", "host;x-amz-date", hash(body)];
  const toSign = ["AWS4-HMAC-SHA256", time, scope.join("/"), hash(canonical.join("\\n"))].join("\\n");
  const signature = hmac(scope.reduce(hmac, "AWS4" + AWS_SECRET_ACCESS_KEY), toSign).toString("hex");
  const credential = "Credential=" + AWS_ACCESS_KEY_ID + "/" + scope.join("/");
  const authorization = "AWS4-HMAC-SHA256 " + credential + ", SignedHeaders=host;x-amz-date, Signature=" + signature;
  const headers = { "x-amz-target": target, "x-amz-date": time, authorization };
  return fetch(AWS_ENDPOINT_URL, { method: "POST", headers, body });
};
`;

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
