import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync, zipSync } from "fflate";
import { ENVIRONMENT } from "../../src/model/environment";
import { type Sandbox, startSandbox } from "../../src/sandbox";
import { adapterSource } from "../custom/support";
import { type HostileServer, startHostileServer } from "../http/hostile/server";
import { policyOf } from "../support/engine";
import { SandboxClient } from "./support/sandbox-client";
import { testTools } from "./support/tools";

jest.setTimeout(120_000);

const MEMORY_MIB = 256;
const HEAP_MIB = 160;
/** Enough for one try of a call. */
const TIMEOUT_SECONDS = 15;
/**
 * Loaded before the function: collects garbage all the while, and notes the process and the most
 * memory that it ever had.
 */
const PRELOAD = `
require("node:v8").setFlagsFromString("--expose-gc");
const collect = require("node:vm").runInNewContext("gc");
setInterval(() => {
  collect();
  const seen = [process.pid, process.resourceUsage().maxRSS];
  require("node:fs").appendFileSync(process.env.MEMORY_FILE, JSON.stringify(seen) + "\\n");
}, 50).unref();
`;
/** What an adapter of a user does with whatever comes. */
const READ = `async () => (await connection.fetch("https://api.acme.example/v1/keys")).json()`;

const FUNCTIONS = [
  {
    id: "openai",
    vendor: "openai",
    settings: { baseUrl: "https://api.openai.com/v1", projectId: "proj_abc" },
    scopes: ["api.model.read"],
  },
  { id: "custom", vendor: "acme", settings: {}, scopes: ["read"] },
] as const;
type Deployed = (typeof FUNCTIONS)[number];

const BEYOND = /beyond what is read \((.+)\)/;
const ANSWERS: ReadonlyArray<readonly [path: string, openai: RegExp, custom: RegExp]> = [
  ["endless", BEYOND, BEYOND],
  ["gzip-bomb", BEYOND, BEYOND],
  ["deep-json", BEYOND, BEYOND],
  ["many-nodes", BEYOND, BEYOND],
  ["many-headers", /UND_ERR_HEADERS_OVERFLOW/, /throws TypeError/],
  ["stalled-in-body", /the caller ended the call/, /throws TimeoutError/],
];

/**
 * The functions as they are deployed, in the sandbox's Lambda host, with the memory that they have
 * in AWS.
 */
describe("controllers whose vendor is slow, huge or lying", () => {
  let server: HostileServer;
  let sandbox: Sandbox;
  let client: SandboxClient;
  let folder: string;

  beforeAll(async () => {
    server = await startHostileServer();
    sandbox = await startSandbox({
      tools: await testTools(),
      inherited: process.env,
      routes: { "api.openai.com": server.url, "api.acme.example": server.url },
    });
    client = new SandboxClient(sandbox);
    folder = mkdtempSync(join(tmpdir(), "hostile-"));
    writeFileSync(join(folder, "preload.js"), PRELOAD);
    await done(
      client.aws("dynamodb", "DynamoDB_20120810.CreateTable", {
        TableName: "ledger",
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: ["pk", "sk"].map((name) => ({ AttributeName: name, AttributeType: "S" })),
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "sk", KeyType: "RANGE" },
        ],
      }),
    );
    for (const each of FUNCTIONS) await deploy(each);
  });
  afterAll(async () => {
    await sandbox.stop();
    await server.close();
    rmSync(folder, { recursive: true });
  });

  const functionName = ({ id }: Deployed) => `ai-${id}-controller`;
  const memoryFile = ({ id }: Deployed) => join(folder, `${id}.jsonl`);

  async function done(call: Promise<{ status: number; body: unknown }>): Promise<void> {
    const { status, body } = await call;
    if (status >= 300) throw new Error(`the sandbox answered ${status}: ${JSON.stringify(body)}`);
  }

  async function deploy(deployed: Deployed): Promise<void> {
    const { id, settings } = deployed;
    const files = unzipSync(readFileSync(join(__dirname, `../../lib/lambda/${id}/controller.zip`)));
    if (id === "custom") {
      files["adapter.js"] = new TextEncoder().encode(adapterSource({ mint: READ, list: READ, read: READ }));
    }
    await done(
      client.lambda("POST", "/2015-03-31/functions", {
        FunctionName: functionName(deployed),
        Runtime: "nodejs20.x",
        Handler: "index.handler",
        Role: "arn:aws:iam::123456789012:role/any",
        Timeout: TIMEOUT_SECONDS,
        MemorySize: MEMORY_MIB,
        Code: { ZipFile: Buffer.from(zipSync(files)).toString("base64") },
        Environment: {
          Variables: {
            [ENVIRONMENT.prefix]: `ai/${id}`,
            [ENVIRONMENT.ledgerTable]: "ledger",
            [ENVIRONMENT.adminSecret]: "ai/admin/openai",
            [ENVIRONMENT.vendorSettings]: JSON.stringify(settings),
            [ENVIRONMENT.adminCallsPerMinute]: "600",
            NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB} --require ${join(folder, "preload.js")}`,
            MEMORY_FILE: memoryFile(deployed),
          },
        },
      }),
    );
    await done(
      client.aws("secretsmanager", "secretsmanager.CreateSecret", {
        Name: `ai/${id}/summariser`,
        ClientRequestToken: crypto.randomUUID(),
        Tags: [{ Key: "scoped-keys:issuer", Value: `ai/${id}` }],
      }),
    );
  }

  async function issue(deployed: Deployed): Promise<unknown> {
    const { body } = await client.invoke(`${functionName(deployed)}:$LATEST`, {
      key: "summariser",
      secret: `ai/${deployed.id}/summariser`,
      policy: { ...policyOf(), vendor: deployed.vendor, scopes: deployed.scopes },
      repair: "none",
      tf: { action: "create", prev_input: null },
    });
    return body;
  }

  test("answer every run with an error in words, each in one process that never dies, within the functions' memory", async () => {
    for (const [path, ...words] of ANSWERS) {
      // GIVEN
      server.answerAll(path);
      // WHEN
      const errors = await Promise.all(FUNCTIONS.map(issue));
      // THEN
      for (const [at, error] of errors.entries()) {
        expect({ path, error }).toEqual({
          path,
          error: { errorType: "SK208", errorMessage: expect.stringMatching(words[at] ?? /^$/), trace: [""] },
        });
      }
    }
    for (const deployed of FUNCTIONS) {
      const seen = readFileSync(memoryFile(deployed), "utf8").trim().split("\n");
      const measured: Array<[pid: number, kiB: number]> = seen.map((line) => JSON.parse(line));
      expect(new Set(measured.map(([pid]) => pid)).size).toBe(1);
      expect(Math.max(...measured.map(([, kiB]) => kiB)) / 1_024).toBeLessThan(MEMORY_MIB);
    }
  });
});
