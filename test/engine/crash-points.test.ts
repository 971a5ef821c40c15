import { SECONDS_PER_DAY } from "../../src/model/units";
import { policyOf } from "../support/engine";
import { BESIDE, type Fault, type FaultKind, READ, RealHarness } from "../support/engine-real";

/** Hundreds of whole lives of a key. */
jest.setTimeout(120_000);

const { lifetime } = policyOf();
const NARROWER = policyOf({ scopes: ["api.model.read"] });
const LONGER = policyOf({ lifetime: { ...lifetime, expirySeconds: 20 * SECONDS_PER_DAY } });
const SHORTER = policyOf({ lifetime: { ...lifetime, expirySeconds: 12 * SECONDS_PER_DAY } });
const REISSUED = policyOf({ lifetime: { ...lifetime, expirySeconds: 9 * SECONDS_PER_DAY } });

interface Story {
  readonly before: (harness: RealHarness) => Promise<void>;
  /** What is hit by the fault; the drivers go on afterwards, as they would. */
  readonly deed: (harness: RealHarness) => Promise<unknown>;
  readonly policy?: ReturnType<typeof policyOf>;
  /**
   * Reads go wrong as well. A read that is not answered ends a run as the write after it does, so a
   * few stories will do.
   */
  readonly reads?: true;
  /** Nothing is to be left of the key. */
  readonly ends?: true;
}

const deployed = async (harness: RealHarness) => {
  await harness.apply();
};
const rotated = async (harness: RealHarness) => {
  await harness.apply();
  await harness.pass(3_600_000);
  await harness.rotate();
};

const STORIES: Readonly<Record<string, Story>> = {
  "the first apply": { before: async () => {}, deed: (harness) => harness.apply(), reads: true },
  "a rotation": { before: deployed, deed: (harness) => harness.rotate(), reads: true },
  "a second rotation within the overlap": { before: rotated, deed: (harness) => harness.rotate() },
  "a change of scopes": { before: rotated, deed: (harness) => harness.apply(NARROWER), policy: NARROWER },
  "a longer life": { before: rotated, deed: (harness) => harness.apply(LONGER), policy: LONGER },
  "a shorter life": { before: rotated, deed: (harness) => harness.apply(SHORTER), policy: SHORTER },
  "a life so short that a new vendor key is needed": {
    before: async (harness) => {
      await rotated(harness);
      await harness.pass(3 * SECONDS_PER_DAY * 1_000);
    },
    deed: (harness) => harness.apply(REISSUED),
    policy: REISSUED,
  },
  "an apply after the ledger was lost": {
    before: async (harness) => {
      await rotated(harness);
      harness.table.items.clear();
    },
    deed: (harness) => harness.apply(),
  },
  "an apply after the key's account was deleted at the vendor": {
    before: async (harness) => {
      await rotated(harness);
      const [account] = await harness.accounts();
      await harness.breaking(() => harness.admin("DELETE", `service_accounts/${account}`));
    },
    deed: (harness) => harness.apply(),
  },
  "a sweep that revokes": {
    before: async (harness) => {
      await rotated(harness);
      await harness.pass(25 * 3_600_000);
    },
    deed: (harness) => harness.sweep().catch(() => undefined),
  },
  "a destroy": { before: rotated, deed: (harness) => harness.destroy(), ends: true, reads: true },
};

/** Everything goes well from here on: what must hold in the end. */
async function comesToRest(harness: RealHarness, { policy, ends }: Story): Promise<void> {
  if (ends) {
    for (let tries = 0; harness.record !== undefined || harness.state !== undefined; tries += 1) {
      if (tries > 3) throw new Error("destroy did not end");
      await harness.pass(900_000);
      await harness.destroy();
    }
  } else {
    await harness.applyUntilCalm(policy);
    harness.guarded = true;
    // Secrets Manager goes on with the token of a failed rotation for hours; a sweep gives it up
    // after a day.
    for (const hours of [6, 20, 26]) {
      await harness.pass(hours * 3_600_000);
      await harness.sweep();
    }
    const payload = await harness.payload();
    expect([...(await harness.live()).keys()]).toEqual([payload?.keyId]);
    expect(await harness.accounts()).toHaveLength(1);
    expect(harness.record?.current?.keyId).toBe(payload?.keyId);
    expect(harness.record?.pending).toEqual([]);
    expect(harness.record?.superseded).toEqual([]);
    expect(await harness.planIsEmpty(policy)).toBe(true);
    // A token that is stuck would stop this one.
    await harness.rotate();
    expect((await harness.payload())?.keyId).not.toBe(payload?.keyId);
    harness.raise();
    expect(await harness.destroy()).toBe(true);
  }
  harness.raise();
  expect(await harness.live()).toEqual(new Map());
  expect(await harness.accounts()).toEqual([]);
  expect([...harness.table.items.keys()].filter((id) => id.includes("key#"))).toEqual([]);
}

/** One life with one fault; answers how it broke. */
async function live(story: Story, fault: Fault | undefined): Promise<{ effects: string[]; broke?: string }> {
  const harness = await RealHarness.start();
  await story.before(harness);
  harness.plan(fault);
  await story.deed(harness);
  const effects = [...harness.trace];
  harness.plan(undefined);
  try {
    await comesToRest(harness, story);
    return { effects };
  } catch (error) {
    return { effects, broke: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * A crash before an effect is one after the effect before; one after a read leaves what the last
 * write left.
 */
const KINDS: readonly FaultKind[] = ["crash_after", "lost_reply", "unavailable"];

describe.each(Object.entries(STORIES))("%s", (_, story) => {
  test.each(KINDS)("case 1: with %s at every effect ends well", async (kind) => {
    // GIVEN
    const { effects, broke } = await live(story, undefined);
    expect(broke).toBeUndefined();
    const broken: string[] = [];
    for (const [at, name] of effects.entries()) {
      // A read that is not answered and one that is not made are the same.
      if (READ.test(name) && !(story.reads && kind === "lost_reply")) continue;
      // So will they for leases and history, which are the same in all.
      if (BESIDE.test(name) && !story.reads) continue;

      // WHEN
      const outcome = await live(story, { at, kind });

      // THEN
      if (outcome.broke !== undefined) broken.push(`effect ${at}, ${outcome.effects[at]}: ${outcome.broke}`);
    }
    expect(broken).toEqual([]);
  });
});
