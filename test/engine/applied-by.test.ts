import { observe } from "../../src/engine/commands/observe/observe";
import { reconcile } from "../../src/engine/commands/reconcile/reconcile";
import { appliedBy } from "../../src/engine/history/applied-by";
import { HISTORY_MAX, type KeyEffect } from "../../src/model/history";
import { policyDigest } from "../../src/model/key-policy";
import { EngineHarness, PREFIX, policyOf } from "../support/engine";

const KEY = "summariser";
const DECLARED = policyOf({ scopes: ["api.model.read"] });
const OTHER = policyOf({ scopes: ["api.all"] });

async function benchWith(...policies: ReadonlyArray<typeof DECLARED>): Promise<EngineHarness> {
  const harness = new EngineHarness();
  harness.secret.exists = true;
  for (const policy of policies) {
    const tf = { action: "update", prev_input: null } as const;
    await reconcile(harness.engine, { key: KEY, secret: `${PREFIX}/${KEY}`, policy, repair: "none", tf });
  }
  return harness;
}

test("of a policy that is not the declared one the observer says by which door and request it was set", async () => {
  // GIVEN
  const harness = await benchWith(DECLARED, OTHER, OTHER);
  // WHEN
  const seen = await observe(harness.engine, { action: "observe", keys: { [KEY]: policyDigest(DECLARED) } });
  // THEN
  const { door, requestId } = harness.engine.effects.attribution;
  expect(seen[KEY]?.applied).toMatchObject({ scopes: ["api.all"] });
  expect(seen[KEY]?.by).toContain(`door ${door ?? "unknown"}, request ${requestId}, on `);
});

const effect = (what: Partial<KeyEffect>): KeyEffect => ({
  at: 1_700_000_000,
  door: "terraform",
  request: "r",
  what: "x",
  ...what,
});
const digest = policyDigest(OTHER);

async function by(effects: readonly KeyEffect[], keys = 1): Promise<string | undefined> {
  const harness = await benchWith(OTHER);
  const record = harness.table.records.get(KEY);
  if (record === undefined) throw new Error("no record");
  const engine = {
    ...harness.engine,
    ledger: Object.assign(Object.create(harness.engine.ledger), { history: async () => effects }),
  };
  return (
    await appliedBy(
      engine,
      Array.from({ length: keys }, () => record),
    )
  ).get(KEY);
}

test("it is the first of the effects that know the policy, with what the operator claimed", async () => {
  const setting = effect({ request: "r-2", door: "operator", by: "arn:aws:iam::1:user/eve", policy: digest });
  const history = [
    effect({ request: "r-1", policy: "000000000000" }),
    setting,
    effect({ request: "r-3", policy: digest }),
  ];
  expect(await by(history)).toBe(
    "door operator, request r-2, on 2023-11-14T22:13:20.000Z, claimed to be arn:aws:iam::1:user/eve",
  );
});

test.each([
  ["nothing is remembered", [], 1],
  ["what set it may be forgotten", Array.from({ length: HISTORY_MAX }, () => effect({ policy: digest })), 1],
  ["the last one knows another policy", [effect({ policy: digest }), effect({ policy: "000000000000" })], 1],
  ["a plan changes many keys", [effect({ policy: digest })], 21],
] as const)("where %s, it is not known", async (_, history, keys) => {
  expect(await by(history, keys)).toBeUndefined();
});
