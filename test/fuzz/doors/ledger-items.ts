import fc from "fast-check";
import { destroy } from "../../../src/engine/commands/destroy";
import { emergencyRevoke } from "../../../src/engine/commands/emergency-revoke/emergency-revoke";
import { observe } from "../../../src/engine/commands/observe/observe";
import { reconcile } from "../../../src/engine/commands/reconcile/reconcile";
import { sweep } from "../../../src/engine/commands/sweep/sweep";
import { defined } from "../../../src/model/defined";
import { policyDigest } from "../../../src/model/key-policy";
import { type KeyRecord, newKeyRecord } from "../../../src/model/key-record";
import { PREFIX, policyOf } from "../../support/engine";
import { FuzzHarness, KEY, SECRET } from "../bench";
import { Broken, type Door, refusedOrDone } from "../door";
import { mutated } from "../mutate";

const NOW = Math.floor(Date.UTC(2026, 10, 23) / 1_000);

const record: fc.Arbitrary<KeyRecord> = fc
  .record({
    current: fc.constantFrom(undefined, {
      keyId: "key_3",
      versionId: "v1",
      issuedAt: NOW - 9,
      expiresAt: NOW + 99_999,
    }),
    pending: fc.constantFrom<KeyRecord["pending"][]>(
      [],
      [{ token: "t1", origin: "rotation" as const, startedAt: NOW - 9_999 }],
      [
        {
          token: "t2",
          origin: "reconcile" as const,
          startedAt: NOW - 99_999,
          keyId: "key_5",
          discarded: true as const,
        },
      ],
    ),
    superseded: fc.constantFrom<KeyRecord["superseded"][]>(
      [],
      [{ keyId: "key_4", revokeAfter: NOW - 1, expiresAt: NOW + 9 }],
    ),
    revocation: fc.constantFrom<KeyRecord["revocation"][]>(undefined, {
      since: NOW - 5,
      successor: true,
      keyIds: ["key_3"],
    }),
    stopped: fc.constantFrom(undefined, { id: "stop-id1", since: NOW - 5 }),
    unfinished: fc.constantFrom(undefined, { action: "destroy" as const, since: NOW - 9_999, reason: "cut off" }),
  })
  .map(({ current, revocation, stopped, unfinished, ...rest }) => ({
    ...newKeyRecord(KEY),
    rev: 3,
    policy: policyOf(),
    ownerId: "owner_2",
    ...rest,
    ...defined({ current, revocation, stopped, unfinished }),
  }));

const body = fc.oneof(
  { weight: 9, arbitrary: mutated(record).map((value) => JSON.stringify(value) ?? "") },
  { weight: 1, arbitrary: fc.constantFrom("", "{", "null", '{"schema":1,"schema":2}') },
);

const DRIVERS = ["reconcile", "retire", "sweep", "revoke"] as const;
type Driver = (typeof DRIVERS)[number];

/** An item of the table that another release wrote, or a person. */
export const ledgerItems: Door = {
  name: "ledger-items",
  share: 10,
  input: fc.record({ body, driver: fc.constantFrom(...DRIVERS), deployed: fc.boolean() }),
  async enter(input) {
    const { body, driver, deployed } = input as { body: string; driver: Driver; deployed: boolean };
    const harness = new FuzzHarness();
    if (deployed) await harness.deploy();
    const sk = `key#${KEY}`;
    harness.table.items.set(`${PREFIX}\n${sk}`, { pk: PREFIX, sk, guard: 3, body });
    const { unreadable } = await harness.engine.ledger.list();
    const live = [...harness.models.vendor.keys.keys()].join();
    await observe(harness.engine, { action: "observe", keys: { [KEY]: policyDigest(policyOf()) } });
    if (harness.effects.length > 0) throw new Broken(`the observer has effects: ${harness.effects.join(", ")}`);
    await refusedOrDone(
      () => drive(harness, driver),
      () => harness.effects,
    );
    if (unreadable.size === 0) await harness.check();
    else if ([...harness.models.vendor.keys.keys()].join() !== live) {
      throw new Broken("vendor keys of a record that cannot be read were touched");
    }
  },
};

async function drive({ engine }: FuzzHarness, driver: Driver): Promise<void> {
  if (driver === "reconcile") {
    const tf = { action: "update", prev_input: null } as const;
    await reconcile(engine, { key: KEY, secret: SECRET, policy: policyOf(), repair: "none", tf });
  } else if (driver === "retire") {
    await destroy(engine, { key: KEY, secret: SECRET, tf: { action: "delete", prev_input: null } });
  } else if (driver === "sweep") await sweep(engine);
  else await emergencyRevoke(engine, { action: "revoke", key: KEY, successor: true });
}
