import { setTimeout as sleep } from "node:timers/promises";
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import { OpenAiScope } from "../../constructs";
import type { Fault, JournalEntry } from "../../src/sandbox";
import { type Declaration, Deployment, IN_SCOPE, OUT_OF_SCOPE } from "../e2e/support/deployment";
import { blockOf } from "../e2e/support/plan";
import type { TerraformResult } from "../e2e/support/terraform";
import { TEST_TIMEOUT_MILLIS, type World } from "../e2e/support/world";

jest.setTimeout(TEST_TIMEOUT_MILLIS);

const JOURNAL_POLL_MILLIS = 5;
/** A controller that dies holds its key's lease for another minute. */
const LEASE_TIME = "PT61S";
const WIDER = { scopes: [OpenAiScope.MODEL_REQUEST, OpenAiScope.MODELS_READ, OpenAiScope.FILES_READ] };
const UNFINISHED = "the last apply did not finish";

/** All in one stack: what a failure leaves behind must not hinder what comes after it. */
let keys: Declaration["keys"] = Object.fromEntries(
  ["crash-before", "crash-after", "vendor-down", "fine", "first-write", "locked-out"].map((key) => [key, {}]),
);
let deployment: Deployment;
let world: World;
const declare = (changes: Declaration["keys"]) => {
  keys = { ...keys, ...changes };
  deployment.resynth({ keys });
};
beforeAll(async () => {
  deployment = await Deployment.start({ keys });
  ({ world } = deployment);
  await deployment.init();
  await deployment.apply();
});
afterAll(() => deployment?.close());

describe("a reconcile that fails on update", () => {
  describe("at the vendor", () => {
    const broken = ["crash-before", "crash-after", "vendor-down"];
    let idsBefore: string[];
    let failed: TerraformResult;
    let unfinished: TerraformResult;
    beforeAll(async () => {
      // GIVEN
      const idOf = async (key: string) => (await deployment.currentValue(key)).keyId;
      idsBefore = await Promise.all([...broken, "fine"].map(idOf));
      const [before = "", after = "", down = ""] = idsBefore;
      const fault = (keyId: string, kind: Fault["fault"], times = 1): Fault => ({
        match: { service: "openai", operation: `POST /v1/organization/projects/*/api_keys/${keyId}` },
        fault: kind,
        times,
        skip: 0,
      });
      world.faults([
        fault(before, { type: "crash", when: "before" }),
        fault(after, { type: "crash", when: "after" }),
        fault(down, { type: "status", status: 500 }, 4),
      ]);
      declare({ "crash-before": WIDER, "crash-after": WIDER, "vendor-down": WIDER, fine: WIDER });
      // WHEN
      failed = await deployment.tryApply();
      unfinished = await deployment.plan();
    });

    test("makes the apply fail, and names the keys", () => {
      expect(failed.exitCode).toBe(1);
      expect(failed.text).toMatch(/\[SK208\] key \\"vendor-down\\": the call to OpenAI failed/);
    });

    test.each(broken)("%s: the next plan says that the last apply did not finish", (key) => {
      expect(unfinished.exitCode).toBe(2);
      expect(blockOf(unfinished, "lambda_invocation", key)).toContain(UNFINISHED);
    });

    test("a key beside them is as declared, and in no further plan", async () => {
      expect(blockOf(unfinished, "lambda_invocation", "fine")).toBe("");
      expect(await world.callWith((await deployment.currentValue("fine")).apiKey, OUT_OF_SCOPE)).toBe(200);
    });

    test("case 7: is healed by the next apply, in place", async () => {
      await world.advance(LEASE_TIME);
      await deployment.apply();
      for (const [at, key] of [...broken, "fine"].entries()) {
        const { apiKey, keyId } = await deployment.currentValue(key);
        expect(keyId).toBe(idsBefore[at]);
        expect((await deployment.liveKeysOf(key)).map(({ id }) => id)).toEqual([keyId]);
        // The wider scope holds.
        expect(await world.callWith(apiKey, OUT_OF_SCOPE)).toBe(200);
      }
    });
  });

  test("before its first write, or because the admin key is refused, is seen and healed as well", async () => {
    // GIVEN
    world.faults([
      {
        match: { service: "dynamodb", operation: "PutItem", caller: "lambda:*-controller" },
        fault: { type: "crash", when: "before" },
        times: 1,
        skip: 0,
      },
    ]);
    declare({ "first-write": WIDER });
    // WHEN
    const crashed = await deployment.tryApply();
    const afterCrash = await deployment.plan();
    // THEN
    expect(crashed.exitCode).toBe(1);
    expect(afterCrash.exitCode).toBe(2);
    expect(blockOf(afterCrash, "lambda_invocation", "first-write")).toContain("its last apply did not finish");

    // GIVEN
    await world.vendorSettings({ adminKeyValid: false });
    declare({ "locked-out": WIDER });
    // WHEN
    const refused = await deployment.tryApply();
    const stillRefused = await deployment.plan();
    // THEN
    expect(refused.exitCode).toBe(1);
    expect(refused.text).toMatch(
      /\[SK206\] admin key in secret \\"ai\/admin\/openai\\": OpenAI refuses this admin key/,
    );
    expect(stillRefused.exitCode).toBe(2);
    for (const key of ["first-write", "locked-out"]) {
      expect(blockOf(stillRefused, "lambda_invocation", key)).toContain(UNFINISHED);
    }

    // WHEN
    await world.vendorSettings({ adminKeyValid: true });
    await deployment.apply();
    const healed = await deployment.plan();
    // THEN
    expect(healed.exitCode).toBe(0);
    for (const key of ["first-write", "locked-out"]) {
      expect(await world.callWith((await deployment.currentValue(key)).apiKey, OUT_OF_SCOPE)).toBe(200);
    }
  });
});

