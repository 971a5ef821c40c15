import { OpenAiScope } from "../../constructs";
import { costOfPlan, costOfRotation, MANY_AT_ONCE, manyKeys } from "../e2e/support/cost";
import { Deployment } from "../e2e/support/deployment";
import { TEST_TIMEOUT_MILLIS } from "../e2e/support/world";

jest.setTimeout(2 * TEST_TIMEOUT_MILLIS);

/**
 * A list holds 100, so these take as many vendor calls as 200; that many are in `npm run bench`.
 */
const KEYS = 120;
const PLAN_VENDOR_CALLS_MAX = 3;
const ROTATION_VENDOR_CALLS_MAX = 4;

describe(`what ${KEYS} keys cost`, () => {
  let deployment: Deployment;
  beforeAll(async () => {
    const keys = manyKeys(KEYS - 1);
    deployment = await Deployment.start({ keys: { ...keys, "asks-only": { scopes: [OpenAiScope.MODEL_REQUEST] } } });
    await deployment.init();
    await deployment.apply(MANY_AT_ONCE);
  });
  afterAll(() => deployment?.close());

  test("all of them were issued, once", async () => {
    const live = await deployment.world.liveVendorKeys();
    expect(live).toHaveLength(KEYS);
    expect(new Set(live.map(({ ownerId }) => ownerId)).size).toBe(KEYS);
  });

  test("a plan: one invocation of the observer, three vendor calls, and no value is read", async () => {
    // WHEN
    const { plan, invocations, vendorCalls, entries } = await costOfPlan(deployment);
    // THEN
    expect(plan.exitCode).toBe(0);
    expect(invocations).toEqual([deployment.observerName]);
    expect(vendorCalls.length).toBeLessThanOrEqual(PLAN_VENDOR_CALLS_MAX);
    expect(vendorCalls.every((call) => call.startsWith("GET "))).toBe(true);
    // The observer reads its admin key; Terraform reads no value at all.
    const read = entries.filter(({ operation }) => operation === "GetSecretValue").map(({ caller }) => caller);
    expect(read).toEqual([`lambda:${deployment.observerName}`]);
  });

  test.each(["service-000", "asks-only"])("a rotation of %s: four vendor calls", async (key) => {
    // GIVEN
    const before = await deployment.currentValue(key);
    // WHEN
    const { invocations, vendorCalls } = await costOfRotation(deployment, key);
    // THEN
    expect((await deployment.currentValue(key)).keyId).not.toBe(before.keyId);
    expect(invocations).toEqual(Array(4).fill(deployment.controllerName));
    expect(vendorCalls.length).toBeLessThanOrEqual(ROTATION_VENDOR_CALLS_MAX);
    expect(vendorCalls.filter((call) => call.startsWith("POST "))).toHaveLength(1);
  });
});
