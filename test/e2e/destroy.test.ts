import { RotateSecretCommand } from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import type { JournalEntry } from "../../src/sandbox";
import { zipOf } from "../sandbox/support/sandbox-client";
import { Deployment, IN_SCOPE } from "./support/deployment";
import { inventory } from "./support/inventory";
import type { TerraformResult } from "./support/terraform";
import { TEST_TIMEOUT_MILLIS, type World } from "./support/world";

jest.setTimeout(TEST_TIMEOUT_MILLIS);

const KEYS = ["summariser", "archive"];
const configurationSchema = v.object({
  Configuration: v.object({ Environment: v.object({ Variables: v.record(v.string(), v.string()) }) }),
});

describe("destroy", () => {
  let deployment: Deployment;
  let world: World;
  let before: string[];
  /** Environment of the observer. */
  let variables: Record<string, string>;
  beforeAll(async () => {
    deployment = await Deployment.start({ keys: Object.fromEntries(KEYS.map((key) => [key, {}])) });
    ({ world } = deployment);
    before = await inventory(world);
    await deployment.init();
    await deployment.apply();
    const { body } = await world.client.lambda("GET", `/2015-03-31/functions/${deployment.observerName}`);
    ({ Variables: variables } = v.parse(configurationSchema, body).Configuration.Environment);
  });
  afterAll(() => deployment?.close());

  const put = async (what: "configuration" | "code", body: object) => {
    const answer = await world.client.lambda("PUT", `/2015-03-31/functions/${deployment.observerName}/${what}`, body);
    expect(answer.status).toBe(200);
  };
  const configure = (changed: Record<string, string>) =>
    put("configuration", { Environment: { Variables: { ...variables, ...changed } } });
  const outcomesOfObserver = (since: number) =>
    world
      .journal({ since, kind: "lambda" })
      .filter(({ operation }) => operation === deployment.observerName)
      .map(({ outcome, response }) => [outcome, JSON.stringify(response)]);
  const ONE_UNKNOWN = [["success", expect.stringContaining('"state":"unknown"')]];

  describe("of keys with a superseded vendor key and a foreign one, while the observer's environment is garbage", () => {
    let values: string[];
    let journal: JournalEntry[];
    beforeAll(async () => {
      // GIVEN
      // Secrets Manager still tests the rotation that was just set up.
      await world.advance("PT1S");
      const first = await deployment.currentValue("summariser");
      await world.secrets.send(new RotateSecretCommand({ SecretId: deployment.secretName("summariser") }));
      await world.advance("PT1M");
      const second = await deployment.currentValue("summariser");
      const [live] = await deployment.liveKeysOf("summariser");
      const foreign = await world.openai.admin.organization.projects.serviceAccounts.apiKeys.create(
        live?.ownerId ?? "",
        { project_id: world.projectId, name: "laptop of jane", scopes: ["api.model.read"] },
      );
      values = [first.apiKey, second.apiKey, foreign.value];
      for (const value of values) expect(await world.callWith(value, IN_SCOPE)).toBe(200);
      expect(await inventory(world)).not.toEqual(before);
      await configure({ SCOPED_KEYS_VENDOR_SETTINGS: "{", SCOPED_KEYS_PREFIX: "/" });
      // WHEN
      const since = world.mark();
      await deployment.destroy();
      journal = world.journal({ since });
      expect(outcomesOfObserver(since)).toEqual(ONE_UNKNOWN);
    });

    test("revokes all of them, and deletes the service accounts", async () => {
      expect(await world.liveVendorKeys()).toEqual([]);
      expect(await world.serviceAccounts()).toEqual([]);
      for (const value of values) expect(await world.callWith(value, IN_SCOPE)).toBe(401);
    });

    test("leaves nothing in AWS and in the state", async () => {
      expect(await inventory(world)).toEqual(before);
      expect(await deployment.stateList()).toEqual([]);
    });

    test("case 19: cancels rotation, revokes at the vendor, and only then takes the controller apart", () => {
      const revoked = positions(journal, (e) => e.kind === "vendor" && e.operation.startsWith("DELETE "));
      const retired = positions(journal, (e) => e.kind === "lambda" && e.operation === deployment.controllerName);
      const cancelled = positions(journal, (e) => e.operation === "CancelRotateSecret");
      const apart = positions(
        journal,
        (e) =>
          e.caller === "terraform" &&
          /^(?:RemovePermission|DeleteFunction|DeleteRole|DeleteRolePolicy|DeleteLogGroup|DeleteTable|DeleteRule)$/.test(
            e.operation,
          ),
      );
      const secrets = positions(journal, (e) => e.operation === "DeleteSecret");
      expect(cancelled).toHaveLength(KEYS.length);
      expect(retired).toHaveLength(KEYS.length);
      expect(secrets).toHaveLength(KEYS.length);
      // Two of each: permission, function, role, policy, log group; one table; one rule.
      expect(apart).toHaveLength(12);
      expect(Math.max(...revoked)).toBeLessThan(Math.max(...retired));
      expect(Math.max(...retired)).toBeLessThan(Math.min(...apart));
      for (const key of KEYS) {
        const [cancel = 0] = positions(journal, (e) => e.operation === "CancelRotateSecret" && mentions(e, key));
        const [retire = 0] = positions(
          journal,
          (e) => e.kind === "lambda" && e.operation === deployment.controllerName && mentions(e, key),
        );
        const [forget = 0] = positions(journal, (e) => e.operation === "DeleteSecret" && mentions(e, key));
        expect(cancel).toBeGreaterThan(0);
        expect(retire).toBeGreaterThan(cancel);
        expect(forget).toBeGreaterThan(retire);
      }
    });
  });

  test("case 21: lets the same names be used again at once", async () => {
    await deployment.apply();
    for (const key of KEYS) {
      const { apiKey, keyId } = await deployment.currentValue(key);
      expect((await deployment.liveKeysOf(key)).map(({ id }) => id)).toEqual([keyId]);
      expect(await world.callWith(apiKey, IN_SCOPE)).toBe(200);
    }
  });

  describe("while the observer is broken", () => {
    test.each<[string, () => unknown]>([
      [
        "the vendor is down",
        () =>
          world.faults([
            {
              match: { service: "openai", caller: `lambda:${deployment.observerName}` },
              fault: { type: "status", status: 500 },
              times: 50,
              skip: 0,
            },
          ]),
      ],
      ["its ledger is gone", () => configure({ SCOPED_KEYS_LEDGER_TABLE: "gone" })],
      ["its admin key is missing", () => configure({ SCOPED_KEYS_ADMIN_SECRET: "gone" })],
    ])("case 18: is planned as ever when %s", async (_case, breakIt) => {
      // GIVEN
      await breakIt();
      const since = world.mark();
      // WHEN
      const plan = await deployment.tryPlan({ args: ["-destroy"] });
      // THEN
      expect(outcomesOfObserver(since)).toEqual(ONE_UNKNOWN);
      expect(plan.text).not.toContain("Error: ");
      expect(plan.exitCode).toBe(2);
      await world.clearFaults();
      await configure({});
    });

    test("says that it is the observer when its code throws, which stops a destroy that asks it", async () => {
      await put("code", { ZipFile: zipOf(`exports.handler = async () => { throw new Error("broken"); };`) });
      const plan = await deployment.tryPlan({ args: ["-destroy"] });
      expect(plan.exitCode).toBe(1);
      expect(plan.text).toMatch(/Error: invoking Lambda Function \(\S+:ai-keys-openai-observer\)/);
    });
  });

  describe("with -refresh=false, while the observer's code throws and the vendor is down", () => {
    let failed: TerraformResult;
    let live: unknown;
    beforeAll(async () => {
      // GIVEN
      live = await world.liveVendorKeys();
      world.faults([
        {
          match: { service: "openai", caller: `lambda:${deployment.controllerName}` },
          fault: { type: "status", status: 503 },
          times: 200,
          skip: 0,
        },
      ]);
      // WHEN
      failed = await deployment.tryDestroy({ args: ["-refresh=false"] });
      await world.clearFaults();
    });

    test("fails loudly: names each key and says what to do", () => {
      expect(failed.exitCode).toBe(1);
      for (const key of KEYS) {
        expect(failed.text).toMatch(new RegExp(`\\[SK208\\] key \\\\"${key}\\\\": the call to OpenAI failed`));
      }
      expect(failed.text).toContain("Run again");
    });

    test("case 20: forgets nothing: keys, secrets and the controller with all it needs stay", async () => {
      const state = (await deployment.stateList()).join("\n");
      for (const key of KEYS) {
        expect(state).toContain(`aws_lambda_invocation.${key}_reconcile`);
        expect(state).toContain(`aws_secretsmanager_secret.${key}_secret`);
      }
      for (const kept of ["lambda_function.openai_controller", "iam_role_policy.openai_controller", "dynamodb_table"]) {
        expect(state).toContain(kept);
      }
      expect(await world.liveVendorKeys()).toEqual(live);
    });

    test("is finished by a later run", async () => {
      await deployment.destroy({ args: ["-refresh=false"] });
      expect(await world.liveVendorKeys()).toEqual([]);
      expect(await world.serviceAccounts()).toEqual([]);
      expect(await inventory(world)).toEqual(before);
      expect(await deployment.stateList()).toEqual([]);
    });
  });
});

function positions(journal: readonly JournalEntry[], wanted: (entry: JournalEntry) => boolean): number[] {
  return journal.filter(wanted).map(({ seq }) => seq);
}

function mentions(entry: JournalEntry, key: string): boolean {
  return JSON.stringify(entry.request).includes(`/${key}`);
}
