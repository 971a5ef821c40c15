import { canonicalGrant, type Grant } from "../model/grant";
import { VendorError, type VendorErrorKind } from "../model/vendor-error";
import type { MintedKey, VendorAdapter } from "../vendors/vendor";
import { ContractHarness, type ContractSubject, type VendorFake } from "./fixture";
import { testRunner } from "./runner";

const DAY_SECONDS = 86_400;
const NAME = "ai-keys/x.0badcafe/summariser/0123456789ab";

/**
 * What holds of vendors that give a vendor key a new value, and let its old one work on for a
 * while.
 */
export function describeInPlace<Fake extends VendorFake>(subject: ContractSubject<Fake>): void {
  const { beforeEach, describe, expect, test } = testRunner();
  const { vendor, grants, strangers = { keyId: "key-1" }, errorBody = (message) => ({ error: { message } }) } = subject;
  const { displayName, enforcement, grace = { minSeconds: Number.NaN, maxSeconds: Number.NaN } } = vendor.descriptor;
  const { minSeconds, maxSeconds } = grace;
  const [grant, other] = grants;
  /** Longer than any grace, so that nothing but its grace ends a value. */
  const expiresInSeconds = maxSeconds + 30 * DAY_SECONDS;

  describe(`the contract of values replaced in place, kept by ${displayName}'s`, () => {
    let harness: ContractHarness<Fake>;
    let first: MintedKey;
    beforeEach(async () => {
      harness = new ContractHarness(subject);
      first = await harness.mint({ ...(await harness.owner()), name: NAME, grant, expiresInSeconds });
      harness.sent.length = 0;
    });

    const rotating = ({ adapter }: ContractHarness<Fake>): Required<Pick<VendorAdapter, "rotate">>["rotate"] => {
      if (adapter.rotate === undefined) throw new Error(`${displayName} replaces no value`);
      return adapter.rotate.bind(adapter);
    };
    const rotate = (graceSeconds = minSeconds, keyId = first.id) =>
      rotating(harness)({ keyId, graceSeconds, expiresInSeconds });
    const outcome = async (value: string, asked: Grant = grant) =>
      (await harness.adapter.verify({ value, grant: asked })).outcome;
    const failureOf = async (call: () => Promise<unknown>): Promise<VendorError> => {
      const error = await call().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (!(error instanceof VendorError)) throw new Error(`no VendorError: ${String(error)}`);
      return error;
    };

    test("the vendor key stays the one it is, has a new value, and says how old that is", async () => {
      // WHEN
      harness.now += 3_600_000;
      const { id, name, value, createdAt, expiresAt } = await rotate();

      // THEN
      expect({ id, name }).toEqual({ id: first.id, name: first.name });
      expect(value).not.toBe(first.value);
      expect(createdAt).toBe(Math.floor(harness.now / 1_000));
      const listed = await harness.adapter.list({});
      expect(listed.map((key) => key.id)).toEqual([id]);
      if (enforcement.expiry === "key") expect(listed[0]?.expiresAt).toBe(expiresAt);
    });

    test("one request has an effect, and takes a turn as all do", async () => {
      const before = harness.turns.length;
      await rotate();
      expect(harness.sent.filter(({ method }) => method !== "GET")).toHaveLength(1);
      expect(harness.turns.slice(before)).toHaveLength(harness.sent.length);
    });

    test.each([minSeconds, maxSeconds])(
      "the new value works at once, and the old one until its grace of %i seconds is over",
      async (graceSeconds) => {
        // WHEN
        const { value } = await rotate(graceSeconds);

        // THEN
        expect([await outcome(value), await outcome(first.value)]).toEqual(["works", "works"]);
        harness.now += graceSeconds * 1_000 - 1_000;
        expect([await outcome(value), await outcome(first.value)]).toEqual(["works", "works"]);
        harness.now += 1_000;
        expect([await outcome(value), await outcome(first.value)]).toEqual(["works", "refused"]);
      },
    );

    test("a value that was replaced once its predecessor had ended leaves that ended", async () => {
      const second = await rotate();
      harness.now += minSeconds * 1_000;
      const third = await rotate();
      expect([await outcome(third.value), await outcome(second.value), await outcome(first.value)]).toEqual([
        "works",
        "works",
        "refused",
      ]);
    });

    test("what the key may do stays, of both its values, and so it does when it changes", async () => {
      // WHEN
      const { id, value } = await rotate();

      // THEN
      const { granted = {} } = (await harness.adapter.read({ keyId: id })) ?? {};
      const wanted = canonicalGrant(grant);
      expect(Object.keys(granted)).not.toEqual([]);
      for (const [dimension, shown] of Object.entries(granted)) {
        expect([dimension, shown ?? undefined]).toEqual([dimension, wanted[dimension as keyof Grant]]);
      }
      const unfit = await outcome(value, other);
      expect(unfit).toMatch(/^(?:wider|narrower)$/);
      expect(await outcome(first.value, other)).toBe(unfit);
      if (!vendor.descriptor.inPlace.grant) return;
      await harness.adapter.update?.({ keyId: id, grant: other });
      expect([await outcome(value, other), await outcome(first.value, other)]).toEqual(["works", "works"]);
    });

    test("values are seen once: neither is shown again", async () => {
      const { id, value } = await rotate();
      const shown = JSON.stringify([await harness.adapter.list({}), await harness.adapter.read({ keyId: id })]);
      expect(shown).toContain(id);
      for (const secret of [value, first.value]) expect(shown).not.toContain(secret);
    });

    test("revoked, both values open nothing", async () => {
      const { id, value } = await rotate();
      expect(await harness.adapter.revoke({ keyId: id })).toBe("revoked");
      expect([await outcome(value), await outcome(first.value)]).toEqual(["refused", "refused"]);
      expect((await failureOf(() => rotate())).kind).toBe("not_found");
    });

    test.each([minSeconds - 1, maxSeconds + 1, minSeconds + 0.5, -1, Number.NaN, Number.POSITIVE_INFINITY])(
      "a grace of %d seconds is refused before anything is sent",
      async (graceSeconds) => {
        expect((await failureOf(() => rotate(graceSeconds))).kind).toBe("invalid");
        expect(harness.sent).toEqual([]);
        expect(await outcome(first.value)).toBe("works");
      },
    );

    test("ids that would name another resource are refused before anything is sent", async () => {
      for (const keyId of ["", "..", "../x", "a/b", "a?b", "%2e%2e"]) {
        expect((await failureOf(() => rotate(minSeconds, keyId))).kind).toBe("invalid");
      }
      expect(harness.sent).toEqual([]);
    });

    test.each<[number, VendorErrorKind]>([
      [400, "invalid"],
      [401, "admin_refused"],
      [403, "admin_refused"],
      [404, "not_found"],
      [409, "conflict"],
      [429, "throttled"],
      [500, "unavailable"],
      [503, "unavailable"],
    ])("a %i is %s, sent once, and no error tells a value", async (status, kind) => {
      // A vendor can quote what it was sent.
      const secrets: string[] = [];
      harness.intercept = ({ headers }) => {
        secrets.push(...harness.simulator.secrets().filter((s) => Object.values(headers).some((h) => h.includes(s))));
        return new Response(JSON.stringify(errorBody(`no: ${secrets.join(" ")}`)), { status });
      };
      const error = await failureOf(() => rotate(minSeconds, strangers.keyId));
      expect(error.kind).toBe(kind);
      expect(secrets).not.toEqual([]);
      for (const secret of secrets) expect(error.message).not.toContain(secret);
      expect(harness.effects.length).toBeLessThanOrEqual(1);
    });

    test("an answer that was lost, or is none of the vendor's, is not sent for again", async () => {
      harness.intercept = () => new TypeError("fetch failed");
      expect((await failureOf(() => rotate())).kind).toBe("unavailable");
      harness.intercept = () => new Response("<html>welcome</html>", { status: 200 });
      expect((await failureOf(() => rotate())).kind).toBe("unexpected");
      expect(harness.sent).toHaveLength(2);
    });
  });
}
