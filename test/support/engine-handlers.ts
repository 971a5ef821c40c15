import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
} from "@aws-sdk/client-secrets-manager";
import { controller } from "../../src/handlers/controller";
import { observer } from "../../src/handlers/observer";
import { ENVIRONMENT } from "../../src/model/environment";
import { VendorError } from "../../src/model/vendor-error";
import { openAi } from "../../src/vendors/openai/adapter";
import type { Vendor } from "../../src/vendors/vendor";
import { calledFor } from "./drivers";
import { policyOf } from "./engine";
import { CREDENTIALS, TABLE, type TableHarness } from "./engine-table";
import { type EventBus, startEventBus } from "./event-bus";
import { type OpenAiServer, startOpenAiServer } from "./openai-server";
import { ACCOUNT_ID, REGION, type SecretsManagerHarness, START, startSecretsManager } from "./secrets-manager";

export const KEY = "summariser";
export const ADMIN_SECRET = "ai/admin/openai";
const OPENAI = "https://api.openai.com/v1";

/** OpenAI, with an adapter whose listing fails and quotes the admin key in base64. */
export const quotingAdminKey: Vendor = {
  ...openAi,
  connect: (connection) =>
    Object.assign(openAi.connect(connection), {
      list: async () => {
        throw new VendorError("invalid", "GET /keys", `no: ${btoa(await connection.adminKey())}`);
      },
    }),
};

let harnesses = 0;

/**
 * Both functions as in production, on Secrets Manager and OpenAI of the sandbox and DynamoDB of
 * moto, each over HTTP. As in the sandbox's Lambda host, AWS endpoints come from the environment,
 * and requests to OpenAI's host are rerouted.
 */
export class HandlerHarness {
  readonly prefix: string;
  /** What the functions print. */
  readonly lines: string[] = [];
  readonly functionArn: string;
  readonly #controller = controller(openAi);
  readonly #observer = observer(openAi);
  readonly #restore: Array<() => void> = [];

  private constructor(
    readonly secrets: SecretsManagerHarness,
    readonly openai: OpenAiServer,
    readonly table: TableHarness,
    /** EventBridge. */
    readonly bus: EventBus,
  ) {
    harnesses += 1;
    this.prefix = `case${harnesses}/openai`;
    this.functionArn = `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:case${harnesses}-openai-controller`;
  }

  /** `table` has to tell the time of `clock`. */
  static async start(table: TableHarness, clock: { millis: number }): Promise<HandlerHarness> {
    const secrets = await startSecretsManager();
    const openai = await startOpenAiServer();
    const bus = await startEventBus(secrets.clock);
    const harness = new HandlerHarness(secrets, openai, table, bus);
    openai.clock.advance((START - openai.clock.now()) / 1_000);
    clock.millis = START;
    await harness.#connect();
    await harness.storeAdminKey(openai.simulator.adminKey);
    return harness;
  }

  get secretName(): string {
    return `${this.prefix}/${KEY}`;
  }

  get context() {
    return {
      awsRequestId: "request-1",
      invokedFunctionArn: this.functionArn,
      getRemainingTimeInMillis: () => 600_000,
    };
  }

  /** By the name that its driver uses, or by another one. */
  control(event: unknown, invokedFunctionArn = calledFor(this.functionArn, event)): Promise<unknown> {
    return this.#controller(event, { ...this.context, invokedFunctionArn });
  }

  /** Runs with so little time that it waits for nobody. */
  controlAtOnce(event: unknown): Promise<unknown> {
    const invokedFunctionArn = calledFor(this.functionArn, event);
    return this.#controller(event, { ...this.context, invokedFunctionArn, getRemainingTimeInMillis: () => 9_000 });
  }

  observe(event: unknown) {
    return this.#observer(event, this.context);
  }

  /** What the controller throws. */
  async refusal(event: unknown, invokedFunctionArn?: string): Promise<Error> {
    const error = await this.control(event, invokedFunctionArn).then(
      (result: unknown) => new Error(`not refused: ${JSON.stringify(result)}`),
      (reason: unknown) => reason,
    );
    return error instanceof Error ? error : new Error(`no error: ${String(error)}`);
  }

