import { vendor } from "../../examples/custom-issuer/adapter";
import { FakeAcme } from "../../examples/custom-issuer/fake-acme";
import { VendorError } from "../../src/model/vendor-error";
import { describeVendorContract } from "../../src/testing";
import { QUESTIONS } from "../../src/testing/questions";
import type { Vendor, VendorAdapter } from "../../src/vendors/vendor";

interface Collected {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** Tests that the suite describes, collected instead of run. `expect` stays Jest's own. */
function collected(subject: Vendor): Collected[] {
  const tests: Collected[] = [];
  let titles = "";
  const hooks: Array<() => void> = [];
  const add = (name: string, body: (...args: unknown[]) => unknown, ...args: unknown[]) => {
    const run = async () => {
      for (const hook of hooks) hook();
      await body(...args);
    };
    tests.push({ name: titles + name, run });
  };
  const each = (cases: readonly unknown[]) => (name: string, body: (...args: unknown[]) => unknown) => {
    for (const one of cases) add(`${name} ${JSON.stringify(one)}`, body, ...(Array.isArray(one) ? one : [one]));
  };
  const own = { describe, test, beforeEach };
  Object.assign(globalThis, {
    describe: (title: string, body: () => void) => {
      const before = titles;
      titles = `${before}${title} › `;
      body();
      titles = before;
    },
    test: Object.assign(add, { each }),
    beforeEach: (hook: () => void) => void hooks.push(hook),
  });
  try {
    describeVendorContract({
      vendor: subject,
      createSimulator: (clock) => new FakeAcme(clock),
      settingsOf: () => ({}),
      grants: [{ scopes: ["models:read"] }, { scopes: ["chat:write", "files:read"] }],
      refusals: {
        unknownKey: [{ status: 401, body: { error: { message: "invalid key" } }, source: "Acme's page on errors" }],
        noVerdict: [{ status: 403, body: { error: { message: "no credit" } }, source: "Acme's page on errors" }],
      },
    });
  } finally {
    Object.assign(globalThis, own);
  }
  return tests;
}

async function failing(subject: Vendor): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, run } of collected(subject)) {
    await run().catch(() => failed.push(name));
  }
  return failed;
}

/** Acme's adapter with some of its verbs done otherwise. */
function defective(change: (adapter: VendorAdapter) => Partial<VendorAdapter>): Vendor {
  return {
    descriptor: vendor.descriptor,
    connect: (connection) => {
      const good = vendor.connect(connection);
      const verbs = ["mint", "list", "read", "update", "revoke", "verify"] as const;
      const bound = Object.fromEntries(verbs.map((verb) => [verb, good[verb]?.bind(good)]));
      return Object.assign({ descriptor: good.descriptor }, bound, change(good)) as VendorAdapter;
    },
  };
}

const DEFECTS: ReadonlyArray<readonly [string, (adapter: VendorAdapter) => Partial<VendorAdapter>]> = [
  ["says revoked and does nothing", () => ({ revoke: async () => "revoked" })],
  ["takes every failure of a revoke for gone", (a) => ({ revoke: (r) => a.revoke(r).catch(() => "gone" as const) })],
  ["takes every failure of a read for gone", (a) => ({ read: (r) => a.read(r).catch(() => undefined) })],
  ["lists the first page", (a) => ({ list: async (r) => (await a.list(r)).slice(0, 100) })],
  [
    "takes whatever happens for works",
    () => ({ verify: async () => ({ outcome: "works", evidence: "", scopeProven: false }) }),
  ],
  [
    "takes a vendor that is down for a refusal",
    (a) => ({
      verify: (r) => a.verify(r).catch(() => ({ outcome: "refused", evidence: "", scopeProven: false }) as const),
    }),
  ],
  [
    "mints twice",
    (a) => ({
      mint: async (r) => {
        await a.mint?.(r);
        return (await a.mint?.(r)) ?? Promise.reject(new Error("none"));
      },
    }),
  ],
  [
    "names keys as it likes",
    (a) => ({ mint: (r) => a.mint?.({ ...r, name: "key" }) ?? Promise.reject(new Error("none")) }),
  ],
  [
    "changes no grant",
    (a) => ({ update: async ({ keyId }) => (await a.read({ keyId })) ?? Promise.reject(new Error("none")) }),
  ],
  [
    "quotes what the vendor says",
    () => ({ list: () => Promise.reject(new VendorError("invalid", "GET", "no: sk-CANARYcanary0123456789")) }),
  ],
  [
    "takes every refusal for a dead key",
    (a) => ({
      verify: (r) =>
        a.verify(r).catch((error) => {
          if (error instanceof VendorError && error.kind === "no_verdict") {
            return { outcome: "refused", evidence: "", scopeProven: false } as const;
          }
          throw error;
        }),
    }),
  ],
  ["throws errors of its own", (a) => ({ list: (r) => a.list(r).catch(() => Promise.reject(new Error("no"))) })],
];

describe("the contract suite", () => {
  test("lets the example pass, with as many tests as are worth the name", async () => {
    expect(collected(vendor).length).toBeGreaterThan(40);
    expect(await failing(vendor)).toEqual([]);
    expect(await failing(defective(() => ({})))).toEqual([]);
  });

  test.each(DEFECTS)("finds an adapter that %s", async (_, change) => {
    expect((await failing(defective(change))).length).toBeGreaterThan(0);
  });

  test.each(["activation", "revocation", "accountGone"] as const)(
    "fails a nineteenth vendor whose descriptor leaves %s open",
    async (fact) => {
      const { [fact]: _, ...descriptor } = vendor.descriptor;
      const failed = await failing({ ...vendor, descriptor, connect: (connection) => vendor.connect(connection) });
      const question = { activation: "late activation", revocation: "late revocation", accountGone: "account gone" };
      expect(failed.some((name) => name.startsWith(question[fact]))).toBe(true);
    },
  );

  test("asks each question of an adapter of any strategy", () => {
    const names = collected(vendor).map(({ name }) => name);
    expect(Object.keys(QUESTIONS)).toEqual([
      "late activation",
      "late revocation",
      "no verdict",
      "shorter life",
      "odd foreign key",
      "account gone",
    ]);
    for (const question of Object.keys(QUESTIONS)) {
      expect([question, names.some((name) => name.startsWith(question))]).toEqual([question, true]);
    }
  });

  test.each<[string, (adapter: VendorAdapter) => Partial<VendorAdapter>, string]>([
    [
      "shows no end of a key",
      (a) => ({ list: async (r) => (await a.list(r)).map(({ expiresAt: _, ...key }) => key) }),
      "shorter life",
    ],
    ["is asked for a proof that its vendor does not give", () => ({ accountGone: async () => "gone" }), "account gone"],
  ])("finds by its question an adapter that %s", async (_, change, question) => {
    const failed = await failing(defective(change));
    expect(failed.some((name) => name.startsWith(question))).toBe(true);
  });

  test("says what is wrong with an adapter file before any test", () => {
    const subject = {
      adapterFile: "no/such/adapter.js",
      createSimulator: (clock: { now(): number }) => new FakeAcme(clock),
      settingsOf: () => ({}),
      grants: [{}, {}],
      refusals: { unknownKey: [], noVerdict: [] },
    } as const;
    expect(() => describeVendorContract(subject)).toThrow("it cannot be read (ENOENT)");
  });
});
