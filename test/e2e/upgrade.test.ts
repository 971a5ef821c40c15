import { createHash } from "node:crypto";
import { unzipSync, zipSync } from "fflate";
import { Deployment, IN_SCOPE, OUT_OF_SCOPE } from "./support/deployment";
import { changeFunctionCode, plannedChanges } from "./support/plan";
import { TEST_TIMEOUT_MILLIS, type World } from "./support/world";

jest.setTimeout(TEST_TIMEOUT_MILLIS);

const FUNCTIONS_ONLY = [
  expect.stringMatching(/^update aws_lambda_function\.openai_controller_/),
  expect.stringMatching(/^update aws_lambda_function\.openai_observer_/),
];

describe("a release with other code", () => {
  let deployment: Deployment;
  let world: World;
  let steadyBefore: string;
  beforeAll(async () => {
    deployment = await Deployment.start({ keys: { steady: {}, drifting: {} } });
    ({ world } = deployment);
    await deployment.init();
    await deployment.apply();
    steadyBefore = (await deployment.currentValue("steady")).keyId;
    changeFunctionCode(deployment, (zip) => {
      const next = zipSync({ ...unzipSync(zip), "RELEASE.txt": Buffer.from("next") });
      return { zip: next, sourceCodeHash: createHash("sha256").update(next).digest("base64") };
    });
  });
  afterAll(() => deployment?.close());

  test("is planned as a change of the functions, and of no key", async () => {
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
