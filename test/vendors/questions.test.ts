import { acme } from "../../examples/custom-issuer/subject";
import { emergencyRevoke } from "../../src/engine/commands/emergency-revoke/emergency-revoke";
import { sweep } from "../../src/engine/commands/sweep/sweep";
import { isNotIssued } from "../../src/model/secret-payload";
import type { ContractSubject, RefusalSample, VendorFake } from "../../src/testing/fixture";
import { deleteManually } from "../../src/testing/some-key";
import { vendorDescriptors } from "../../src/vendors/descriptors";
import { KEY, VendorCase } from "../support/vendor-case";
import { subjects } from "./subjects";

const MINUTE = 60_000;
type Subject = ContractSubject<VendorFake>;
/** All vendors, and a custom issuer's. */
const asked = [...subjects, acme] as unknown as readonly Subject[];
const minted = asked.filter(({ vendor }) => vendor.descriptor.strategy !== "manual");
const manual = asked.filter((subject) => !minted.includes(subject));
const ending = minted.filter(({ vendor }) => vendor.descriptor.enforcement.expiry === "key");
const endless = asked.filter(({ vendor }) => vendor.descriptor.enforcement.expiry !== "key");
const named = (those: readonly Subject[]) =>
  those.map((subject) => [subject.vendor.descriptor.displayName, subject] as const);
const answering = ({ status, body }: RefusalSample) => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return () => new Response(text, { status });
};

