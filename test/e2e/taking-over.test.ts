import { CreateSecretCommand, GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { parseSecretPayload } from "../../src/model/secret-payload";
import { Deployment, IN_SCOPE } from "./support/deployment";
import { TEST_TIMEOUT_MILLIS, World } from "./support/world";

jest.setTimeout(TEST_TIMEOUT_MILLIS);

const SECRET = "ai-keys/openai/summariser";
const PAUSE_MILLIS = 50;

/**
 * A program as docs/taking-over.md has it: it takes either form, and reads the secret before each
 * call.
 */
class Consumer {
  readonly failures: string[] = [];
  readonly seen = new Set<string>();
  calls = 0;
  #running = true;
  readonly #ended: Promise<void>;

  constructor(private readonly world: World) {
    this.#ended = this.#run();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (this.#running) {
      try {
        const { SecretString: text = "" } = await this.world.secrets.send(
          new GetSecretValueCommand({ SecretId: SECRET }),
        );
        const value = parseSecretPayload(text)?.apiKey ?? text;
        this.seen.add(value);
        const status = await this.world.callWith(value, IN_SCOPE);
        if (status !== 200) this.failures.push(`OpenAI answered ${status}`);
      } catch (error) {
        this.failures.push(String(error));
      }
      this.calls += 1;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLIS));
    }
  }
}

test("a declared key takes over a secret that programs read, and none of them fails at any time", async () => {
  // GIVEN a secret with the value of a vendor key that somebody made by hand
  const world = await World.start();
  let deployment: Deployment | undefined;
  let consumer: Consumer | undefined;
  try {
    const made = await world.openai.admin.organization.projects.serviceAccounts.create(world.projectId, {
      name: "made by hand",
    });
    const theirs = made.api_key?.value ?? "";
    const { ARN: arn = "" } = await world.secrets.send(
      new CreateSecretCommand({ Name: SECRET, Description: "by hand", SecretString: theirs }),
    );
    consumer = new Consumer(world);

    // WHEN the key is declared as if there were none
    deployment = await Deployment.start({ world, keys: { summariser: {} } });
    await deployment.init();
    const refused = await deployment.tryApply();

    // THEN Terraform refuses, and nothing has changed
    expect(refused.exitCode).toBe(1);
    expect(refused.text).toContain("ResourceExistsException");
    expect(await deployment.liveKeysOf("summariser")).toEqual([]);

    // WHEN it is declared as taking over
    deployment.resynth({ keys: { summariser: { existingSecretArn: arn } } });
    const planned = await deployment.plan();
    await deployment.apply();

    // THEN the plan said so, programs have the key's own value, and the former one is readable and
    // works
    expect(planned.text).toMatch(/1 to import, \d+ to add, 1 to change, 0 to destroy/);
    const payload = await deployment.currentValue("summariser");
    expect((await deployment.liveKeysOf("summariser")).map(({ id }) => id)).toEqual([payload.keyId]);
    const previous = new GetSecretValueCommand({ SecretId: SECRET, VersionStage: "AWSPREVIOUS" });
    expect((await world.secrets.send(previous)).SecretString).toBe(theirs);
    expect((await deployment.plan()).exitCode).toBe(0);

    // WHEN another state meets the same code
    const second = { args: ["-state=second.tfstate"] };
    const refusals = [await deployment.tryPlan(second), await deployment.tryApply(second)];
    const emptied = await deployment.destroy(second);

    // THEN it takes nothing over, and its destroy ends nothing
    for (const { exitCode, text } of refusals) {
      expect([exitCode, text]).toEqual([1, expect.stringContaining("[SK170]")]);
      expect(text).toContain("this state does not have it");
    }
    expect(emptied.text).toContain("0 destroyed");
    expect(await deployment.currentValue("summariser")).toEqual(payload);
    expect((await deployment.plan()).exitCode).toBe(0);

    // WHEN the line is taken out again, and weeks with sweeps and rotations pass
    deployment.resynth({ keys: { summariser: {} } });
    expect((await deployment.plan()).exitCode).toBe(0);
    await world.advance("P15D");

    // THEN the key was rotated, and what it did not mint is still there
    expect((await deployment.currentValue("summariser")).keyId).not.toBe(payload.keyId);
    expect(await world.callWith(theirs, IN_SCOPE)).toBe(200);

    // WHEN
    await consumer.stop();

    // THEN
    expect(consumer.failures).toEqual([]);
    expect(consumer.calls).toBeGreaterThan(20);
    expect(consumer.seen.size).toBeGreaterThan(2);

    // WHEN everything is destroyed
    await deployment.destroy();

    // THEN only a person ends what a person made
    expect((await world.liveVendorKeys()).map(({ name }) => name)).toHaveLength(1);
    expect(await world.callWith(theirs, IN_SCOPE)).toBe(200);
  } finally {
    await consumer?.stop();
    await deployment?.close();
    await world.stop();
  }
});
