import { costOfPlan, costOfRotation, MANY_AT_ONCE, manyKeys } from "../test/e2e/support/cost";
import { Deployment } from "../test/e2e/support/deployment";
import type { BenchRow } from "./row";

const KEYS = 200;
const ROTATED = "service-000";

/**
 * What a plan over 200 deployed keys and one rotation cost, counted in the sandbox's journal under
 * the real Terraform.
 */
export async function benchPlanCost(): Promise<BenchRow[]> {
  const deployment = await Deployment.start({ keys: manyKeys(KEYS) });
  try {
    await deployment.init();
    await deployment.apply(MANY_AT_ONCE);
    const plan = await costOfPlan(deployment);
    if (plan.plan.exitCode !== 0) throw new Error(`A plan after a deploy is not empty:\n${plan.plan.raw}`);
    const rotation = await costOfRotation(deployment, ROTATED);
    const of = `${KEYS} keys`;
    return [
      { name: `plan over ${of}: invocations`, value: plan.invocations.length, unit: "calls", target: 1 },
      { name: `plan over ${of}: vendor calls`, value: plan.vendorCalls.length, unit: "calls", target: 3 },
      { name: "rotation: vendor calls", value: rotation.vendorCalls.length, unit: "calls", target: 4 },
    ];
  } finally {
    await deployment.close();
  }
}
