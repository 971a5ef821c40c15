import fc from "fast-check";
import * as v from "valibot";
import {
  deleteEventSchema,
  deleteProjectLimitsEventSchema,
  observeEventSchema,
  projectLimitsEventSchema,
  REPAIR_MAX_LENGTH,
  reconcileEventSchema,
  rotationEventSchema,
  SWEEP_EVENT,
  sweepEventSchema,
} from "../../src/model/events";
import { PROJECT_LIMITS } from "../../src/model/names";
import { policyOf } from "../support/engine";

const NAMED = { key: "summariser", secret: "ai-keys/openai/summariser" };
const RECONCILE = { ...NAMED, policy: policyOf(), repair: "none", tf: { action: "create", prev_input: null } };
const ROTATION = {
  Step: "createSecret",
  SecretId: "arn:aws:secretsmanager:us-east-1:123456789012:secret:ai-keys/openai/summariser-abcdef",
  ClientRequestToken: "0123456789abcdef0123456789abcdef",
};

describe("a reconcile", () => {
  test.each<[string, object]>([
    ["a create", RECONCILE],
    ["an update", { ...RECONCILE, tf: { action: "update", prev_input: { ...RECONCILE, tf: undefined } } }],
    [
      "an update of what an older release wrote",
      { ...RECONCILE, tf: { action: "update", prev_input: { version: 0 } } },
    ],
    ["a newer provider that says more", { ...RECONCILE, tf: { action: "create", prev_input: null, request: 7 } }],
    ["the longest repair token", { ...RECONCILE, repair: "x".repeat(REPAIR_MAX_LENGTH) }],
  ])("may be %s", (_, event) => {
    expect(v.is(reconcileEventSchema, event)).toBe(true);
  });

  test("may lack no field and have no other, at the top, in the policy and in the lifetime", () => {
    const { policy } = RECONCILE;
    for (const field of Object.keys(RECONCILE)) {
      expect(v.is(reconcileEventSchema, { ...RECONCILE, [field]: undefined })).toBe(false);
    }
    // What a key may do has parts that its vendor may not have.
    for (const field of Object.keys(policy).filter((name) => name !== "scopes")) {
      expect(v.is(reconcileEventSchema, { ...RECONCILE, policy: { ...policy, [field]: undefined } })).toBe(false);
    }
    expect(v.is(reconcileEventSchema, { ...RECONCILE, more: 1 })).toBe(false);
    expect(v.is(reconcileEventSchema, { ...RECONCILE, policy: { ...policy, more: 1 } })).toBe(false);
    const lifetime = { ...policy.lifetime, more: 1 };
    expect(v.is(reconcileEventSchema, { ...RECONCILE, policy: { ...policy, lifetime } })).toBe(false);
  });
});

describe("a destroy", () => {
  test("is understood whatever policy an older or newer release has left in the state", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue()), (policy, more) => {
        const event = {
          ...more,
          policy,
          ...NAMED,
          tf: { action: "delete", prev_input: { ...more, ...NAMED, policy } },
        };
        expect(v.parse(deleteEventSchema, event)).toMatchObject(NAMED);
      }),
    );
  });

  test.each<[string, object]>([
    ["without a key", { ...NAMED, key: undefined }],
    ["of a key that is a path", { ...NAMED, key: "../x" }],
    ["without a secret", { ...NAMED, secret: undefined }],
  ])("%s is refused", (_, named) => {
    expect(v.is(deleteEventSchema, { ...named, tf: { action: "delete", prev_input: null } })).toBe(false);
  });

  test("is not taken for a create, nor a create for it", () => {
    const destroy = { ...RECONCILE, tf: { action: "delete", prev_input: null } };
    expect(v.is(reconcileEventSchema, destroy)).toBe(false);
    expect(v.is(deleteEventSchema, RECONCILE)).toBe(false);
  });
});

describe("a rotation step", () => {
  test.each([
    ["createSecret", "createSecret"],
    ["create_secret", "createSecret"],
    ["setSecret", "setSecret"],
    ["set_secret", "setSecret"],
    ["testSecret", "testSecret"],
    ["test_secret", "testSecret"],
    ["finishSecret", "finishSecret"],
    ["finish_secret", "finishSecret"],
  ])("may be written %s", (Step, step) => {
    expect(v.parse(rotationEventSchema, { ...ROTATION, Step }).Step).toBe(step);
  });

  test.each(["toString", "constructor", "__proto__", "CREATESECRET", "", null, 7])("is not %j", (Step) => {
    expect(v.is(rotationEventSchema, { ...ROTATION, Step })).toBe(false);
  });

  test("has a token that need not be a UUID, of 32 to 64 characters", () => {
    for (const [length, valid] of [
      [31, false],
      [32, true],
      [64, true],
      [65, false],
    ] as const) {
      expect(v.is(rotationEventSchema, { ...ROTATION, ClientRequestToken: "t".repeat(length) })).toBe(valid);
    }
  });

  test("keeps its RotationToken, and may have fields that AWS adds", () => {
    const parsed = v.parse(rotationEventSchema, { ...ROTATION, RotationToken: "rt", Added: 1 });
    expect(parsed).toEqual({ ...ROTATION, RotationToken: "rt" });
  });
});

describe("an observation", () => {
  test.each<[string, object, boolean]>([
    ["of no key", {}, true],
    ["of a key with its digest", { summariser: "0123456789ab" }, true],
    ["of a key with a digest that is none", { summariser: "0123456789AB" }, false],
    ["of a key whose digest is not known yet", { summariser: null }, false],
    ["of a name that is no key's", { "a/b": "0123456789ab" }, false],
  ])("%s: %j is %s", (_, keys, valid) => {
    expect(v.is(observeEventSchema, { action: "observe", keys })).toBe(valid);
  });

  test.each<[unknown, boolean]>([
    ["0123456789ab", true],
    ["0123456789AB", false],
    [null, false],
  ])("of project limits with the digest %j is %s", (account, valid) => {
    expect(v.is(observeEventSchema, { action: "observe", keys: {}, account })).toBe(valid);
  });
});

describe("project limits", () => {
  const EVENT = {
    account: { vendor: "openai", spendUsdPerMonth: 5 },
    repair: "none",
    tf: { action: "create", prev_input: null },
  };

  test.each<[string, object, boolean]>([
    ["on create", {}, true],
    ["on update, with what Terraform adds", { tf: { action: "update", prev_input: {}, more: 1 } }, true],
    ["on delete", { tf: { action: "delete", prev_input: null } }, false],
    ["without a repair token", { repair: "" }, false],
    ["that declares nothing", { account: { vendor: "openai" } }, false],
    ["with a key beside it", { key: "summariser" }, false],
  ])("%s", (_, change, valid) => {
    expect(v.is(projectLimitsEventSchema, { ...EVENT, ...change })).toBe(valid);
  });

  test("of any release can be ended", () => {
    const tf = { action: "delete", prev_input: null };
    expect(v.is(deleteProjectLimitsEventSchema, { account: { colour: "red" }, later: 1, tf })).toBe(true);
    expect(v.is(deleteProjectLimitsEventSchema, { ...EVENT })).toBe(false);
  });
});

test("no key can have the name that stands for the account", () => {
  expect(v.is(observeEventSchema, { action: "observe", keys: { [PROJECT_LIMITS]: "0123456789ab" } })).toBe(false);
});

test("a sweep is what the schedule sends, and nothing more", () => {
  expect(v.is(sweepEventSchema, SWEEP_EVENT)).toBe(true);
  expect(v.is(sweepEventSchema, { ...SWEEP_EVENT, dry: true })).toBe(false);
});
