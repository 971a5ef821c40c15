import fc from "fast-check";
import { emergencyRevoke } from "../../../src/engine/commands/emergency-revoke/emergency-revoke";
import { observe } from "../../../src/engine/commands/observe/observe";
import { reconcile } from "../../../src/engine/commands/reconcile/reconcile";
import { rotateStep } from "../../../src/engine/commands/rotate-step";
import { sweep } from "../../../src/engine/commands/sweep/sweep";
import { policyDigest } from "../../../src/model/key-policy";
import { parseSecretPayload } from "../../../src/model/secret-payload";
import { PENDING } from "../../../src/secrets/labels";
import { policyOf } from "../../support/engine";
import { FuzzHarness, KEY, SECRET, STRANGERS } from "../bench";
import { Broken, type Door, refusedOrDone } from "../door";
import { CANARY, mutated } from "../mutate";

const payload = fc.record({
  apiKey: fc.constantFrom(CANARY, "sk-svcacct-other"),
  vendor: fc.constantFrom("openai", "another"),
  keyId: fc.constantFrom(...STRANGERS, "key_9", "gone"),
  baseUrl: fc.constantFrom("https://api.openai.com/v1", "https://example.com"),
  issuedAt: fc.constantFrom("2026-11-24T10:20:00.000Z", "yesterday", ""),
  expiresAt: fc.constantFrom("2026-12-24T10:20:00.000Z", "1e400", "+275761-01-01T00:00:00Z"),
});
const text = fc.oneof(
  { weight: 8, arbitrary: mutated(payload).map((value) => JSON.stringify(value) ?? "") },
  { weight: 1, arbitrary: fc.string() },
  { weight: 1, arbitrary: fc.constantFrom("", CANARY, "{", `{"apiKey":"${CANARY}"`) },
);

const DRIVERS = ["reconcile", "rotate", "sweep", "revoke"] as const;
type Driver = (typeof DRIVERS)[number];

/**
 * A secret's text, which somebody may have edited: as AWSCURRENT, or as the value of a rotation
 * that is under way.
 */
export const secretPayloads: Door = {
  name: "secret-payloads",
  share: 10,
  input: fc.record({
    text,
    where: fc.constantFrom("current", "pending"),
    driver: fc.constantFrom(...DRIVERS),
    ledger: fc.boolean(),
  }),
  async enter(input) {
    const { text, where, driver, ledger } = input as { text: string; where: string; driver: Driver; ledger: boolean };
    const parsed = parseSecretPayload(text);
    if (parsed !== undefined && (parsed.apiKey === "" || parsed.keyId === "")) throw new Broken("an empty payload");
    const harness = new FuzzHarness();
    await harness.deploy();
    if (!ledger) for (const id of [...harness.table.items.keys()]) harness.table.items.delete(id);
    const { secret } = harness.models;
    const token = "hand-00000000000000000000000000000000";
    if (where === "current") secret.edit(token, text);
    else {
      secret.versions.set(token, { value: text, labels: new Set(), number: secret.next() });
      secret.move(PENDING, token);
    }
    const done = await refusedOrDone(
      () => drive(harness, driver, token),
      () => [],
    );
    await harness.check();
    const observed = await observe(harness.engine, { action: "observe", keys: { [KEY]: policyDigest(policyOf()) } });
    await harness.check();
    const healed = observed[KEY] === undefined || observed[KEY].state === "in_sync";
    if (done && driver === "reconcile" && !healed)
      throw new Broken(`not healed by an apply: ${JSON.stringify(observed)}`);
  },
};

async function drive({ engine }: FuzzHarness, driver: Driver, token: string): Promise<void> {
  const tf = { action: "update", prev_input: null } as const;
  if (driver === "reconcile") {
    await reconcile(engine, { key: KEY, secret: SECRET, policy: policyOf(), repair: "edited by hand", tf });
  } else if (driver === "sweep") await sweep(engine);
  else if (driver === "revoke") await emergencyRevoke(engine, { action: "revoke", key: KEY, successor: true });
  else {
    for (const step of ["createSecret", "setSecret", "testSecret", "finishSecret"] as const) {
      await rotateStep(engine, { key: KEY, runStep: step, token });
    }
  }
}
