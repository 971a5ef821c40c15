import { revoke } from "../../src/engine/revoke";
import { sweep } from "../../src/engine/sweep";
import { isNotIssued } from "../../src/model/secret-payload";
import type { RefusalSample } from "../../src/testing/fixture";
import { vendorDescriptors } from "../../src/vendors/descriptors";
import { KEY, VendorCase } from "../support/vendor-case";
import { subjects } from "./subjects";

const MINUTE = 60_000;
const minted = subjects.filter(({ vendor }) => vendor.descriptor.strategy !== "manual");
const ending = minted.filter(({ vendor }) => vendor.descriptor.enforcement.expiry === "key");
const named = (those: typeof subjects) =>
  those.map((subject) => [subject.vendor.descriptor.displayName, subject] as const);
const answering = ({ status, body }: RefusalSample) => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return () => new Response(text, { status });
};

describe("questions that the engine asks of every vendor", () => {
  test.each(vendorDescriptors.map((descriptor) => [descriptor.displayName, descriptor] as const))(
    "%s: how long a new key takes to work, and a revoked one to die, is known or reckoned with",
    (_, { activation, revocation }) => {
      for (const time of [activation, revocation]) {
        expect(time?.source).toMatch(/\S/);
        expect(time?.typicalSeconds).toBeLessThanOrEqual(time?.worstSeconds ?? -1);
      }
    },
  );

  test.each(named(minted))(
    "%s, late activation: a key that is not known yet is kept, tested again, and never in use before",
    async (_, subject) => {
      // GIVEN
      const c = new VendorCase(subject);
      const [sample] = subject.refusals.unknownKey;
      if (sample === undefined) throw new Error("no sample");
      c.answer = answering(sample);

      // WHEN
      await expect(c.apply()).rejects.toMatchObject({ code: expect.stringMatching(/^SK(?:228|261)$/) });
      const late = c.waiting();

      // THEN
      expect(isNotIssued(c.bench.secret.currentValue() ?? "")).toBe(true);
      expect((await c.observe())?.state).toBe("drift");
      c.bench.world.advance(20 * MINUTE);
      await expect(c.apply()).rejects.toMatchObject({ code: expect.stringMatching(/^SK(?:228|261)$/) });
      expect(c.waiting()?.keyId).toBe(late?.keyId);
      c.answer = undefined;
      await c.apply();
      expect(c.inUse()?.apiKey).toBe(late?.apiKey);
      expect(await c.observe()).toBeUndefined();
    },
  );

  test.each(named(minted))(
    "%s, late activation: a key that is not known after the vendor's worst time is given up",
    async (_, subject) => {
      const c = new VendorCase(subject);
      const [sample] = subject.refusals.unknownKey;
      if (sample === undefined) throw new Error("no sample");
      c.answer = answering(sample);
      await expect(c.apply()).rejects.toThrow();
      const late = c.waiting();
      c.bench.world.advance(2 * 60 * MINUTE);
      await expect(c.apply()).rejects.toMatchObject({
        code: "SK209",
        message: expect.stringContaining("none is in use yet"),
      });
      expect((await c.engine.vendor.list({})).map(({ id }) => id)).not.toContain(late?.keyId);
    },
  );

  test.each(named(minted))(
    "%s, no verdict: nothing is revoked, and the vendor's words are told",
    async (_, subject) => {
      for (const sample of subject.refusals.noVerdict) {
        const c = new VendorCase(subject);
        c.answer = answering(sample);
        await expect(c.apply()).rejects.toMatchObject({ code: "SK262" });
        const kept = c.waiting();
        expect((await c.engine.vendor.list({})).map(({ id }) => id)).toContain(kept?.keyId);
        c.answer = undefined;
        await c.apply();
        expect(c.inUse()?.apiKey).toBe(kept?.apiKey);
      }
    },
  );

  test.each(named(minted))(
    "%s, late revocation: what is revoked and works on is not called dead until it is refused",
    async (_, subject) => {
      // GIVEN
      const c = new VendorCase(subject);
      await c.apply();
      const leaked = c.inUse();
      const order = { action: "revoke", key: KEY, successor: false } as const;
      c.replay = true;

      // WHEN
      const first = await revoke(c.engine, order);

      // THEN
      expect(first.done).toBe(false);
      expect(first.dead).not.toContain(leaked?.keyId);
      expect(first.revoked?.map(({ keyId }) => keyId)).toContain(leaked?.keyId);
      c.replay = false;
      // Of what else died nobody has a value to try: then the vendor's time counts.
      c.bench.world.advance(30 * MINUTE);
      const second = await revoke(c.engine, order);
      expect(second.done).toBe(true);
      expect(second.dead).toContain(leaked?.keyId);
    },
  );

  test.each(named(ending))("%s, shorter life: the end that counts is the vendor's, everywhere", async (_, subject) => {
    // GIVEN
    const c = new VendorCase(subject, (vendor) => ({
      mint: async (request) => {
        if (vendor.mint === undefined) throw new Error("no mint");
        return vendor.mint({ ...request, expiresInSeconds: 3 * 86_400 });
      },
    }));
    const inPlace = c.engine.vendor.descriptor.inPlace.expiry;

    // WHEN
    const applied = await c.apply().catch((error: unknown) => error);

    // THEN
    if (!inPlace) expect(applied).toMatchObject({ code: "SK263", message: expect.stringContaining("Given: 2026-") });
    const { keyId, expiresAt = "" } = c.inUse() ?? {};
    const listed = (await c.engine.vendor.list({})).find(({ id }) => id === keyId);
    expect(Math.abs(Date.parse(expiresAt) / 1_000 - (listed?.expiresAt ?? 0))).toBeLessThanOrEqual(120);
    expect((await c.observe())?.state).toBe(inPlace ? undefined : "drift");

    // WHEN: hourly sweeps, for longer than the life that was given
    for (let hours = 0; hours < 6 * 24; hours += 1) {
      c.bench.world.advance(60 * MINUTE);
      await sweep(c.engine);
      // THEN
      const { apiKey = "" } = c.inUse() ?? {};
      const { outcome } = await c.engine.vendor.verify({ value: apiKey, grant: subject.grants[0] });
      expect([hours, outcome]).toEqual([hours, "works"]);
    }
  });
});
