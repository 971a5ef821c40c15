import {
  CancelRotateSecretCommand,
  DeleteSecretCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
} from "@aws-sdk/client-secrets-manager";
import { Duration, Lifetime } from "../../constructs";
import type { Fault } from "../../src/sandbox";
import { Deployment, IN_SCOPE, OUT_OF_SCOPE } from "./support/deployment";
import { blockOf } from "./support/plan";
import type { TerraformResult } from "./support/terraform";
import { TEST_TIMEOUT_MILLIS, type World } from "./support/world";

jest.setTimeout(TEST_TIMEOUT_MILLIS);

const SCOPES = ["api.model.request", "api.model.read"];
const MONTH_SECONDS = 30 * 86_400;

/** Somebody who does to a key what Terraform is to find out. */
interface Meddler {
  readonly keyId: string;
  /** Service account of the key. */
  readonly account: string;
  /** Start of the names of its vendor keys. */
  readonly ownName: string;
  readonly secretName: string;
}

interface Drift {
  readonly meddle: (world: World, key: Meddler) => Promise<unknown>;
  /** What the plan must say, in the block of the resource that names the key. */
  readonly says: string | RegExp;
  /** @default "lambda_invocation" */
  readonly resource?: string;
}

function updateKey(world: World, keyId: string, body: { scopes?: string[]; expires_in_seconds?: number }) {
  return world.openai.admin.organization.projects.apiKeys.update(keyId, { project_id: world.projectId, ...body });
}

async function foreignKey(world: World, account: string, name: string): Promise<void> {
  await world.openai.admin.organization.projects.serviceAccounts.apiKeys.create(account, {
    project_id: world.projectId,
    name,
    scopes: SCOPES,
  });
}

/** One key of the stack suffers each, so that one plan sees and one apply heals them all. */
const DRIFTS: Readonly<Record<string, Drift>> = {
  deleted: {
    meddle: (world, { keyId }) =>
      world.openai.admin.organization.projects.apiKeys.delete(keyId, { project_id: world.projectId }),
    says: /vendor key \S+ was deleted at OpenAI/,
  },
  orphaned: {
    meddle: (world, { account }) =>
      world.openai.admin.organization.projects.serviceAccounts.delete(account, { project_id: world.projectId }),
    says: /vendor key \S+ was deleted at OpenAI/,
  },
  binned: {
    meddle: (world, { secretName }) =>
      world.secrets.send(new DeleteSecretCommand({ SecretId: secretName, ForceDeleteWithoutRecovery: true })),
    says: "its secret is gone",
  },
  expired: {
    meddle: (world, { keyId }) => updateKey(world, keyId, { expires_in_seconds: 1 }),
    says: /vendor key \S+ was disabled by expiry at OpenAI on 20/,
  },
  widened: {
    meddle: (world, { keyId }) => updateKey(world, keyId, { scopes: [...SCOPES, "api.files.read"] }),
    says: /scopes of vendor key \S+ changed at OpenAI: \+api\.files\.read, on 20\S+ by \S+@\S+ as its audit log says/,
  },
  unscoped: {
    meddle: (world, { keyId }) => updateKey(world, keyId, { scopes: [] }),
    says: /scopes of vendor key \S+ changed at OpenAI to all permissions/,
  },
  prolonged: {
    meddle: (world, { keyId }) => updateKey(world, keyId, { expires_in_seconds: MONTH_SECONDS }),
    says: /expiry of vendor key \S+ changed at OpenAI from 20\S+ to 20/,
  },
  "foreign-on-account": {
    meddle: (world, { account }) => foreignKey(world, account, "laptop of jane"),
    says: /vendor key \S+ \\"laptop of jane\\" at OpenAI was made by somebody else/,
  },
  "foreign-by-name": {
    meddle: async (world, { ownName }) => {
      const { serviceAccounts } = world.openai.admin.organization.projects;
      const { id } = await serviceAccounts.create(world.projectId, {
        name: "somebody",
        create_service_account_only: true,
      });
      await serviceAccounts.update(id, { project_id: world.projectId, role: "member" });
      await foreignKey(world, id, `${ownName}/copied`);
    },
    says: /vendor key \S+ \\"ai-keys\/openai\.[0-9a-f]{8}\/foreign-by-name\/copied\\" at OpenAI was made by somebody else/,
  },
  edited: {
    meddle: (world, { secretName }) =>
      world.secrets.send(new PutSecretValueCommand({ SecretId: secretName, SecretString: "edited by hand" })),
    says: "the secret's value was edited by hand",
  },
  unrotated: {
    meddle: (world, { secretName }) => world.secrets.send(new CancelRotateSecretCommand({ SecretId: secretName })),
    says: "rotation of the secret is switched off",
  },
  opened: {
    meddle: (world, { secretName }) =>
      world.secrets.send(
        new PutResourcePolicyCommand({
          SecretId: secretName,
          ResourcePolicy: JSON.stringify({
            Version: "2012-10-17",
            Statement: [
              {
                Sid: "Partner",
                Effect: "Allow",
                Principal: { AWS: "arn:aws:iam::999988887777:root" },
                Action: "secretsmanager:GetSecretValue",
                Resource: "*",
              },
            ],
          }),
        }),
      ),
    says: "arn:aws:iam::999988887777:root",
    resource: "secretsmanager_secret",
  },
};
const UNTOUCHED = "untouched";
/** No rotation comes in between. */
const FORTNIGHTLY = Lifetime.rotating({
  every: Duration.days(14),
  overlap: Duration.hours(24),
  expiry: Duration.days(18),
});

