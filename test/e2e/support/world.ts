import { existsSync } from "node:fs";
import { join } from "node:path";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import OpenAI from "openai";
import {
  type Fault,
  type JournalEntry,
  type LogLine,
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from "../../../src/sandbox";
import { findToolchain, type Toolchain } from "../../../src/sandbox/toolchain/toolchain";
import { SandboxClient } from "../../sandbox/support/sandbox-client";

export const PROJECT_ROOT = join(__dirname, "..", "..", "..");
/** Enough for a file of end-to-end tests on a busy machine; nothing is timed by it. */
export const TEST_TIMEOUT_MILLIS = 300_000;

const DAYS_PER_WEEK = 7;
/** Wednesday, UTC, early in an hour: no other hour begins while a file runs. */
const START = { weekday: 3, hour: 12, minute: 2 };

/** Of a vendor key, what tests compare. */
export interface LiveKey {
  readonly id: string;
  readonly name: string;
  /** Of its service account; undefined where a user owns it. */
  readonly ownerId: string | undefined;
  /** Unix seconds. */
  readonly expiresAt: number | undefined;
}

/** AWS and OpenAI on loopback, seen with the clients that a user has. */
export class World {
  /** OpenAI's own client with the admin key. */
  readonly openai: OpenAI;
  readonly secrets: SecretsManagerClient;
  /** Raw calls of AWS, and of the sandbox's own control. */
  readonly client: SandboxClient;
  readonly projectId: string;

  private constructor(
    readonly tools: Toolchain,
    readonly sandbox: Sandbox,
  ) {
    this.client = new SandboxClient(sandbox);
    this.projectId = this.variable("OPENAI_PROJECT_ID");
    this.openai = new OpenAI({
      apiKey: "sk-none",
      adminAPIKey: this.variable("SANDBOX_OPENAI_ADMIN_KEY"),
      baseURL: this.variable("SANDBOX_OPENAI_URL"),
      maxRetries: 0,
    });
    this.secrets = new SecretsManagerClient({
      endpoint: this.variable("AWS_ENDPOINT_URL"),
      region: "us-east-1",
      credentials: this.awsCredentials(),
    });
  }

  /**
   * Everything ends with `stop`, or with this process.
   * @param options `routes` of hosts that the test itself answers
   */
  static async start(options: Pick<SandboxOptions, "routes"> = {}): Promise<World> {
    for (const built of ["lib/lambda/openai/controller.zip", "lib/src/sandbox/processes/watchdog.js"]) {
      if (!existsSync(join(PROJECT_ROOT, built))) {
        throw new Error(`End-to-end tests run what is built, and ${built} is not: run "npm run build" first.`);
      }
    }
    const tools = await findToolchain({
      projectRoot: PROJECT_ROOT,
      environment: process.env,
      platform: process.platform,
      arch: process.arch,
    });
    const world = new World(tools, await startSandbox({ tools, inherited: process.env, ...options }));
    await world.#toStartOfWeek();
    return world;
  }

  /** Vendor keys of the project that open anything now, oldest first. */
  async liveVendorKeys(): Promise<LiveKey[]> {
    const now = this.sandbox.now().getTime() / 1_000;
    const live: LiveKey[] = [];
    const listing = this.openai.admin.organization.projects.apiKeys.list(this.projectId, {
      owner_project_access: "any",
    });
    for await (const { id, name, owner, expires_at } of listing) {
      if (expires_at != null && expires_at <= now) continue;
      live.push({ id, name, ownerId: owner.service_account?.id, expiresAt: expires_at ?? undefined });
    }
    return live;
  }

  async serviceAccounts(): Promise<Array<{ id: string; name: string }>> {
    const accounts: Array<{ id: string; name: string }> = [];
    const listing = this.openai.admin.organization.projects.serviceAccounts.list(this.projectId);
    for await (const { id, name } of listing) accounts.push({ id, name });
    return accounts;
  }

  /** @param path below the base URL: `/models`. @returns the status of the answer. */
  async callWith(apiKey: string, path: string): Promise<number> {
    const answer = await fetch(this.variable("SANDBOX_OPENAI_URL") + path, {
      headers: { authorization: `Bearer ${apiKey}` },
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  /** Lets simulated time pass, e.g. `P1D`; ends when what was due has ended. */
  async advance(duration: string): Promise<void> {
    await this.sandbox.advance(duration);
  }

  /**
   * Ends when nothing runs that a command has only started: an apply does not wait for Secrets
   * Manager's first test of a rotation.
   */
  async settled(): Promise<void> {
    await this.advance("PT0S");
  }

  faults(faults: readonly Fault[]): void {
    this.sandbox.inject(...faults);
  }

  async clearFaults(): Promise<void> {
    await this.control("DELETE", "/faults");
  }

  /** Settings of the OpenAI simulator, e.g. `{ auditLog: "forbidden" }`. */
  async vendorSettings(settings: object): Promise<void> {
    await this.control("POST", "/vendors/openai/settings", settings);
  }

  journal(filter?: { since?: number; kind?: string }): JournalEntry[] {
    return this.sandbox.journal(filter);
  }

  /** Number of the journal's last entry, for `journal({ since })`. */
  mark(): number {
    return this.sandbox.journal().at(-1)?.seq ?? 0;
  }

  logs(functionName?: string): readonly LogLine[] {
    return this.sandbox.logs(functionName);
  }

  awsCredentials(): { accessKeyId: string; secretAccessKey: string } {
    return {
      accessKeyId: this.variable("AWS_ACCESS_KEY_ID"),
      secretAccessKey: this.variable("AWS_SECRET_ACCESS_KEY"),
    };
  }

  variable(name: string): string {
    const value = this.sandbox.environment[name];
    if (value === undefined) throw new Error(`The sandbox sets no ${name}.`);
    return value;
  }

  async stop(): Promise<void> {
    this.secrets.destroy();
    await this.sandbox.stop();
  }

  /**
   * Keys rotate in an hour of the week of their own, so every file begins at the same one: no
   * rotation depends on when it runs.
   */
  async #toStartOfWeek(): Promise<void> {
    const now = this.sandbox.now();
    const start = new Date(now);
    start.setUTCDate(
      now.getUTCDate() + DAYS_PER_WEEK - ((now.getUTCDay() + DAYS_PER_WEEK - START.weekday) % DAYS_PER_WEEK),
    );
    start.setUTCHours(START.hour, START.minute, 0, 0);
    await this.advance(`PT${Math.ceil((start.getTime() - now.getTime()) / 1_000)}S`);
  }

  private async control(method: string, path: string, body?: object): Promise<void> {
    const { status, body: answer } = await this.client.control(method, path, body);
    if (status > 299) throw new Error(`${method} ${path} was answered ${status}: ${JSON.stringify(answer)}`);
  }
}
