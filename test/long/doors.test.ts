import { createHash } from "node:crypto";
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import { unzipSync, zipSync } from "fflate";
import * as v from "valibot";
import { Spend } from "../../constructs";
import { DOCUMENTS } from "../../scripts/permissions";
import { keyRecordSchema } from "../../src/model/key-record";
import { scopedKeys } from "../cli/support/scoped-keys";
import { Deployment, IN_SCOPE } from "../e2e/support/deployment";
import { inventory } from "../e2e/support/inventory";
import { changeFunctionCode, plannedChanges } from "../e2e/support/plan";
import { takeSnapshot } from "../e2e/support/snapshot";
import { TEST_TIMEOUT_MILLIS, type World } from "../e2e/support/world";
import { calledFor } from "../support/drivers";

jest.setTimeout(TEST_TIMEOUT_MILLIS);

const KEY = "summariser";
const LIFETIME = { rotateEverySeconds: 604_800, overlapSeconds: 86_400, expirySeconds: 864_000 };
const POLICY = {
  vendor: "openai",
  owner: "search-team@example.com",
  purpose: "Summaries on the results page",
  scopes: ["api.model.read", "api.model.request"],
  lifetime: LIFETIME,
};
const TF = { action: "update", prev_input: null };
const ACCOUNT = { account: { vendor: "openai", spendUsdPerMonth: 5 }, repair: "none", tf: TF };
const NAMES = ["", ":$LATEST", ":sweep", ":operator"];
const errorSchema = v.object({ errorType: v.string(), errorMessage: v.string() });