describe("questions that the engine asks of every vendor", () => {
  test("are asked of every vendor, and of a custom issuer", () => {
    const ids = asked.map(({ vendor }) => vendor.descriptor.id);
    expect(ids).toEqual([...vendorDescriptors.map(({ id }) => id), "acme"]);
    const expiring = manual.filter((subject) => !endless.includes(subject));
    expect([...ending, ...endless, ...expiring]).toHaveLength(asked.length);
  });

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
      expect(isNotIssued(c.harness.secret.currentValue() ?? "")).toBe(true);
      expect((await c.observe())?.state).toBe("drift");
      c.harness.world.advance(20 * MINUTE);
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
      c.harness.world.advance(2 * 60 * MINUTE);
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
      const first = await emergencyRevoke(c.engine, order);

      // THEN
      expect(first.done).toBe(false);
      expect(first.dead).not.toContain(leaked?.keyId);
      expect(first.revoked?.map(({ keyId }) => keyId)).toContain(leaked?.keyId);
      c.replay = false;
      // Of what else died nobody has a value to try: then the vendor's time counts.
      c.harness.world.advance(30 * MINUTE);
      const second = await emergencyRevoke(c.engine, order);
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
    if (!inPlace)
      expect(applied).toMatchObject({
        code: "SK263",
        message: expect.stringContaining("Given: the policy declares 2026-"),
      });
    const { keyId, expiresAt = "" } = c.inUse() ?? {};
    const listed = (await c.engine.vendor.list({})).find(({ id }) => id === keyId);
    expect(Math.abs(Date.parse(expiresAt) / 1_000 - (listed?.expiresAt ?? 0))).toBeLessThanOrEqual(120);
    expect((await c.observe())?.state).toBe(inPlace ? undefined : "drift");

    // WHEN: hourly sweeps, for longer than the life that was given
    for (let hours = 0; hours < 6 * 24; hours += 1) {
      c.harness.world.advance(60 * MINUTE);
      await sweep(c.engine);
      // THEN
      const { apiKey = "" } = c.inUse() ?? {};
      const { outcome } = await c.engine.vendor.verify({ value: apiKey, grant: subject.grants[0] });
      expect([hours, outcome]).toEqual([hours, "works"]);
    }
  });

  test.each(named(manual))(
    "%s, late activation: a key that is not known yet is not in use, and is taken when it is known",
    async (_, subject) => {
      // GIVEN
      const c = new VendorCase(subject);
      await c.apply();
      const value = await c.make();
      const [sample] = subject.refusals.unknownKey;
      if (sample === undefined) throw new Error("no sample");
      c.answer = answering(sample);

      // WHEN
      await expect(c.adopt(value)).rejects.toMatchObject({ code: expect.stringMatching(/^SK2/) });

      // THEN
      expect(c.inUse()).toBeUndefined();
      c.answer = undefined;
      await c.adopt(value);
      expect(c.inUse()?.apiKey).toBe(value);
    },
  );

  test.each(named(manual))("%s, no verdict: a key is not taken, and nothing of it is ended", async (_, subject) => {
    for (const sample of subject.refusals.noVerdict) {
      const c = new VendorCase(subject);
      await c.apply();
      const value = await c.make();
      c.answer = answering(sample);
      await expect(c.adopt(value)).rejects.toThrow();
      expect(c.inUse()).toBeUndefined();
      c.answer = undefined;
      await c.adopt(value);
      expect(c.inUse()?.apiKey).toBe(value);
    }
  });

  test.each(named(manual))(
    "%s, late revocation: what works on is not called dead, and neither is it while nothing shows that the vendor is well",
    async (_, subject) => {
      // GIVEN
      const c = new VendorCase(subject);
      const leaked = await c.use();
      c.replay = true;

      // WHEN
      const first = await emergencyRevoke(c.engine, { action: "revoke", key: KEY, successor: false });

      // THEN
      expect(first.done).toBe(false);
      expect(first.dead).not.toContain(leaked.keyId);
      c.replay = false;
      const isListed = subject.vendor.descriptor.adminKey !== "none";
      if (!isListed) deleteManually(c.contract, leaked.apiKey);
      c.harness.world.advance(30 * MINUTE);
      // The list of a vendor that has one is proof. Without one and without another key that works,
      // nothing is.
      const second = await emergencyRevoke(c.engine, { action: "revoke", key: KEY, successor: false });
      expect({ done: second.done, dead: second.dead.includes(leaked.keyId) }).toEqual({
        done: isListed,
        dead: isListed,
      });
    },
  );

  test.each(named(manual.filter((subject) => !endless.includes(subject))))(
    "%s, shorter life: the end that a person has chosen counts, and is told before it comes",
    async (_, subject) => {
      // GIVEN
      const c = new VendorCase(subject);
      await c.apply();
      await c.adopt(await c.make(3 * 86_400));

      // THEN
      const { keyId, expiresAt = "" } = c.inUse() ?? {};
      const listed = (await c.engine.vendor.list({})).find(({ id }) => id === keyId);
      expect(Math.abs(Date.parse(expiresAt) / 1_000 - (listed?.expiresAt ?? 0))).toBeLessThanOrEqual(120);
      for (let hours = 0; hours < 3 * 24; hours += 1) {
        c.harness.world.advance(60 * MINUTE);
        await sweep(c.engine);
      }
      expect(c.harness.telemetry.incidents).toContain(`opened rotation-due ${KEY}`);
    },
  );

  test.each(named(endless))(
    "%s, shorter life: where the vendor ends no key, the declared end is the one that counts, and the key works until then",
    async (_, subject) => {
      // GIVEN
      const c = new VendorCase(subject);
      const { expiresAt, issuedAt, keyId } = await c.use();

      // THEN
      const life = (Date.parse(expiresAt) - Date.parse(issuedAt)) / 1_000;
      expect(life).toBe(c.policy.lifetime.expirySeconds);
      expect((await c.engine.vendor.list({})).find(({ id }) => id === keyId)?.expiresAt).toBeUndefined();
      for (let hours = 0; hours < 6 * 24; hours += 1) {
        c.harness.world.advance(60 * MINUTE);
        await sweep(c.engine);
      }
      const { apiKey = "" } = c.inUse() ?? {};
      expect((await c.engine.vendor.verify({ value: apiKey, grant: subject.grants[0] })).outcome).toBe("works");
    },
  );

  test.each(named(asked))("%s, odd foreign key: no key of others makes the plan unknown", async (_, subject) => {
    // GIVEN a list in which others' keys lack what they may lack
    const c = new VendorCase(subject, (vendor) => ({
      list: async (request) => [...(await vendor.list(request)), { id: "odd", name: "", createdAt: 0 }],
    }));
    await c.use();
    // THEN
    if (subject.vendor.descriptor.nameless !== true) expect(await c.observe()).toBeUndefined();
    expect((await c.observe())?.state).not.toBe("unknown");
  });

  test.each(named(asked))(
    "%s, account gone: nothing is taken for dead in an account that is open",
    async (_, subject) => {
      const c = new VendorCase(subject);
      const { keyId } = await c.use();
      const order = { action: "revoke", key: KEY, successor: false, accountGone: true } as const;
      await expect(emergencyRevoke(c.engine, order)).rejects.toMatchObject({
        code: expect.stringMatching(/^SK28[12]$/),
      });
      expect((await c.engine.vendor.list({})).map(({ id }) => id)).toContain(keyId);
      expect(c.inUse()?.keyId).toBe(keyId);
    },
  );

  test.each(named(asked.filter(({ closeAccount }) => closeAccount !== undefined)))(
    "%s, account gone: with the vendor's word an order ends, and the sweep is told once",
    async (_, subject) => {
      // GIVEN
      let settings: object | undefined;
      const { closableSettingsOf = subject.settingsOf } = subject;
      const inside = { ...subject, settingsOf: (fake: VendorFake) => (settings ??= closableSettingsOf(fake)) };
      const c = new VendorCase(inside);
      const { keyId } = await c.use();
      subject.closeAccount?.(c.contract.simulator);

      // WHEN
      const order = { action: "revoke", key: KEY, successor: false, accountGone: true } as const;
      const result = await emergencyRevoke(c.engine, order);

      // THEN
      expect(result).toMatchObject({ done: true, alive: [] });
      expect(result.dead).toContain(keyId);
      for (let hours = 0; hours < 30; hours += 1) {
        c.harness.world.advance(60 * MINUTE);
        await sweep(c.engine);
      }
      expect(c.harness.telemetry.incidents.filter((told) => told.includes("account-gone"))).toHaveLength(1);
    },
  );
});
