import fc from "fast-check";
import * as v from "valibot";
import { observe } from "../../../src/engine/commands/observe/observe";
import { observer } from "../../../src/handlers/observer";
import { taskOf } from "../../../src/handlers/tasks";
import { calledBy, entranceOf, isOpenAt } from "../../../src/model/doors";
import { ENVIRONMENT } from "../../../src/model/environment";
import { observeEventSchema } from "../../../src/model/events";
import { canonicalProjectLimits, projectLimitsDigest, projectLimitsSchema } from "../../../src/model/project-limits";
import { openAi } from "../../../src/vendors/openai/adapter";
import { calledFor } from "../../support/drivers";
import { PREFIX } from "../../support/engine";
import { ACCOUNT_ID, REGION } from "../../support/secrets-manager";
import { FUNCTION_ARN, FuzzHarness, KEY, SECRET } from "../bench";
import { Broken, checkRefusal, checkSilent, type Door, refusedOrDone } from "../door";
import { mutated } from "../mutate";
import { validPolicy } from "./policies";

const key = fc.constantFrom(KEY, "translator", "a.b-c_d");
const repair = fc.constantFrom("none", "2026-11-24T10:20:00.000Z vendor key was deleted", "x".repeat(1_024));
const secretArn = `arn:aws:secretsmanager:${REGION}:${ACCOUNT_ID}:secret:${SECRET}-aB3dE9`;
const token = fc.constantFrom("t".repeat(32), "rotation-00000000000000000000000000000001");
const previous = fc.constantFrom(null, {}, { key: KEY });

const terraformEvent = fc.record({
  key: fc.constant(KEY),
  secret: fc.constant(SECRET),
  policy: validPolicy,
  repair,
  tf: fc.record({ action: fc.constantFrom("create", "update", "delete"), prev_input: previous }),
});
const accountEvent = fc.record({
  account: fc.record(
    {
      vendor: fc.constantFrom("openai", "anthropic"),
      models: fc.constantFrom(["gpt-5"], []),
      rates: fc.constantFrom(
        [{ model: "gpt-5", requestsPerMinute: 5 }],
        [{ group: "batch", outputTokensPerMinute: 5 }],
      ),
      spendUsdPerMonth: fc.constantFrom(5, 0.1, 0),
    },
    { requiredKeys: ["vendor"] },
  ),
  repair,
  tf: fc.record({ action: fc.constantFrom("create", "update", "delete"), prev_input: previous }),
});
const rotationEvent = fc.record({
  Step: fc.constantFrom("createSecret", "setSecret", "testSecret", "finishSecret", "create_secret", "finish_secret"),
  SecretId: fc.constant(secretArn),
  ClientRequestToken: token,
  RotationToken: fc.constantFrom("r1", undefined),
});
const operatorEvent = fc.oneof(
  fc.record({ action: fc.constant("sweep") }),
  fc.record(
    { action: fc.constant("revoke"), key, successor: fc.boolean(), keepCurrent: fc.constantFrom(true, false) },
    { requiredKeys: ["action", "key", "successor"] },
  ),
  fc.record(
    {
      action: fc.constant("retain"),
      key,
      version: fc.constantFrom("current", "previous"),
      retain: fc.boolean(),
      overEmergency: fc.constantFrom(true, false),
    },
    { requiredKeys: ["action", "key", "version", "retain"] },
  ),
  fc.record({ action: fc.constant("keys") }),
);
const observeEvent = fc.record(
  {
    action: fc.constant("observe"),
    keys: fc.dictionary(key, fc.constantFrom("0123456789ab", "ffffffffffff"), { maxKeys: 3 }),
    account: fc.constantFrom("0123456789ab", "none"),
  },
  { requiredKeys: ["action", "keys"] },
);

const ENVIRONMENT_OF_FUNCTION = {
  [ENVIRONMENT.prefix]: PREFIX,
  [ENVIRONMENT.ledgerTable]: "ledger",
  [ENVIRONMENT.vendorSettings]: {},
  [ENVIRONMENT.adminCallsPerMinute]: 60,
} as const;

/** As where the issuer declares what the event holds. */
function declaring(event: unknown): { [ENVIRONMENT.accountPolicy]?: string } {
  const parsed = v.safeParse(v.looseObject({ account: projectLimitsSchema }), event);
  if (!parsed.success) return {};
  return { [ENVIRONMENT.accountPolicy]: projectLimitsDigest(canonicalProjectLimits(parsed.output.account)) };
}

/** What whoever may invoke the controller sends. A key is deployed or not. */
export const controllerEvents: Door = {
  name: "controller-events",
  share: 30,
  input: fc.record({
    event: mutated(fc.oneof(terraformEvent, accountEvent, rotationEvent, operatorEvent, observeEvent)),
    deployed: fc.boolean(),
    /** Mostly the name that its driver uses. */
    door: fc.option(fc.constantFrom("", ":sweep", ":operator", ":$LATEST", ":7"), { freq: 3, nil: undefined }),
    accountDeclared: fc.boolean(),
  }),
  async enter(input) {
    const { event, deployed, door, accountDeclared } = input as {
      event: unknown;
      deployed: boolean;
      door?: string;
      accountDeclared: boolean;
    };
    const functionArn = door === undefined ? calledFor(FUNCTION_ARN, event) : FUNCTION_ARN + door;
    const harness = new FuzzHarness();
    let task: ReturnType<typeof taskOf>;
    try {
      task = taskOf(event, {
        engine: harness.engine,
        functionArn,
        keepSecret: () => {},
        environment: { ...ENVIRONMENT_OF_FUNCTION, ...(accountDeclared ? declaring(event) : {}) },
      });
      const entrance = entranceOf(calledBy(functionArn).qualifier);
      if (entrance === undefined || !isOpenAt(entrance, task.door)) throw new Broken(`${task.name} by ${functionArn}`);
    } catch (error) {
      checkRefusal(error, harness.models.world.trace);
      return;
    }
    if (deployed) await harness.deploy();
    await refusedOrDone(
      () => task.work(),
      () => harness.effects,
    );
    await harness.check();
  },
};

/** What a plan's data source sends. The observer never throws: that would block a destroy. */
export const observerEvents: Door = {
  name: "observer-events",
  share: 15,
  input: mutated(observeEvent),
  async enter(event) {
    const parsed = v.safeParse(observeEventSchema, event);
    const harness = new FuzzHarness();
    if (parsed.success) await harness.deploy();
    const answer = parsed.success
      ? await observe(harness.engine, parsed.output)
      : await observer(openAi)(event, {
          awsRequestId: "r",
          invokedFunctionArn: FUNCTION_ARN,
          getRemainingTimeInMillis: () => 1,
        });
    if (harness.effects.length > 0) throw new Broken(`the observer has effects: ${harness.effects.join(", ")}`);
    for (const [name, { state, drift, repair: token }] of Object.entries(answer)) {
      if (!parsed.success && state !== "unknown") throw new Broken(`${name} of a malformed event is ${state}`);
      if (typeof token !== "string" || token.length === 0 || token.length > 1_024)
        throw new Broken("a repair token that no apply takes");
      for (const sentence of drift) checkSilent(sentence);
    }
  },
};
