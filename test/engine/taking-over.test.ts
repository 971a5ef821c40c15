import { CreateSecretCommand, GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import { reconcile } from "../../src/engine/commands/reconcile/reconcile";
import { rotateStep } from "../../src/engine/commands/rotate-step";
import { sweep } from "../../src/engine/commands/sweep/sweep";
import { candidateValues, parseSecretPayload } from "../../src/model/secret-payload";
import { EngineHarness, policyOf } from "../support/engine";
import { KEY, RealHarness, SECRET } from "../support/engine-real";

const DAY_MILLIS = 86_400_000;
const VERSION = "somebody-0123456789abcdef0123456789abcdef";
const accountSchema = v.object({ api_key: v.object({ id: v.string(), value: v.string() }) });

describe("a key that takes over a secret with somebody's value", () => {
  let harness: RealHarness;
  /** Of a service account that nobody declared. */
  let theirs: { readonly id: string; readonly value: string };

  beforeEach(async () => {
    harness = await RealHarness.start();
    theirs = v.parse(accountSchema, await harness.admin("POST", "service_accounts", { name: "by hand" })).api_key;
  });

  const write = (text: string) => harness.client.send(new CreateSecretCommand({ Name: SECRET, SecretString: text }));
  const textAt = async (stage: string) =>
    (await harness.client.send(new GetSecretValueCommand({ SecretId: SECRET, VersionStage: stage }))).SecretString;

  test.each<[string, (value: string) => string]>([
    ["plain text", (value) => value],
    ["JSON of its own", (value) => JSON.stringify({ OPENAI_API_KEY: value, nested: { more: 1 } })],
    ["an empty object", () => "{}"],
  ])("issues its own, keeps the former readable, and leaves the vendor key alone: %s", async (_, textOf) => {
    // GIVEN
    const text = textOf(theirs.value);
    await write(text);

    // WHEN
    const observed = await harness.observe();
    const applied = await harness.apply();

    // THEN
    expect(observed?.drift[0]).toContain("the secret is older than the key");
    expect(applied).toBe(true);
    expect(await harness.works((await harness.payload())?.apiKey ?? "")).toBe(true);
    expect(await textAt("AWSPREVIOUS")).toBe(text);
    expect(await harness.opens(theirs.value)).toBe(200);
    expect(harness.record).toMatchObject({ superseded: [], pending: [] });
    expect(harness.telemetry.incidents).toEqual([]);
    expect(await harness.planIsEmpty()).toBe(true);
  });

  test("never ends what it did not mint: not at a sweep, not at a rotation, not at its own destroy", async () => {
    // GIVEN
    await write(theirs.value);
    await harness.apply();

    // WHEN
    await harness.passWithSweeps(30);
    await harness.rotate();
    await harness.passWithSweeps(30);
    const before = await harness.opens(theirs.value);
    const destroyed = await harness.destroy();

    // THEN
    expect(destroyed).toBe(true);
    expect([before, await harness.opens(theirs.value)]).toEqual([200, 200]);
    expect([...(await harness.live()).keys()]).toEqual([theirs.id]);
  });

  test.each(["crash_before", "crash_after", "lost_reply"] as const)(
    "with a run that ends in a %s at any effect, the value in use works, and a later apply finishes",
    async (kind) => {
      for (let at = 0; ; at += 1) {
        // GIVEN
        const each = await RealHarness.start();
        const own = v.parse(accountSchema, await each.admin("POST", "service_accounts", { name: "by hand" })).api_key;
        await each.client.send(new CreateSecretCommand({ Name: SECRET, SecretString: own.value }));

        // WHEN
        each.plan({ at, kind });
        const finished = (await each.apply().catch(() => false)) && (await each.planIsEmpty());
        const { SecretString: text = "" } = await each.client.send(new GetSecretValueCommand({ SecretId: SECRET }));
        const inUse = await each.works(parseSecretPayload(text)?.apiKey ?? text);
        each.plan(undefined);
        await each.applyUntilCalm();

        // THEN
        expect({ at, inUse }).toEqual({ at, inUse: true });
        expect(await each.opens(own.value)).toBe(200);
        expect((await each.live()).size).toBe(2);
        const wasHit = !finished;
        if (!wasHit && at > 60) break;
      }
    },
  );
});

describe("a key that takes over the secret of a vendor with two slots", () => {
  const { scopes: _, ...policy } = policyOf();
  const run = async (harness: EngineHarness) =>
    reconcile(harness.engine, {
      key: KEY,
      secret: SECRET,
      policy,
      repair: "none",
      tf: { action: "create", prev_input: null },
    });

  test("gives the other slot a new value, and leaves the one in use its overlap, also when a rotation comes at once", async () => {
    for (const slot of [0, 1]) {
      // GIVEN
      const harness = new EngineHarness("slot_pair");
      const values = () => [...harness.vendor.keys.values()].map(({ value }) => value);
      const theirs = values()[slot] ?? "";
      harness.secret.exists = true;
      harness.secret.edit(VERSION, JSON.stringify({ key: theirs }));

      // WHEN
      await run(harness);
      const token = harness.token();
      harness.secret.rotationEnabled = true;
      harness.secret.versions.set(token, {
        value: undefined,
        labels: new Set(["AWSPENDING"]),
        number: 99,
        byPerson: false,
      });
      const early = rotateStep(harness.engine, { key: KEY, runStep: "createSecret", token });

      // THEN
      await expect(early).rejects.toMatchObject({ code: "SK227" });
      expect(values()).toContain(theirs);
      expect(parseSecretPayload(harness.secret.currentValue() ?? "")?.apiKey).not.toBe(theirs);
      expect(harness.telemetry.incidents).toEqual([]);

      // WHEN
      harness.world.advance(DAY_MILLIS + 1_000);
      await sweep(harness.engine);

      // THEN
      expect(values()).not.toContain(theirs);
    }
  });

  test("leaves both slots alone, one in use before and one in its overlap, where somebody put a value under a rotation's token", async () => {
    // GIVEN
    const harness = new EngineHarness("slot_pair");
    const values = () => [...harness.vendor.keys.values()].map(({ value }) => value);
    const pending = () => {
      const token = harness.token();
      harness.secret.versions.set(token, {
        value: undefined,
        labels: new Set(["AWSPENDING"]),
        number: 99,
        byPerson: false,
      });
      return token;
    };
    harness.secret.exists = true;
    await run(harness);
    harness.secret.rotationEnabled = true;
    const rotation = pending();
    for (const step of ["createSecret", "setSecret", "testSecret", "finishSecret"] as const) {
      await rotateStep(harness.engine, { key: KEY, runStep: step, token: rotation });
    }
    const both = values();
    const token = pending();
    await rotateStep(harness.engine, { key: KEY, runStep: "createSecret", token }).catch(() => undefined);
    const payload = parseSecretPayload(harness.secret.currentValue() ?? "");
    harness.secret.edit(token, JSON.stringify({ ...payload, keyId: "somebody's", apiKey: "of somebody" }));

    // WHEN
    const applied = run(harness);

    // THEN
    await expect(applied).rejects.toMatchObject({ code: "SK227" });
    expect(values()).toEqual(both);

    // WHEN the overlaps are over
    harness.world.advance(2 * DAY_MILLIS);
    await run(harness);

    // THEN
    const inUse = parseSecretPayload(harness.secret.currentValue() ?? "")?.apiKey;
    expect(values()).toContain(inUse);
    expect(both).not.toContain(inUse);
  });
});

describe("what may be a value in a secret of somebody else", () => {
  test.each<[string, Array<string | undefined>]>([
    ["sk-proj-0123456789abcdef", [undefined]],
    ["  sk-proj-0123456789abcdef\n", [undefined]],
    ['"sk-proj-0123456789abcdef"', [undefined]],
    ['{"a":{"b":["sk-proj-0123456789abcdef"]},"c":"short"}', ["a.b.0"]],
    ["two words that are no value", []],
    ["", []],
    ["null", []],
    [`[${"[".repeat(2_000)}${"]".repeat(2_000)}]`, []],
  ])("is found in %j", (text, fields) => {
    expect(candidateValues(text).map(({ field }) => field)).toEqual(fields);
  });

  test("is looked for in so many fields and no more", () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`f${i}`, "x".repeat(20)]));
    expect(candidateValues(JSON.stringify(many))).toHaveLength(20);
  });
});
