import { createHash, createHmac } from "node:crypto";
import { request } from "node:http";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { LambdaClient, ListTagsCommand, UntagResourceCommand } from "@aws-sdk/client-lambda";
import { SignatureV4 } from "@smithy/signature-v4";
import { defined } from "../../../src/model/defined";
import { SignatureDoor } from "../../../src/sandbox/doors/signature-door";
import { jsonReply, LoopbackServer } from "../../../src/sandbox/http";
import { Callers } from "../../../src/sandbox/journal/callers";
import { HOST_HEADER } from "../../../src/sandbox/lambda/launch";

/** AWS's own hash, as its signer wants it. */
class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof data === "string") return data;
  return data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

interface Call {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly query?: Record<string, string | string[]>;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const SECRETS: Call = {
  service: "secretsmanager",
  method: "POST",
  path: "/",
  headers: { "x-amz-target": "secretsmanager.ListSecrets", "content-type": "application/x-amz-json-1.1" },
  body: "{}",
};
const CALLS: ReadonlyArray<[string, Call]> = [
  ["a JSON call", SECRETS],
  ["a query call", { service: "iam", method: "POST", path: "/", body: "Action=ListRoles&Version=2010-05-08" }],
  [
    "a query that is sorted by name before it is escaped",
    {
      service: "lambda",
      method: "DELETE",
      path: "/2017-03-31/tags/x",
      query: { tagKeys: ["b c", "a+b", "ä", ""], "tag-Keys": "1", tag: "~*" },
    },
  ],
  ["an escaped path", { service: "lambda", method: "GET", path: "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aeu%20x" }],
  ["a path that is not in its shortest form", { service: "lambda", method: "GET", path: "/a//b/./c/../d/" }],
  ["a header with spaces", { ...SECRETS, headers: { ...SECRETS.headers, "x-amz-meta": "  two   words " } }],
  ["an escaped path of S3", { service: "s3", method: "PUT", path: "/bucket/x%20y//a%2Bb%281%29", body: "text" }],
  [
    "a body that is not signed",
    {
      service: "s3",
      method: "PUT",
      path: "/b/k",
      headers: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
      body: "text",
    },
  ],
];

describe("the door of AWS", () => {
  const callers = new Callers();
  const worker = callers.enrol({ name: "lambda:worker" });
  const seen: string[] = [];
  let server: LoopbackServer;
  beforeAll(async () => {
    server = await LoopbackServer.start({ now: () => Date.now() }, new SignatureDoor(callers), async ({ url }) => {
      seen.push(url);
      return jsonReply(200, {});
    });
  });
  afterAll(() => server.close());
  beforeEach(() => {
    seen.length = 0;
  });

  const signer = (
    service: string,
    credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
  ) => new SignatureV4({ service, region: "us-east-1", credentials, sha256: Sha256, uriEscapePath: service !== "s3" });
  const requestOf = ({ method, path, query = {}, headers = {}, body }: Call) => ({
    method,
    protocol: "http:",
    hostname: "127.0.0.1",
    port: server.port,
    path,
    query,
    headers: { host: `127.0.0.1:${server.port}`, ...headers } as Record<string, string>,
    ...defined({ body }),
  });
  type Sent = Omit<ReturnType<typeof requestOf>, "headers"> & { readonly headers: Record<string, string> };
  const send = async (given: unknown) => {
    const { method, path, query, headers, body } = given as Sent;
    const pairs = Object.entries(query).flatMap(([name, value]) =>
      [value].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`),
    );
    return raw(method, path + (pairs.length === 0 ? "" : `?${pairs.join("&")}`), headers, body);
  };
  /** As it stands: fetch would shorten the path. */
  const raw = (method: string, path: string, headers: Record<string, string>, body?: string) =>
    new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const call = request({ host: "127.0.0.1", port: server.port, method, path, headers }, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (data) => {
          text += data;
        });
        answer.on("end", () => resolve({ status: answer.statusCode, text }));
      });
      call.on("error", reject);
      call.end(body);
    });

  test.each(CALLS)("opens to %s that AWS's own signer has signed", async (_, call) => {
    for (const credentials of [callers.commandKey, { ...worker, sessionToken: "session" }]) {
      const signed = await signer(call.service, credentials).sign(requestOf(call));
      expect(await send(signed)).toMatchObject({ status: 200 });
    }
    expect(seen).toHaveLength(2);
  });

  test.each([
    [
      "S3",
      {
        service: "s3",
        method: "GET",
        path: "/bucket/x%20y",
        headers: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
      },
    ],
    ["another service", { service: "lambda", method: "GET", path: "/2015-03-31/functions", query: { Marker: "a b" } }],
  ] satisfies Array<[string, Call]>)("opens to a URL of %s that is presigned", async (_, call) => {
    const signed = await signer(call.service, callers.commandKey).presign(requestOf(call), { expiresIn: 60 });
    expect(await send(signed)).toMatchObject({ status: 200 });
  });

  test("opens to AWS's clients as they are", async () => {
    const settings = { endpoint: server.url, region: "us-east-1", credentials: callers.commandKey, maxAttempts: 1 };
    const arn = "arn:aws:lambda:us-east-1:123456789012:function:a";
    const lambda = new LambdaClient(settings);
    await new DynamoDBClient(settings).send(new ListTablesCommand({}));
    await lambda.send(new ListTagsCommand({ Resource: arn }));
    await lambda.send(new UntagResourceCommand({ Resource: arn, TagKeys: ["b", "a c", "a+c"] }));
    expect(seen).toHaveLength(3);
  });

  test("opens to a call that was led here from AWS's real host, which is what was signed", async () => {
    const signed = await signer("iam", worker).sign({ ...requestOf(SECRETS), headers: { host: "iam.amazonaws.com" } });
    const headers = { ...signed.headers, host: `127.0.0.1:${server.port}` };
    expect(await send({ ...signed, headers })).toMatchObject({ status: 403 });
    expect(await send({ ...signed, headers: { ...headers, [HOST_HEADER]: "iam.amazonaws.com" } })).toMatchObject({
      status: 200,
    });
  });

  describe("stays shut, and nothing happens, where", () => {
    const changed = (change: (sent: Sent) => object) => async () => {
      const signed = await signer("secretsmanager", callers.commandKey).sign(requestOf(SECRETS));
      return { ...signed, ...change(signed as Sent) };
    };
    const withAuthorization = (edit: (header: string) => string) =>
      changed(({ headers }) => ({ headers: { ...headers, authorization: edit(headers["authorization"] ?? "") } }));
    const hash = createHash("sha256").update("{}").digest("hex");
    test.each<[string, () => Promise<unknown>]>([
      ["nothing is signed", changed(({ headers: { authorization: _, ...headers } }) => ({ headers }))],
      ["the body is another", changed(() => ({ body: '{"a":1}' }))],
      [
        "the body is another than the hash that is signed",
        async () => {
          const call = { ...SECRETS, headers: { ...SECRETS.headers, "x-amz-content-sha256": hash } };
          const signed = await signer("secretsmanager", callers.commandKey).sign(requestOf(call));
          return { ...signed, body: '{"a":1}' };
        },
      ],
      ["the method is another", changed(() => ({ method: "PUT" }))],
      ["the path is another", changed(() => ({ path: "/2015-03-31/functions" }))],
      ["a query was added", changed(() => ({ query: { Action: "ListRoles" } }))],
      [
        "a signed header is another",
        changed(({ headers }) => ({ headers: { ...headers, "x-amz-target": "secretsmanager.DeleteSecret" } })),
      ],
      ["the signature is empty", withAuthorization((header) => header.replace(/Signature=\w+/, "Signature="))],
      [
        "the signature is nearly right",
        withAuthorization((header) => header.replace(/.$/, (last) => (last === "0" ? "1" : "0"))),
      ],
      [
        "no header is said to be signed",
        withAuthorization((header) => header.replace(/SignedHeaders=[^,]+/, "SignedHeaders=")),
      ],
      ["the algorithm is another", withAuthorization((header) => header.replace("AWS4-HMAC", "AWS4-ECDSA-P256"))],
      ["the scope is another service's", withAuthorization((header) => header.replace("/secretsmanager/", "/lambda/"))],
      ["the header is a bearer's", withAuthorization(() => `Bearer ${callers.commandKey.secretAccessKey}`)],
      [
        "the secret is another's",
        () =>
          signer("lambda", { ...callers.commandKey, secretAccessKey: worker.secretAccessKey }).sign(requestOf(SECRETS)),
      ],
      ["the key is of another run", () => signer("secretsmanager", new Callers().commandKey).sign(requestOf(SECRETS))],
    ])("%s", async (_, made) => {
      const { status, text } = await send(await made());
      expect(status).toBe(403);
      expect(text).toContain("[SK350]");
      expect(seen).toEqual([]);
    });

    test("the process that the key was made for has ended", async () => {
      const ended = callers.enrol({ name: "lambda:ended" });
      const signed = await signer("secretsmanager", ended).sign(requestOf(SECRETS));
      expect((await send(signed)).status).toBe(200);
      callers.dismiss(ended);
      expect((await send(signed)).status).toBe(403);
    });
  });
});
