import { createHash } from "node:crypto";
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import { unzipSync, zipSync } from "fflate";
import { Deployment, IN_SCOPE, OUT_OF_SCOPE } from "./support/deployment";
import { changeFunctionCode, changeSchedule, plannedChanges } from "./support/plan";
import { TEST_TIMEOUT_MILLIS, type World } from "./support/world";

jest.setTimeout(TEST_TIMEOUT_MILLIS);

const FUNCTIONS_ONLY = [
  expect.stringMatching(/^update aws_lambda_function\.openai_controller_/),
  expect.stringMatching(/^update aws_lambda_function\.openai_observer_/),
];

/** In three days, so that no rotation comes meanwhile. */
const weekday = (now: Date) => ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"][(now.getUTCDay() + 3) % 7];

let deployment: Deployment;
let world: World;
let steadyBefore: string;

describe("a release with other code", () => {
  beforeAll(async () => {
    deployment = await Deployment.start({ keys: { steady: {}, drifting: {} } });
    ({ world } = deployment);
    await deployment.init();
    changeSchedule(deployment, { schedule_expression: "rate(7 days)" });
    await deployment.apply();
    steadyBefore = (await deployment.currentValue("steady")).keyId;
    changeFunctionCode(deployment, (zip) => {
      const next = zipSync({ ...unzipSync(zip), "RELEASE.txt": Buffer.from("next") });
      return { zip: next, sourceCodeHash: createHash("sha256").update(next).digest("base64") };
    });
  });

  test("case 8: is planned as a change of the functions, and of no key", async () => {
    // WHEN
    const plan = await deployment.plan({ args: ["-out=release.tfplan"] });
    const changes = await plannedChanges(deployment, "release.tfplan");
    // THEN
    expect(plan.exitCode).toBe(2);
    expect(plan.text).not.toContain("Warning");
    expect(changes.map(({ what }) => what)).toEqual(FUNCTIONS_ONLY);
  });

  test("does not hide drift in the same plan", async () => {
    // GIVEN
    const { keyId } = await deployment.currentValue("drifting");
    await world.openai.admin.organization.projects.apiKeys.delete(keyId, { project_id: world.projectId });
    // WHEN
    await deployment.plan({ args: ["-out=release.tfplan"] });
    const changes = await plannedChanges(deployment, "release.tfplan");
    // THEN
    expect(changes.map(({ what }) => what)).toEqual([
      ...FUNCTIONS_ONLY,
      expect.stringMatching(/^update aws_lambda_invocation\.drifting_/),
    ]);
    expect(changes.at(-1)?.input).toContain(`vendor key ${keyId} was deleted at OpenAI`);
  });

  test("is applied without touching a key that needs nothing, and heals the one that drifted", async () => {
    // WHEN
    await deployment.applySavedPlan("release.tfplan");
    const plan = await deployment.plan();
    // THEN
    expect(plan.text).toContain("No changes.");
    expect(plan.exitCode).toBe(0);
    expect((await deployment.currentValue("steady")).keyId).toBe(steadyBefore);
    for (const key of ["steady", "drifting"]) {
      const { apiKey, keyId } = await deployment.currentValue(key);
      expect((await deployment.liveKeysOf(key)).map(({ id }) => id)).toEqual([keyId]);
      expect(await world.callWith(apiKey, IN_SCOPE)).toBe(200);
      expect(await world.callWith(apiKey, OUT_OF_SCOPE)).toBe(401);
    }
  });
});

describe("a release with another schedule of rotation", () => {
  let schedule: string;
  beforeAll(() => {
    schedule = `cron(0 5 ? * ${weekday(world.sandbox.now())} *)`;
    changeSchedule(deployment, { schedule_expression: schedule, duration: "1h" });
  });
  afterAll(() => deployment?.close());

  test("is planned as a change of the rotations alone, in place", async () => {
    await deployment.plan({ args: ["-out=schedule.tfplan"] });
    const changes = await plannedChanges(deployment, "schedule.tfplan");
    expect(changes.map(({ what }) => what).sort()).toEqual([
      expect.stringMatching(/^update aws_secretsmanager_secret_rotation\.drifting_/),
      expect.stringMatching(/^update aws_secretsmanager_secret_rotation\.steady_/),
    ]);
  });

  test("is applied without rotating anything, and the plan after it is empty", async () => {
    // WHEN
    await deployment.applySavedPlan("schedule.tfplan");
    await world.advance("PT1H");
    // THEN
    expect((await deployment.plan()).exitCode).toBe(0);
    expect((await deployment.currentValue("steady")).keyId).toBe(steadyBefore);
    const { RotationRules } = await world.secrets.send(
      new DescribeSecretCommand({ SecretId: deployment.secretName("steady") }),
    );
    expect(RotationRules).toMatchObject({ ScheduleExpression: schedule, Duration: "1h" });
  });
});
