import { CreateSecretCommand, RotateSecretCommand, TagResourceCommand } from "@aws-sdk/client-secrets-manager";
import { type ImportOptions, runImport } from "../../../src/cli/import/run-import";
import { defined } from "../../../src/model/defined";
import { createOpenAiSimulator, type OpenAiSimulator } from "../../../src/vendors/openai/simulator/simulator";
import { type SecretsManagerHarness, START, startSecretsManager } from "../../support/secrets-manager";

export const ADMIN_SECRET = "ai/admin/openai";

/**
 * An OpenAI project and a Secrets Manager that have grown by hand. Ids and times are the same in
 * each run.
 */
export class GrownByHand {
  readonly progress: string[] = [];
  readonly sleeps: number[] = [];
  /** What the vendor was asked, in order. */
  readonly sent: string[] = [];
  answer: (() => Response) | undefined;

  static async start(): Promise<GrownByHand> {
    const aws = await startSecretsManager();
    const openai = createOpenAiSimulator({ clock: aws.clock, seed: "import" });
    const made = new GrownByHand(aws, openai);
    await made.secret(ADMIN_SECRET, openai.adminKey);
    return made;
  }

  private constructor(
    readonly aws: SecretsManagerHarness,
    readonly openai: OpenAiSimulator,
  ) {}

  get projectId(): string {
    return this.openai.projectId;
  }

  /** Everything that no output may hold. */
  get values(): string[] {
    return [...this.openai.secrets(), this.openai.adminKey];
  }

  async secret(name: string, text: string, more: { description?: string; tags?: Record<string, string> } = {}) {
    const { description, tags = {} } = more;
    await this.aws.client.send(
      new CreateSecretCommand({
        Name: name,
        SecretString: text,
        ...defined({ Description: description }),
      }),
    );
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    if (Tags.length > 0) await this.aws.client.send(new TagResourceCommand({ SecretId: name, Tags }));
  }

  async rotatedBy(name: string, functionName: string): Promise<void> {
    await this.aws.client.send(
      new RotateSecretCommand({
        SecretId: name,
        RotationLambdaARN: `arn:aws:lambda:us-east-1:123456789012:function:${functionName}`,
        RotationRules: { AutomaticallyAfterDays: 7 },
        RotateImmediately: false,
      }),
    );
    await this.aws.service.idle();
  }

  run(options: Partial<ImportOptions> = {}): Promise<string> {
    return runImport(
      { setting: [], secrets: true, ...options },
      {
        secretsManager: this.aws.client,
        fetch: (input, init) => this.#fetch(new URL(String(input)), init ?? {}),
        now: () => this.aws.clock.now(),
        sleep: async (millis) => {
          this.sleeps.push(millis);
          this.aws.clock.millis += millis;
        },
        progress: (line) => this.progress.push(line),
      },
    );
  }

  /** With OpenAI's keys. */
  runOpenAi(options: Partial<ImportOptions> = {}): Promise<string> {
    return this.run({
      vendor: "openai",
      adminSecret: ADMIN_SECRET,
      setting: [`projectId=${this.projectId}`],
      ...options,
    });
  }

  close(): Promise<void> {
    return this.aws.close();
  }

  async #fetch({ hostname, pathname, search }: URL, init: RequestInit): Promise<Response> {
    this.sent.push(`${init.method} ${pathname}${search}`);
    if (this.answer !== undefined) return this.answer();
    const headers: Record<string, string> = {};
    new Headers(init.headers).forEach((value, name) => {
      headers[name] = value;
    });
    const { status, body } = await this.openai.handle({
      method: init.method ?? "GET",
      host: hostname,
      url: pathname + search,
      headers,
      body: "",
    });
    return new Response(JSON.stringify(body), { status });
  }
}

/** What docs/cli/import.md shows. */
export async function documentedFixture(): Promise<GrownByHand> {
  const grown = await GrownByHand.start();
  const summariser = grown.openai.addUserKey("summariser-prod");
  grown.openai.addUserKey("Jo's notebook");
  await grown.secret("prod/search/openai", summariser.value, {
    description: "OpenAI key of the results page",
    tags: { team: "search" },
  });
  await grown.secret(
    "prod/chat/settings",
    JSON.stringify({ url: "https://chat.example.com", LLM_TOKEN: "sk-ant-0123456789abcdef0123" }),
  );
  await grown.secret("prod/database", JSON.stringify({ user: "app", password: "0123456789abcdef0123" }));
  return grown;
}

export const NOW = new Date(START).toISOString();
