import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { fetchFrom } from "../../src/cli/inside-sandbox";
import { defined } from "../../src/model/defined";
import { type Sandbox, startSandbox } from "../../src/sandbox";
import type { ContractSubject } from "../../src/testing/fixture";
import { vendorDescriptors } from "../../src/vendors/descriptors";
import { testTools } from "../sandbox/support/tools";
import { minting } from "../support/minting";
import { scopedKeys } from "./support/scoped-keys";

jest.setTimeout(120_000);

const SUBJECTS = join(__dirname, "../vendors");
const subjects: ContractSubject[] = readdirSync(SUBJECTS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && vendorDescriptors.some(({ id }) => id === entry.name))
  .map(({ name }) => jest.requireActual(join(SUBJECTS, name, "subject.ts")).subject)
  .filter(({ vendor: { descriptor } }) => descriptor.strategy !== "manual" || descriptor.adminKey !== "none");
const inventorySchema = v.object({ keys: v.array(v.object({ id: v.string() })) });

/**
 * Loaded into the command before anything else: writes down whoever it wants to speak to beside
 * this machine, and lets it not.
 */
const WATCH = `
const { Socket } = require("node:net");
const { appendFileSync } = require("node:fs");
const connect = Socket.prototype.connect;
Socket.prototype.connect = function (...args) {
  const [first] = args.flat();
  const host = typeof first === "object" && first !== null ? first.host : args[1];
  if (host === undefined || ["127.0.0.1", "localhost", "::1"].includes(host)) return connect.apply(this, args);
  appendFileSync(process.env.LEFT_FILE, host + "\\n");
  process.nextTick(() => this.destroy(new Error("refused by the test")));
  return this;
};
`;

describe("import in the sandbox", () => {
  let sandbox: Sandbox;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "scoped-keys-test-"));
    writeFileSync(join(folder, "watch.cjs"), WATCH);
    sandbox = await startSandbox({ tools: await testTools(), inherited: process.env, guardTerraform: true });
  });
  afterAll(async () => {
    await sandbox.stop();
    rmSync(folder, { recursive: true });
  });

  /** The command as it is run inside; the test is told of whom it called. */
  async function imported(
    ...args: string[]
  ): Promise<{ code: number | null; stdout: string; stderr: string; left: string }> {
    const leftFile = join(folder, "left");
    rmSync(leftFile, { force: true });
    const ended = await scopedKeys(["import", ...args, "--no-secrets", "--json"], {
      ...sandbox.environment,
      NODE_OPTIONS: `--require ${join(folder, "watch.cjs")}`,
      LEFT_FILE: leftFile,
    }).ended;
    return { ...ended, left: existsSync(leftFile) ? readFileSync(leftFile, "utf8") : "" };
  }

  test("is tried for every vendor that shows its keys", () => {
    expect(subjects.map(({ vendor }) => vendor.descriptor.id).sort()).toEqual([
      "anthropic",
      "azure-openai",
      "bedrock",
      "cloudflare",
      "elevenlabs",
      "fireworks",
      "gemini",
      "litellm",
      "mistral",
      "openai",
      "openrouter",
      "pinecone",
      "portkey",
      "xai",
    ]);
  });

  test.each(subjects.map((subject) => [subject.vendor.descriptor.displayName, subject] as const))(
    "of %s lists the simulator's keys, and nothing leaves",
    async (_, { vendor, settingsOf, grants }) => {
      // GIVEN: a key at the simulator
      const { environment } = sandbox;
      const { id } = vendor.descriptor;
      const of = (name: string) => environment[name] ?? "";
      const settings = settingsOf({
        environment,
        projectId: of("OPENAI_PROJECT_ID"),
        settings: {
          tenantId: of("AZURE_OPENAI_TENANT_ID"),
          subscriptionId: of("AZURE_OPENAI_SUBSCRIPTION_ID"),
          resourceGroup: of("AZURE_OPENAI_RESOURCE_GROUP"),
          accountName: of("AZURE_OPENAI_ACCOUNT_NAME"),
        },
      } as unknown as Parameters<typeof settingsOf>[0]);
      const signal = AbortSignal.timeout(60_000);
      const adapter = vendor.connect({
        settings,
        adminKey: async () => of(`SANDBOX_${id.toUpperCase().replaceAll("-", "_")}_ADMIN_KEY`),
        awsCredentials: async () => ({
          accessKeyId: of("AWS_ACCESS_KEY_ID"),
          secretAccessKey: of("AWS_SECRET_ACCESS_KEY"),
        }),
        rateLimiter: { permit: async () => {}, throttled: async () => {} },
        fetch: fetchFrom(environment, fetch),
        now: Date.now,
        sleep: async () => {},
      });
      if (id === "anthropic") {
        await fetch(`${of("SANDBOX_ANTHROPIC_URL")}/console/api_keys`, {
          method: "POST",
          body: JSON.stringify({ name: "by hand", expiresInSeconds: 86_400 }),
        });
      } else {
        const ownerId = await adapter.createOwner?.({ name: "ai-keys/x.0badcafe/by-hand", signal });
        const value = adapter.chooseValue?.().value;
        await minting(adapter).mint({
          ...defined({ ownerId, value }),
          name: "by-hand",
          grant: grants[0],
          expiresInSeconds: 30 * 86_400,
          signal,
        });
      }
      const there = (await adapter.list({ signal })).map((key) => key.id).sort();
      expect(there.length).toBeGreaterThan(0);
      // WHEN
      const { code, stdout, stderr, left } = await imported(
        ...["--vendor", id],
        ...(vendor.descriptor.adminKey === "none" ? [] : ["--admin-secret", `ai/admin/${id}`]),
        ...Object.entries(settings).flatMap(([name, value]) => ["--setting", `${name}=${value}`]),
      );
      // THEN
      expect({ code, stderr, left }).toEqual({ code: 0, stderr, left: "" });
      expect(
        v
          .parse(inventorySchema, JSON.parse(stdout))
          .keys.map((key) => key.id)
          .sort(),
      ).toEqual(there);
    },
  );

  test("sends nothing to a host that no simulator answers for", async () => {
    const args = [
      "--vendor",
      "litellm",
      "--admin-secret",
      "ai/admin/litellm",
      "--setting",
      "baseUrl=https://llm.acme.example",
    ];
    expect(await imported(...args)).toMatchObject({ code: 1, stderr: expect.stringContaining("[SK359]"), left: "" });
  });
});
