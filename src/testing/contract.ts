import { canonicalGrant, type Grant } from "../model/grant";
import { VendorError, type VendorErrorKind } from "../model/vendor-error";
import type { VendorAdapter, VendorKey } from "../vendors/vendor";
import { ContractHarness, type ContractSubject, type Sent, type VendorFake } from "./fixture";
import { describeInPlace } from "./in-place";
import { describeManual } from "./manual";
import { describeManualVendor } from "./manual-vendor";
import { minting } from "./minting";
import { describeQuestions } from "./questions";
import { testRunner } from "./runner";
import { describeSlotPair } from "./slot-pair";

const DAY_SECONDS = 86_400;
const NAME = "ai-keys/x.0badcafe/summariser/0123456789ab";
/** What our names need, and no more: the rule of descriptors whose vendors document none. */
const OUR_NAMES = "^[\\x20-\\x7e]{1,256}$";
const CANARY = "sk-CANARYcanary0123456789";

const roundedUp = (seconds: number, step: number) => Math.ceil(seconds / step) * step;

/** What the engine relies on, whatever the vendor. Each adapter is held to it on its simulator. */
export function describeContract<Fake extends VendorFake>(subject: ContractSubject<Fake>): void {
  const { beforeEach, describe, expect, test } = testRunner();
  const { vendor, grants } = subject;
  const { descriptor } = vendor;
  const [grant, other] = grants;
  describeQuestions(subject);
  if (descriptor.strategy === "manual" && descriptor.adminKey === "none") {
    describeManualVendor(subject);
    return;
  }
  const {
    strangers = { keyId: "key-1", ownerId: "owner-1" },
    errorBody = (message: string) => ({ error: { message } }),
  } = subject;
  const { vendorKeysMax = Number.POSITIVE_INFINITY, expiryStepSeconds = 1, expiryUnitSeconds = 1 } = descriptor;
  /** Seconds after now at which a key ends that is to live so long. */
  const ends = (now: number, seconds: number) =>
    roundedUp(Math.floor(now / 1_000) + roundedUp(seconds, expiryUnitSeconds), expiryStepSeconds);

  /**
   * What takes a second vendor key beside the first; of two slots that are always there,
   * `slot-pair.ts` says what holds.
   */
  const testAdditive = descriptor.strategy === "slot_pair" ? () => {} : test;
  if (descriptor.strategy === "slot_pair") describeSlotPair(subject);
  const testMinting = descriptor.strategy === "manual" ? () => {} : testAdditive;
  if (descriptor.strategy === "manual") describeManual(subject);
  if (descriptor.strategy === "in_place") describeInPlace(subject);

  describe(`the contract of adapters, kept by ${descriptor.displayName}'s`, () => {
    let harness: ContractHarness<Fake>;
    beforeEach(() => {
      harness = new ContractHarness(subject);
    });

    const mint = async (name = NAME, what: Grant = grant, expiresInSeconds = DAY_SECONDS) => {
      const owner = await harness.owner();
      const minted = await harness.mint({ ...owner, name, grant: what, expiresInSeconds });
      if (descriptor.grantAfterMint) await harness.adapter.update?.({ keyId: minted.id, ...owner, grant: what });
      return { ...minted, owner };
    };
    const failureOf = async (call: () => Promise<unknown>): Promise<VendorError> => {
      const error = await call().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (!(error instanceof VendorError)) throw new Error(`no VendorError: ${String(error)}`);
      return error;
    };
    const answerWith = (status: number, body: unknown) => {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      harness.intercept = () => new Response(text, { status });
    };
    /** A vendor can quote what it was sent: of an admin key that is traded in, the token alone. */
    const secretsIn = (headers: Sent["headers"]) =>
      harness.simulator.secrets().filter((secret) => Object.values(headers).some((value) => value.includes(secret)));
    const ids = (keys: readonly VendorKey[]) => keys.map(({ id }) => id).sort();
    /** What is shown of a grant is what was asked. */
    const expectGranted = ({ granted = {} }: VendorKey, asked: Grant) => {
      const wanted = canonicalGrant(asked);
      for (const [dimension, shown] of Object.entries(granted)) {
        expect([dimension, shown ?? undefined]).toEqual([dimension, wanted[dimension as keyof Grant]]);
      }
    };

    testMinting("one request mints one key, whose value works and is seen once", async () => {
      // WHEN
      const owner = await harness.owner();
      harness.sent.length = 0;
      const minted = await harness.mint({ ...owner, name: NAME, grant, expiresInSeconds: DAY_SECONDS });

      // THEN
      expect(harness.effects).toHaveLength(1);
      if (!descriptor.nameless) expect(minted.name).toBe(NAME);
      const listed = await harness.adapter.list({});
      expect(ids(listed)).toEqual([minted.id]);
      expect(JSON.stringify(listed)).not.toContain(minted.value);
      expect(JSON.stringify(await harness.adapter.read({ keyId: minted.id }))).not.toContain(minted.value);
    });

    if (!descriptor.nameless) {
      const { keyNamePattern } = descriptor;
      const named = (length: number) => `${NAME}/`.padEnd(length, "x");
      const lengths = Array.from({ length: 1_000 }, (_, n) => n + 1);
      const longest = lengths.filter((length) => keyNamePattern.test("x".repeat(length))).at(-1) ?? 0;

      testMinting("a name as long as the descriptor takes is taken, and shown as it is", async () => {
        expect(named(longest)).toMatch(keyNamePattern);
        const { id, name } = await mint(named(longest));
        expect(name).toBe(named(longest));
        expect(await harness.adapter.read({ keyId: id })).toMatchObject({ name });
      });

      if (keyNamePattern.source !== OUR_NAMES) {
        testMinting("a longer name than the vendor takes is refused by the vendor, too", async () => {
          const owner = await harness.owner();
          const request = { ...owner, name: named(longest + 1), grant, expiresInSeconds: DAY_SECONDS };
          expect(request.name).not.toMatch(keyNamePattern);
          expect((await failureOf(() => harness.mint(request))).kind).toBe("invalid");
          expect(await harness.adapter.list({})).toEqual([]);
        });
      }
    }

    test("what was asked is what is granted, shown and verified", async () => {
      const minted = await mint();
      const found = await harness.adapter.read({ keyId: minted.id });
      expect(found).toMatchObject({ id: minted.id, ...(descriptor.nameless ? {} : { name: NAME }) });
      if (found !== undefined) expectGranted(found, grant);
      expect(await harness.adapter.verify({ value: minted.value, grant })).toMatchObject({ outcome: "works" });
    });

    if (descriptor.idempotentMint) {
      testAdditive("a mint that is repeated under the same name answers the same key, and its value", async () => {
        const owner = await harness.owner();
        const chosen = harness.adapter.chooseValue?.();
        const request = {
          ...owner,
          ...(chosen === undefined ? {} : { value: chosen.value }),
          ...{ name: NAME, grant, expiresInSeconds: DAY_SECONDS },
        };
        const { mint } = minting(harness.adapter);
        const first = await mint.call(harness.adapter, request);
        const second = await mint.call(harness.adapter, request);
        expect({ id: second.id, value: second.value }).toEqual({ id: first.id, value: first.value });
        if (chosen !== undefined) expect({ id: first.id, value: first.value }).toEqual(chosen);
        expect(ids(await harness.adapter.list({}))).toEqual([first.id]);
      });
    } else {
      testAdditive("a key that is minted under a name that is taken does not hide the first", async () => {
        const first = await mint();
        const second = await mint();
        expect(second.id).not.toBe(first.id);
        expect(ids(await harness.adapter.list({}))).toEqual([first.id, second.id].sort());
      });
    }

    testAdditive("all pages are listed, each key once", async () => {
      const minted: string[] = [];
      // Where an owner has few keys, several have many.
      const many = harness.adapter.createOwner === undefined ? Math.min(205, vendorKeysMax) : 205;
      let owner = await harness.owner();
      for (let n = 0; n < many; n += 1) {
        if (n > 0 && n % vendorKeysMax === 0) owner = await harness.owner(`ai-keys/x.0badcafe/k${n}`);
        const key = await harness.mint({ ...owner, name: `${NAME}${n}`, grant, expiresInSeconds: DAY_SECONDS });
        minted.push(key.id);
      }
      harness.sent.length = 0;
      expect(ids(await harness.adapter.list({}))).toEqual(minted.sort());
      if (subject.onePage !== true) expect(harness.sent.length).toBeGreaterThan(1);
    });

    testAdditive("pages that never end are given up", async () => {
      // GIVEN
      const { isTokenExchange = () => false } = subject;
      const owner = await harness.owner();
      const many = Math.min(101, vendorKeysMax);
      for (let n = 0; n < many; n += 1) {
        await harness.mint({ ...owner, name: `${NAME}${n}`, grant, expiresInSeconds: DAY_SECONDS });
      }
      let first: Response | undefined;
      let calls = 0;
      const repeating = harness.connect({
        fetch: async (input, init = {}) => {
          if (isTokenExchange(String(input))) return harness.fetch(String(input), init);
          calls += 1;
          first ??= await harness.fetch(String(input), init);
          return first.clone();
        },
      });

      // WHEN
      const listed = await repeating.list({}).catch((error: unknown) => error);

      // THEN: a vendor that says how many there are is asked for no more.
      if (listed instanceof VendorError) expect(listed.kind).toBe("unexpected");
      else expect(Array.isArray(listed) && listed.length > 0).toBe(true);
      expect(calls).toBeLessThanOrEqual(1_001);
    });

    testAdditive("revoked twice is gone, opens nothing and is not listed as live", async () => {
      const { id, value } = await mint();
      expect(await harness.adapter.revoke({ keyId: id })).toBe("revoked");
      expect(await harness.adapter.revoke({ keyId: id })).toBe("gone");
      expect(await harness.adapter.read({ keyId: id })).toBeUndefined();
      expect(await harness.adapter.verify({ value, grant })).toMatchObject({ outcome: "refused" });
      expect(await harness.adapter.list({})).toEqual([]);
    });

    test("a 400 on revoke is not taken for gone", async () => {
      const { id } = await mint();
      answerWith(400, errorBody("not now"));
      expect((await failureOf(() => harness.adapter.revoke({ keyId: id }))).kind).toBe("invalid");
    });

    if (descriptor.inPlace.grant) {
      test("a grant is changed in place: the same value may do the other, and no longer the one", async () => {
        const { id, value, owner } = await mint();
        const updated = await harness.adapter.update?.({ keyId: id, ...owner, grant: other });
        expect(updated?.id).toBe(id);
        if (updated !== undefined) expectGranted(updated, other);
        expect(await harness.adapter.verify({ value, grant: other })).toMatchObject({ outcome: "works" });
        // One that opens something else does more, and less.
        expect((await harness.adapter.verify({ value, grant })).outcome).toMatch(/^(?:wider|narrower)$/);
      });
    } else {
      test("a grant that cannot be changed in place is not: there is no such verb", () => {
        expect(harness.adapter.update).toBeUndefined();
      });
    }

    if (descriptor.enforcement.expiry === "key") {
      test("the vendor ends a key by itself, to the second", async () => {
        const { id, value, expiresAt } = await mint(NAME, grant, 3_600);
        const end = ends(harness.now, 3_600);
        expect(expiresAt).toBe(end);
        harness.now = end * 1_000 - 1_000;
        expect(await harness.adapter.verify({ value, grant })).toMatchObject({ outcome: "works" });
        harness.now += 1_000;
        expect(await harness.adapter.verify({ value, grant })).toMatchObject({ outcome: "refused" });
        const found = await harness.adapter.read({ keyId: id });
        expect(found === undefined || (found.expiresAt ?? 0) * 1_000 <= harness.now).toBe(true);
      });

      test(`an expiry ${descriptor.inPlace.expiry ? "is" : "cannot be"} changed in place`, async () => {
        const { id, owner } = await mint();
        const change = { keyId: id, ...owner, expiresInSeconds: 2 * DAY_SECONDS };
        if (descriptor.inPlace.expiry) {
          const updated = await harness.adapter.update?.(change);
          expect(updated?.expiresAt).toBe(ends(harness.now, 2 * DAY_SECONDS));
          return;
        }
        if (harness.adapter.update === undefined) return;
        const before = await harness.adapter.read({ keyId: id });
        harness.sent.length = 0;
        const refusal = await failureOf(async () => harness.adapter.update?.(change));
        expect(refusal.kind).toBe("invalid");
        expect(harness.sent).toEqual([]);
        expect(await harness.adapter.read({ keyId: id })).toEqual(before);
      });
    }

    test("an owner, where there are owners, is found by its name alone, and is gone when it is deleted", async () => {
      const { findOwner, createOwner, deleteOwner } = harness.adapter;
      expect([findOwner, createOwner, deleteOwner].filter((verb) => verb !== undefined)).toHaveLength(
        findOwner === undefined ? 0 : 3,
      );
      if (findOwner === undefined) return;
      const { ownerId = "" } = await harness.owner("ai-keys/x.0badcafe/a");
      await harness.owner("ai-keys/x.0badcafe/ab");
      expect(await harness.adapter.findOwner?.({ name: "ai-keys/x.0badcafe/a" })).toBe(ownerId);
      expect(await harness.adapter.findOwner?.({ name: "ai-keys/x.0badcafe/A" })).toBeUndefined();
      expect(await harness.adapter.deleteOwner?.({ ownerId })).toBe("deleted");
      expect(await harness.adapter.deleteOwner?.({ ownerId })).toBe("gone");
      expect(await harness.adapter.findOwner?.({ name: "ai-keys/x.0badcafe/a" })).toBeUndefined();
    });

    const verbs = (adapter: VendorAdapter): Record<string, () => Promise<unknown>> => ({
      mint: () => harness.mint({ ownerId: strangers.ownerId, name: NAME, grant, expiresInSeconds: DAY_SECONDS }),
      list: () => adapter.list({}),
      read: () => adapter.read({ keyId: strangers.keyId }),
      revoke: () => adapter.revoke({ keyId: strangers.keyId }),
      ...(adapter.update === undefined
        ? {}
        : { update: async () => adapter.update?.({ keyId: strangers.keyId, ownerId: strangers.ownerId, grant }) }),
      ...(adapter.isActive === undefined
        ? {}
        : { isActive: async () => adapter.isActive?.({ keyId: strangers.keyId }) }),
    });

    test.each<[number, VendorErrorKind]>([
      [400, "invalid"],
      [401, "admin_refused"],
      [403, "admin_refused"],
      [409, "conflict"],
      [422, "invalid"],
      [429, "throttled"],
      [500, "unavailable"],
      [503, "unavailable"],
      [529, "unavailable"],
    ])("a %i is %s, whatever was asked, and no error tells a key", async (status, kind) => {
      const quoted = new Set<string>();
      harness.intercept = ({ headers }) => {
        for (const secret of secretsIn(headers)) quoted.add(secret);
        const body = errorBody(`no: ${CANARY} ${secretsIn(headers).join(" ")}`);
        return new Response(JSON.stringify(body), { status, headers: { "retry-after": "7" } });
      };
      for (const [verb, call] of Object.entries(verbs(harness.adapter))) {
        const error = await failureOf(call);
        expect([verb, error.kind]).toEqual([verb, kind]);
        expect(error.status).toBe(status);
        for (const secret of [CANARY, ...harness.simulator.secrets()]) expect(error.message).not.toContain(secret);
      }
      expect(quoted.size).toBeGreaterThan(0);
      expect(harness.throttles.every((seconds) => seconds === 7)).toBe(true);
      expect(harness.throttles.length > 0).toBe(status === 429);
    });

    test("a 404 is nothing to read and nothing to revoke, and a failure of all else", async () => {
      answerWith(404, errorBody("none"));
      const read = () => harness.adapter.read({ keyId: strangers.keyId });
      if (subject.readsFromList === true) expect((await failureOf(read)).kind).toBe("not_found");
      else expect(await read()).toBeUndefined();
      expect(await harness.adapter.revoke({ keyId: strangers.keyId })).toBe("gone");
      expect((await failureOf(() => harness.adapter.list({}))).kind).toBe("not_found");
    });

    test("what is no answer of the vendor's is unexpected, or was lost", async () => {
      harness.intercept = () => new Response("<html>welcome</html>", { status: 200 });
      for (const call of Object.values(verbs(harness.adapter))) expect((await failureOf(call)).kind).toBe("unexpected");
      harness.intercept = () => new TypeError(`fetch failed for ${harness.simulator.adminKey}`);
      for (const call of Object.values(verbs(harness.adapter))) {
        const error = await failureOf(call);
        expect(error.kind).toBe("unavailable");
        expect(error.message).not.toContain(harness.simulator.adminKey);
      }
    });

    test("each admin call takes a turn before it is sent, and a look with the key takes none", async () => {
      const { value } = await mint();
      const admin = harness.sent.length;
      expect(harness.turns).toHaveLength(admin);
      await harness.adapter.verify({ value, grant });
      expect(harness.sent.length).toBeGreaterThan(admin);
      expect(harness.turns).toHaveLength(admin);
      for (const { headers, url } of harness.sent.slice(admin)) {
        expect(JSON.stringify(headers) + url).not.toContain(harness.simulator.adminKey);
      }
    });

    test("a call that is ended is not sent, and one that is under way ends", async () => {
      const signal = AbortSignal.abort();
      expect((await failureOf(() => harness.adapter.list({ signal }))).kind).toBe("unavailable");
      expect(harness.sent).toEqual([]);
    });

    test.each(["429", "500", "lost"])("a look with the key that is answered %s is no verdict on it", async (how) => {
      const { value } = await mint();
      harness.intercept = () =>
        how === "lost" ? new TypeError("fetch failed") : new Response("{}", { status: Number(how) });
      expect(["throttled", "unavailable"]).toContain(
        (await failureOf(() => harness.adapter.verify({ value, grant }))).kind,
      );
    });

    test.each([
      "http://169.254.169.254/latest",
      "https://169.254.169.254/v1",
      "https://user:password@example.com",
      "https://localhost",
      "https://[::1]/v1",
      ...(descriptor.ownBaseUrl ? ["http://proxy.example.com"] : ["https://example.com"]),
      ...descriptor.baseUrls.flatMap((url) => [`${url}/`, `${url}@example.com`, url.replace("https:", "http:")]),
    ])("the base URL %s is refused before anything is sent", (baseUrl) => {
      const settings = { ...subject.settingsOf(harness.simulator), baseUrl };
      expect(() => harness.connect({ settings })).toThrow(VendorError);
      expect(harness.sent).toEqual([]);
    });

    test("only its own hosts are called", async () => {
      const { id, value } = await mint();
      await harness.adapter.verify({ value, grant });
      await harness.adapter.revoke({ keyId: id });
      const given: { baseUrl?: string } = subject.settingsOf(harness.simulator);
      const own = descriptor.ownBaseUrl && given.baseUrl !== undefined ? [given.baseUrl] : [];
      const starts = [...descriptor.baseUrls, ...(descriptor.otherUrls ?? []), ...own].map(
        (start) => new RegExp(`^${start.replace(/[.?+]/g, "\\$&").replace(/\*/g, "[a-z0-9-]+")}(?:/|$)`),
      );
      for (const { url } of harness.sent) expect(starts.some((start) => start.test(url))).toBe(true);
    });

    test.each(["", " ", "sk key", "sk\nkey", "ключ"])(
      "an admin key such as %j is refused before anything is sent",
      async (key) => {
        const adapter = harness.connect(harness.withAdminKey(key));
        expect((await failureOf(() => adapter.list({}))).kind).toBe("admin_refused");
        expect(harness.sent).toEqual([]);
      },
    );

    test("ids that would name another resource are refused before anything is sent", async () => {
      for (const keyId of ["", "..", "../x", "a/b", "a?b", "%2e%2e"]) {
        expect((await failureOf(() => harness.adapter.revoke({ keyId }))).kind).toBe("invalid");
      }
      expect(harness.sent).toEqual([]);
    });

    if (descriptor.keysManageKeys) {
      test("the simulator takes an admin key for a key of data, and the other way round, as the vendor does", async () => {
        const { id, value } = await mint();
        expect(await harness.adapter.verify({ value: harness.simulator.adminKey, grant })).toMatchObject({
          outcome: "works",
        });
        expect(ids(await harness.connect(harness.withAdminKey(value)).list({}))).toEqual([id]);
      });
    } else {
      test("the simulator takes no admin key for a key of data, and the other way round", async () => {
        const { value } = await mint();
        expect((await harness.adapter.verify({ value: harness.simulator.adminKey, grant })).outcome).not.toBe("works");
        const error = await failureOf(() => harness.connect(harness.withAdminKey(value)).list({}));
        expect(error.kind).toBe("admin_refused");
      });

      test("with a vendor key, leaked or not, nobody makes, changes, reads or ends one, itself included", async () => {
        // GIVEN
        const { id, value, owner } = await mint();
        const before = await harness.adapter.list({});
        const thief = harness.connect(harness.withAdminKey(value));
        const { value: chosen } = thief.chooseValue?.() ?? {};
        const another = {
          ...owner,
          name: NAME,
          grant,
          expiresInSeconds: DAY_SECONDS,
          ...(chosen && { value: chosen }),
        };
        const attempts: ReadonlyArray<readonly [string, (() => Promise<unknown>) | undefined]> = [
          ["mint", thief.mint && (() => minting(thief).mint(another))],
          ["update", thief.update?.bind(thief, { keyId: id, ...owner, grant: other ?? grant })],
          ["read", () => thief.read({ keyId: id })],
          ["revoke", () => thief.revoke({ keyId: id })],
          ["create an owner", thief.createOwner?.bind(thief, { name: "thief" })],
        ];
        // WHEN, THEN
        for (const [verb, attempt] of attempts) {
          if (attempt !== undefined) expect([verb, (await failureOf(attempt)).kind]).toEqual([verb, "admin_refused"]);
        }
        expect(await harness.adapter.list({})).toEqual(before);
        expect(await harness.adapter.verify({ value, grant })).toMatchObject({ outcome: "works" });
      });
    }
  });
}