describe("drift", () => {
  let deployment: Deployment;
  let world: World;
  beforeAll(async () => {
    const keys = Object.fromEntries([...Object.keys(DRIFTS), UNTOUCHED].map((key) => [key, { lifetime: FORTNIGHTLY }]));
    deployment = await Deployment.start({ keys });
    ({ world } = deployment);
    await deployment.init();
    await deployment.apply();
  });
  afterAll(() => deployment?.close());

  test("is not seen right after a deploy", async () => {
    const plan = await deployment.plan();
    expect(plan.text).toContain("No changes.");
    expect(plan.text).not.toContain("Warning");
    expect(plan.exitCode).toBe(0);
  });

  describe("of every kind at once", () => {
    let untouchedBefore: string;
    let drifted: TerraformResult;
    let healed: TerraformResult;
    beforeAll(async () => {
      // GIVEN
      untouchedBefore = (await deployment.currentValue(UNTOUCHED)).keyId;
      for (const [key, { meddle }] of Object.entries(DRIFTS)) {
        const [live] = await deployment.liveKeysOf(key);
        const { keyId } = await deployment.currentValue(key);
        await meddle(world, {
          keyId,
          account: live?.ownerId ?? "",
          ownName: live?.name.replace(/\/[^/]*$/, "") ?? "",
          secretName: deployment.secretName(key),
        });
      }
      await world.advance("PT10S");
      // WHEN
      drifted = await deployment.plan();
      await deployment.apply();
      healed = await deployment.plan();
    });

    test.each(Object.entries(DRIFTS))("%s: the plan names key and difference", (key, { says, resource }) => {
      expect(drifted.exitCode).toBe(2);
      expect(blockOf(drifted, resource ?? "lambda_invocation", key)).toMatch(says);
    });

    test.each(Object.keys(DRIFTS))(
      "case 17: %s: after the apply the key works inside its scopes and nowhere else",
      async (key) => {
        const { apiKey, keyId } = await deployment.currentValue(key);
        expect(await world.callWith(apiKey, IN_SCOPE)).toBe(200);
        expect(await world.callWith(apiKey, OUT_OF_SCOPE)).toBe(401);
        expect((await deployment.liveKeysOf(key)).map(({ id }) => id)).toContain(keyId);
      },
    );

    test("the plan after the apply is empty", () => {
      expect(healed.text).toContain("No changes.");
      expect(healed.exitCode).toBe(0);
    });

    test("a key beside them is in no plan and keeps its vendor key", async () => {
      expect(drifted.text).not.toMatch(new RegExp(`# aws_\\w+\\.${UNTOUCHED}_`));
      expect(drifted.text).not.toContain(`${UNTOUCHED} (`);
      expect((await deployment.currentValue(UNTOUCHED)).keyId).toBe(untouchedBefore);
    });

    test("only what was declared is live", async () => {
      // Superseded keys live on for their overlap.
      await world.advance("P1DT2H");
      const live = await world.liveVendorKeys();
      expect(live.map(({ name }) => name.split("/").at(-2)).sort()).toEqual([...Object.keys(DRIFTS), UNTOUCHED].sort());
    });
  });

  test("a vendor key that somebody deletes is replaced by the next sweep; events tell of it, and the plan is empty", async () => {
    // GIVEN
    const { keyId } = await deployment.currentValue(UNTOUCHED);
    await world.openai.admin.organization.projects.apiKeys.delete(keyId, { project_id: world.projectId });
    const mark = world.mark();
    // WHEN
    await world.advance("PT1H");
    // THEN
    const { apiKey } = await deployment.currentValue(UNTOUCHED);
    expect(await world.callWith(apiKey, IN_SCOPE)).toBe(200);
    const told = world.journal({ since: mark }).filter(({ operation }) => operation === "PutEvents");
    expect(told.map(({ caller, status }) => [caller, status])).toEqual([[`lambda:${deployment.controllerName}`, 200]]);
    const text = JSON.stringify(told[0]?.request);
    for (const word of ["Scoped Key Incident Opened", "Scoped Key Incident Resolved", "key-gone", UNTOUCHED]) {
      expect(text).toContain(word);
    }
    const plan = await deployment.plan();
    expect(plan.text).toContain("No changes.");
    expect(plan.exitCode).toBe(0);
  });

  describe("that cannot be looked for is unknown, and never in sync:", () => {
    const observer = { service: "openai", caller: "lambda:*-observer" };
    const keys = { ...observer, operation: "GET /v1/organization/projects/*/api_keys" };
    const fail = (match: Fault["match"], fault: Fault["fault"]) => async () =>
      world.faults([{ match, fault, times: 50, skip: 0 }]);
    afterEach(async () => {
      await world.clearFaults();
      await world.vendorSettings({ auditLog: "on" });
    });

    test.each([
      ["the vendor answers errors", fail(keys, { type: "status", status: 500 }), "OpenAI could not be read"],
      ["the vendor does not answer", fail(observer, { type: "drop" }), "OpenAI could not be read"],
      [
        "the audit log is forbidden",
        () => world.vendorSettings({ auditLog: "forbidden" }),
        "OpenAI's audit log could not be read",
      ],
    ])("%s", async (_case, breakIt, says) => {
      // GIVEN
      await breakIt();
      // WHEN
      const plan = await deployment.plan();
      // THEN
      expect(plan.exitCode).toBe(0);
      expect(plan.text).toContain("Warning: Check block assertion failed");
      for (const key of [...Object.keys(DRIFTS), UNTOUCHED]) expect(plan.text).toContain(`${key} (unknown): ${says}`);
      expect(plan.text).not.toMatch(/in.sync/);
    });
  });
});