describe("a first apply", () => {
  const expectOneLiveKeyEach = async () => {
    const live = await world.liveVendorKeys();
    const declared = Object.keys(keys).sort();
    expect(live.map(({ name }) => name.split("/").at(-2)).sort()).toEqual(declared);
    expect((await world.serviceAccounts()).map(({ name }) => name.split("/").at(-1)).sort()).toEqual(declared);
    for (const key of declared) {
      const { apiKey, keyId } = await deployment.currentValue(key);
      expect(live.map(({ id }) => id)).toContain(keyId);
      expect(await world.callWith(apiKey, IN_SCOPE)).toBe(200);
      expect(await world.callWith(apiKey, OUT_OF_SCOPE)).toBe(keys[key]?.scopes === undefined ? 401 : 200);
    }
  };
  const controller = (operation: string) => (entry: JournalEntry) =>
    entry.caller === "lambda:ai-keys-openai-controller" && new RegExp(`^${operation}$`).test(entry.operation);
  const terraform = (operation: string) => (entry: JournalEntry) =>
    entry.caller === "terraform" && entry.operation === operation;

  describe("that is killed", () => {
    /** Applies with one key more, and kills Terraform at a moment of that key. */
    const killedApply = async (key: string, moment: (entry: JournalEntry) => boolean): Promise<TerraformResult> => {
      declare({ [key]: {} });
      const since = world.mark();
      const run = deployment.terraform(["apply", "-input=false", "-auto-approve"]);
      let ended = false;
      const ending = run.ended.finally(() => {
        ended = true;
      });
      const comes = (entry: JournalEntry) => moment(entry) && JSON.stringify(entry.request).includes(key);
      while (!ended && !world.journal({ since }).some(comes)) await sleep(JOURNAL_POLL_MILLIS);
      await run.kill(deployment.stateFile);
      return ending;
    };

    test("between a secret and its state needs an import, as with any resource, and then goes on", async () => {
      // GIVEN: Terraform has no answer yet when it is killed
      world.faults([
        {
          match: { service: "secretsmanager", operation: "PutResourcePolicy", caller: "terraform" },
          fault: { type: "latency", millis: 2_000 },
          times: 1,
          skip: 0,
        },
      ]);
      // WHEN
      const killed = await killedApply("after-secret", terraform("CreateSecret"));
      const { ARN = "" } = await world.secrets.send(
        new DescribeSecretCommand({ SecretId: deployment.secretName("after-secret") }),
      );
      const address = /aws_secretsmanager_secret\.after-secret_\w+/.exec(killed.text)?.[0] ?? "";
      const imported = await deployment.terraform(["import", "-input=false"], { args: [address, ARN] }).ended;
      // THEN
      expect(killed.exitCode).toBe(-1);
      expect(imported.text).toContain("Import successful!");
    });

    // What an earlier one left undone is done by the next, which is killed in its turn.
    test.each<[string, (entry: JournalEntry) => boolean]>([
      ["after-account", controller("POST .*/service_accounts")],
      ["after-mint", controller("POST .*/service_accounts/.*/api_keys")],
      ["after-promotion", controller("UpdateSecretVersionStage")],
      ["after-rotation", terraform("RotateSecret")],
    ])("%s", async (key, moment) => {
      const { exitCode } = await killedApply(key, moment);
      expect(exitCode).toBe(-1);
    });

    test("case 6: is finished by the next one, with one live vendor key for each declared key", async () => {
      await deployment.apply();
      await expectOneLiveKeyEach();
    });
  });

  test("of ten keys at once, with the controller dying at each effect, is finished by the next", async () => {
    // GIVEN
    const effects = [
      ["openai", "POST /v1/organization/projects/*/service_accounts/*/api_keys"],
      ["openai", "POST /v1/organization/projects/*/service_accounts/*"],
      ["openai", "POST /v1/organization/projects/*/service_accounts"],
      ["secretsmanager", "PutSecretValue"],
      ["secretsmanager", "UpdateSecretVersionStage"],
    ] as const;
    world.faults(
      effects.flatMap(([service, operation]) =>
        (["before", "after"] as const).map((when) => ({
          match: { service, operation },
          fault: { type: "crash" as const, when },
          times: 1,
          skip: 0,
        })),
      ),
    );
    declare(Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`crowd-${i}`, {}])));
    const since = world.mark();
    // WHEN
    const failed = await deployment.tryApply();
    const crashes = world.journal({ since, kind: "lambda" }).filter(({ outcome }) => outcome === "crash");
    await world.advance(LEASE_TIME);
    await deployment.apply();
    const plan = await deployment.plan();
    // THEN
    expect(failed.exitCode).toBe(1);
    expect(crashes).toHaveLength(10);
    expect(plan.exitCode).toBe(0);
    await expectOneLiveKeyEach();
  });

  test("leaves nothing at the vendor when it is destroyed", async () => {
    await deployment.destroy();
    expect(await world.liveVendorKeys()).toEqual([]);
    expect(await world.serviceAccounts()).toEqual([]);
  });
});