  reconcileEvent(change: Record<string, unknown> = {}, policy: Record<string, unknown> = {}) {
    return {
      key: KEY,
      secret: this.secretName,
      policy: { ...policyOf(), ...policy },
      repair: "none",
      tf: { action: "create", prev_input: null },
      ...change,
    };
  }

  deleteEvent(change: Record<string, unknown> = {}) {
    return this.reconcileEvent({ tf: { action: "delete", prev_input: null }, ...change });
  }

  /** Sets a variable of the functions until the bench is closed. */
  setEnvironment(name: string, value: string | undefined): void {
    const before = process.env[name];
    this.#restore.unshift(() => assign(name, before));
    assign(name, value);
  }

  async storeAdminKey(value: string): Promise<void> {
    const { client } = this.secrets;
    await client
      .send(new CreateSecretCommand({ Name: ADMIN_SECRET, SecretString: value }))
      .catch(() => client.send(new PutSecretValueCommand({ SecretId: ADMIN_SECRET, SecretString: value })));
  }

  /** As Terraform makes it: without a value. */
  async createSecret(name = this.secretName): Promise<string> {
    return (await this.secrets.client.send(new CreateSecretCommand({ Name: name }))).ARN ?? "";
  }

  async versions(): Promise<Record<string, string[]>> {
    const secret = await this.secrets.client.send(new DescribeSecretCommand({ SecretId: this.secretName }));
    return secret.VersionIdsToStages ?? {};
  }

  async payload(): Promise<Record<string, string>> {
    const answer = await this.secrets.client.send(new GetSecretValueCommand({ SecretId: this.secretName }));
    return JSON.parse(answer.SecretString ?? "{}");
  }

  /** Printed JSON, metrics left out. */
  get entries(): Array<Record<string, unknown>> {
    return this.#parsed.filter((line) => !("_aws" in line));
  }

  get metrics(): Array<Record<string, unknown>> {
    return this.#parsed.filter((line) => "_aws" in line);
  }

  get #parsed(): Array<Record<string, unknown>> {
    return this.lines.map((line) => JSON.parse(line));
  }

  async close(): Promise<void> {
    for (const restore of this.#restore) restore();
    await Promise.all([this.secrets.close(), this.openai.close(), this.bus.close()]);
  }

  async #connect(): Promise<void> {
    const endpoint = await this.secrets.client.config.endpoint?.();
    const settings = { projectId: this.openai.simulator.projectId };
    const environment: Record<string, string> = {
      AWS_REGION: REGION,
      // Simulated time is far from the machine's; AWS's client corrects its own, and for that would
      // send refused writes again.
      AWS_MAX_ATTEMPTS: "1",
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${endpoint?.port}`,
      AWS_ENDPOINT_URL_DYNAMODB: this.table.url,
      AWS_ENDPOINT_URL_EVENTBRIDGE: this.bus.url,
      [ENVIRONMENT.prefix]: this.prefix,
      [ENVIRONMENT.ledgerTable]: TABLE,
      [ENVIRONMENT.adminSecret]: ADMIN_SECRET,
      [ENVIRONMENT.vendorSettings]: JSON.stringify(settings),
      [ENVIRONMENT.adminCallsPerMinute]: "6000",
    };
    for (const [name, value] of Object.entries(environment)) this.setEnvironment(name, value);
    const { fetch } = globalThis;
    globalThis.fetch = async (input, init) => {
      const url = String(input);
      // The test's own client.
      if (url.startsWith(this.openai.baseUrl)) return fetch(input, init);
      if (!url.startsWith(`${OPENAI}/`)) throw new Error(`unexpected host in ${url}`);
      return fetch(url.replace(OPENAI, this.openai.baseUrl), init);
    };
    const { log } = console;
    console.log = (line: string) => this.lines.push(line);
    this.#restore.unshift(() => {
      globalThis.fetch = fetch;
      console.log = log;
    });
  }
}

function assign(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