describe("the doors of a deployed controller", () => {
  let deployment: Deployment;
  let world: World;
  let empty: string[];
  let secretArn: string;

  beforeAll(async () => {
    // GIVEN
    deployment = await Deployment.start({ keys: { [KEY]: {}, steady: {} } });
    ({ world } = deployment);
    empty = await inventory(world);
    await deployment.init();
    await deployment.apply();
    const described = await world.secrets.send(new DescribeSecretCommand({ SecretId: deployment.secretName(KEY) }));
    secretArn = described.ARN ?? "";
    // Secrets Manager still tests the rotation that was just set up.
    await world.advance("PT1S");
  });
  afterAll(() => deployment?.close());

  const step = () => ({
    Step: "createSecret",
    SecretId: secretArn,
    ClientRequestToken: "0123456789abcdef0123456789abcdef",
  });
  const events: Readonly<Record<string, () => object>> = {
    reconcile: () => ({ key: KEY, secret: deployment.secretName(KEY), policy: POLICY, repair: "none", tf: TF }),
    destroy: () => ({ key: KEY, secret: deployment.secretName(KEY), tf: { action: "delete", prev_input: null } }),
    "account policy": () => ACCOUNT,
    "rotation step": step,
    sweep: () => ({ action: "sweep" }),
    revoke: () => ({ action: "revoke", key: KEY, successor: true }),
    retain: () => ({ action: "retain", key: KEY, version: "current", retain: true }),
    adopt: () => ({ action: "adopt", key: KEY, value: "sk-none" }),
    keys: () => ({ action: "keys" }),
  };
  const terraformsName = () => `${deployment.controllerName}:$LATEST`;
  const invoke = (name: string, event: object) => world.client.invoke(name, JSON.stringify(event));
  const refusal = async (name: string, event: object) => {
    const { status, headers, body } = await invoke(name, event);
    expect([status, headers.get("x-amz-function-error")]).toEqual([200, "Unhandled"]);
    return v.parse(errorSchema, body);
  };
  const runs = (since: number) =>
    world
      .journal({ since, kind: "lambda" })
      .filter(({ operation }) => operation === deployment.controllerName)
      .map(({ caller, qualifier, outcome }) => ({ caller, qualifier, outcome }));

  test.each(Object.keys(events))("are shut for what is another's, with nothing changed: %s", async (name) => {
    // GIVEN
    const before = await takeSnapshot(deployment);
    const mark = world.mark();
    const event = events[name]?.() ?? {};
    const own = calledFor(deployment.controllerName, event);

    for (const suffix of NAMES) {
      const called = deployment.controllerName + suffix;
      // Terraform's is also open by the unqualified name.
      if (called === own || (suffix === "" && "tf" in event)) continue;
      // WHEN
      const { errorType, errorMessage } = await refusal(called, event);
      // THEN
      expect([called, errorType]).toEqual([called, "SK241"]);
      expect(errorMessage).toContain(`by the name ${called}. Allowed: `);
      expect(errorMessage).toContain(`by the name ${own}. `);
    }
    const calls = world.journal({ since: mark }).filter(({ caller }) => caller.startsWith("lambda:"));
    expect(calls).toEqual([]);
    expect(await takeSnapshot(deployment)).toEqual(before);
    expect((await invoke(`${deployment.controllerName}:nobody`, event)).status).toBe(404);
  });

  test("are open for what is their own", async () => {
    const { controllerName } = deployment;
    const { repair } = v.parse(
      v.pipe(v.string(), v.parseJson(), keyRecordSchema),
      (await takeSnapshot(deployment)).records[KEY],
    );
    for (const name of ["reconcile", "sweep", "keys"]) {
      // As a plan without changes would send it.
      const event = { ...events[name]?.(), ...(name === "reconcile" ? { repair } : {}) };
      const { status, headers } = await invoke(calledFor(controllerName, event), event);
      expect([name, status, headers.get("x-amz-function-error")]).toEqual([name, 200, null]);
    }
    // Refused for what they ask for, and not for the door.
    expect((await refusal(controllerName, step())).errorType).toBe("SK211");
    expect((await refusal(`${controllerName}:operator`, events["adopt"]?.() ?? {})).errorType).toBe("SK232");
  });

  test("each driver goes through its own: Terraform, the schedule, Secrets Manager and the command line", async () => {
    // GIVEN
    expect(runs(0).filter(({ caller }) => caller === "terraform")).toEqual(
      Array.from({ length: 2 }, () => ({ caller: "terraform", qualifier: "$LATEST", outcome: "success" })),
    );
    const { keyId } = await deployment.currentValue(KEY);
    let mark = world.mark();

    // WHEN the hour is over
    await world.advance("PT1H");
    // THEN
    expect(runs(mark)).toEqual([{ caller: "events", qualifier: "sweep", outcome: "success" }]);

    // WHEN an operator revokes
    mark = world.mark();
    const revoked = await scopedKeys(["revoke", deployment.secretName(KEY), "--now"], world.sandbox.environment).ended;
    // THEN
    expect(revoked).toMatchObject({ code: 0, stderr: "" });
    expect(revoked.stdout).toContain(`revoked. Dead: ${keyId}.`);
    expect(runs(mark)).toEqual([{ caller: "command", qualifier: "operator", outcome: "success" }]);

    // WHEN an operator rotates
    mark = world.mark();
    const rotated = await scopedKeys(["rotate", deployment.secretName(KEY)], world.sandbox.environment).ended;
    await world.advance("PT1S");
    // THEN
    expect(rotated.code).toBe(0);
    expect(runs(mark)).toEqual(
      Array.from({ length: 4 }, () => ({ caller: "secretsmanager", qualifier: undefined, outcome: "success" })),
    );
    expect(await world.callWith((await deployment.currentValue(KEY)).apiKey, IN_SCOPE)).toBe(200);
    expect((await deployment.plan()).text).toContain("No changes.");
  });

  test("leave a trace of who came through them, and of what no plan had asked about", async () => {
    // GIVEN
    const record = v.parse(
      v.pipe(v.string(), v.parseJson(), keyRecordSchema),
      (await takeSnapshot(deployment)).records[KEY],
    );
    const unplanned = (scopes: string[]) =>
      invoke(terraformsName(), {
        ...events["reconcile"]?.(),
        policy: { ...POLICY, scopes },
        repair: record.repair,
      });

    // WHEN somebody loosens the key, and puts it back
    await unplanned(["api.files.read", ...POLICY.scopes]);
    await unplanned(POLICY.scopes);

    // THEN
    const name = deployment.secretName(KEY);
    const shown = await scopedKeys(["status", name, "--history"], world.sandbox.environment).ended;
    expect(shown).toMatchObject({ code: 0, stderr: "" });
    expect(shown.stdout).toMatch(/ operator .*emergency revoke.*claims to be arn:aws:/);
    expect(shown.stdout).toMatch(/ rotation .*vendor key put into use/);
    expect(shown.stdout.match(/ terraform .*policy applied/g)?.length).toBeGreaterThan(2);
    const plan = await deployment.plan();
    expect(plan.exitCode).toBe(2);
    expect(plan.text).toContain("and no plan had asked about it");

    // WHEN
    await deployment.apply();
    // THEN
    expect((await deployment.plan({ args: ["-refresh=false"] })).exitCode).toBe(0);
    const opened = world
      .logs(deployment.controllerName)
      .filter(({ line }) => line.includes('"unforeseen-policy"') && line.includes('"message"'));
    expect(opened.map(({ line }) => (JSON.parse(line) as { message: string }).message)).toEqual([
      "incident opened",
      "incident resolved",
    ]);
  });

  describe("and what an issuer declares for its project", () => {
    const project = () => world.openai.admin.organization.projects;
    const limit = async () => (await project().spendLimit.retrieve(world.projectId)).threshold_amount;

    test("is applied as declared, and as nobody else says", async () => {
      // GIVEN
      expect((await refusal(terraformsName(), ACCOUNT)).errorType).toBe("SK243");

      // WHEN
      deployment.resynth({ issuer: { project: { spend: Spend.perMonth(7) } } });
      await deployment.apply();
      const other = await refusal(terraformsName(), ACCOUNT);

      // THEN
      expect(await limit()).toBe(700);
      expect(other.errorType).toBe("SK243");
      expect((await deployment.plan()).exitCode).toBe(0);
    });

    test("is changed, and is removed, each with one apply after which the plan is empty", async () => {
      // WHEN
      deployment.resynth({ issuer: { project: { spend: Spend.perMonth(5) } } });
      await deployment.apply();
      // THEN
      expect(await limit()).toBe(500);
      expect((await invoke(terraformsName(), ACCOUNT)).headers.get("x-amz-function-error")).toBeNull();

      // WHEN
      deployment.resynth({ issuer: {} });
      await deployment.apply();
      // THEN
      expect(await limit()).toBe(500);
      expect((await refusal(terraformsName(), ACCOUNT)).errorType).toBe("SK243");
      expect((await deployment.plan()).exitCode).toBe(0);
    });
  });

  describe("and what Terraform asks AWS for", () => {
    const documentSchema = v.object({
      Statement: v.array(v.object({ Sid: v.string(), Action: v.union([v.string(), v.array(v.string())]) })),
    });
    const allowed = (role: keyof typeof DOCUMENTS) =>
      new Set(
        v
          .parse(documentSchema, JSON.parse(DOCUMENTS[role]))
          // Issuers of Amazon Bedrock alone have one.
          .Statement.filter(({ Sid }) => Sid !== "ReadUsersBoundary")
          .flatMap(({ Action }) => Action),
      );
    /** IAM's actions of what Terraform called. */
    const asked = (since: number) =>
      new Set(
        world
          .journal({ since })
          .filter(({ caller, kind }) => caller === "terraform" && kind !== "fault")
          .map(({ service, operation, kind }) =>
            kind === "lambda" || (service === "lambda" && operation === "Invoke")
              ? "lambda:InvokeFunction"
              : `${service === "monitoring" ? "cloudwatch" : service}:${operation}`,
          )
          // Needs no right.
          .filter((action) => action !== "sts:GetCallerIdentity"),
      );

    test("for a plan is what a planner may, and a planner may no more", async () => {
      const mark = world.mark();
      await deployment.plan();
      expect([...asked(mark)].sort()).toEqual([...allowed("planner")].sort());
    });

    test("for an apply, since the first, is what a deployer may", () => {
      const may = allowed("deployer");
      expect([...asked(0)].filter((action) => !may.has(action))).toEqual([]);
    });
  });

  test("lead to new code, with no key touched by its update", async () => {
    // GIVEN
    const before = await takeSnapshot(deployment);
    changeFunctionCode(deployment, (zip) => {
      const next = zipSync({ ...unzipSync(zip), "RELEASE.txt": Buffer.from("next") });
      return { zip: next, sourceCodeHash: createHash("sha256").update(next).digest("base64") };
    });

    // WHEN
    await deployment.plan({ args: ["-out=release.tfplan"] });
    const changes = await plannedChanges(deployment, "release.tfplan");
    await deployment.applySavedPlan("release.tfplan");

    // THEN
    expect(changes.map(({ what }) => what)).toEqual([
      expect.stringMatching(/^update aws_lambda_function\.openai_controller_/),
      expect.stringMatching(/^update aws_lambda_function\.openai_observer_/),
    ]);
    expect(await takeSnapshot(deployment)).toEqual(before);
    const { status, headers } = await invoke(`${deployment.controllerName}:operator`, { action: "keys" });
    expect([status, headers.get("x-amz-function-error")]).toEqual([200, null]);
    expect((await deployment.plan()).exitCode).toBe(0);
  });

  test("go with the stack, which leaves an empty world", async () => {
    const mark = world.mark();
    await deployment.destroy();
    const destroying = world
      .journal({ since: mark, kind: "aws" })
      .flatMap(({ caller, service, operation }) => (caller === "terraform" ? [`${service}:${operation}`] : []));
    for (const action of new Set(destroying.map((name) => name.replace("monitoring:", "cloudwatch:")))) {
      if (action !== "sts:GetCallerIdentity" && action !== "lambda:Invoke")
        expect(DOCUMENTS.deployer).toContain(`"${action}"`);
    }
    expect(await inventory(world)).toEqual(empty);
    expect(await world.liveVendorKeys()).toEqual([]);
  });
});
