import { retryingAdapter } from "../../src/engine/middleware/retrying";
import type { Deadline } from "../../src/engine/ports";
import { VendorError, type VendorErrorKind } from "../../src/model/vendor-error";
import { openAiDescriptor } from "../../src/vendors/openai/descriptor";
import type { FullVendorAdapter } from "../../src/vendors/vendor";
import { RecordingTelemetry } from "../support/engine";

const VALUE = "sk-svcacct-CANARY0123456789";
const KEY = { id: "key_1", name: "n", createdAt: 1 };
const OWNER = { name: "o" };
const POLICY = { vendor: "openai", spendUsdPerMonth: 5 };

/** Calls each verb once. */
const VERBS: Record<
  Exclude<keyof FullVendorAdapter, "descriptor" | "chooseValue" | "account"> | "readAccount" | "applyAccount",
  (vendor: FullVendorAdapter) => Promise<unknown>
> = {
  findOwner: (vendor) => vendor.findOwner(OWNER),
  createOwner: (vendor) => vendor.createOwner(OWNER),
  deleteOwner: (vendor) => vendor.deleteOwner({ ownerId: "o" }),
  mint: (vendor) => vendor.mint({ ownerId: "o", name: "n", grant: { scopes: ["a"] }, expiresInSeconds: 60 }),
  rotate: async (vendor) => vendor.rotate?.({ keyId: "k", graceSeconds: 60, expiresInSeconds: 60 }),
  isActive: async (vendor) => vendor.isActive?.({ keyId: "k" }),
  identify: async (vendor) => vendor.identify?.({ value: VALUE, name: "n" }),
  disable: async (vendor) => vendor.disable?.({ keyId: "k" }),
  list: (vendor) => vendor.list({}),
  read: (vendor) => vendor.read({ keyId: "k" }),
  update: (vendor) => vendor.update({ keyId: "k", grant: { scopes: ["a"] } }),
  revoke: (vendor) => vendor.revoke({ keyId: "k" }),
  verify: (vendor) => vendor.verify({ value: VALUE, grant: { scopes: ["a"] } }),
  scopeChanges: async (vendor) => vendor.scopeChanges?.({ since: 0 }),
  accountGone: async (vendor) => vendor.accountGone?.({}),
  readAccount: async (vendor) => vendor.account?.read({ policy: POLICY }),
  applyAccount: async (vendor) => vendor.account?.apply({ policy: POLICY }),
};
const MAKING = ["createOwner", "mint", "rotate"];
const names = Object.keys(VERBS) as Array<keyof typeof VERBS>;
const repeatable = names.filter((verb) => !MAKING.includes(verb));

describe("retries of vendor calls", () => {
  /** What the vendor throws, call by call; then it answers. */
  let failures: unknown[];
  let calls: string[];
  let pauses: number[];
  let remainingMillis: number;
  let ended: AbortController;
  let telemetry: RecordingTelemetry;
  let vendor: FullVendorAdapter;

  const failing = (kind: VendorErrorKind, times = 1) => {
    failures = Array.from(
      { length: times },
      () => new VendorError(kind, "call", `OpenAI said ${kind}`, { status: 500 }),
    );
  };

  beforeEach(() => {
    failures = [];
    calls = [];
    pauses = [];
    remainingMillis = 600_000;
    ended = new AbortController();
    telemetry = new RecordingTelemetry();
    const answer =
      <T>(verb: string, value: T) =>
      async (): Promise<T> => {
        calls.push(verb);
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
        return value;
      };
    const adapter: FullVendorAdapter = {
      descriptor: openAiDescriptor,
      findOwner: answer("findOwner", undefined),
      createOwner: answer("createOwner", "owner_1"),
      deleteOwner: answer("deleteOwner", "deleted" as const),
      mint: answer("mint", { ...KEY, value: VALUE }),
      rotate: answer("rotate", { ...KEY, value: VALUE }),
      isActive: answer("isActive", true),
      identify: answer("identify", KEY),
      disable: answer("disable", "disabled" as const),
      list: answer("list", [KEY]),
      read: answer("read", undefined),
      update: answer("update", KEY),
      revoke: answer("revoke", "revoked" as const),
      verify: answer("verify", { outcome: "works", evidence: "", scopeProven: true } as const),
      scopeChanges: answer("scopeChanges", []),
      accountGone: answer("accountGone", undefined),
      account: { name: "project p", read: answer("readAccount", {}), apply: answer("applyAccount", {}) },
    };
    let now = 0;
    const deadline: Deadline = { signal: ended.signal, remainingMillis: () => remainingMillis };
    vendor = retryingAdapter(adapter, {
      clock: {
        now: () => now,
        sleep: async (millis) => {
          pauses.push(millis);
          now += millis;
          remainingMillis -= millis;
        },
      },
      deadline,
      telemetry,
    });
  });

  test.each(MAKING)("case 3: %s is never sent again where nobody knows whether it happened", async (name) => {
    failing("unavailable");
    await expect(VERBS[name as "mint"](vendor)).rejects.toMatchObject({ kind: "unavailable" });
    expect(calls).toEqual([name]);
    expect(pauses).toEqual([]);
  });

  test.each(names)("%s is sent again where the vendor says for certain that nothing happened", async (name) => {
    failing("throttled");
    await VERBS[name](vendor);
    expect(calls).toEqual([name, name]);
    expect(pauses).toEqual([500]);
  });

  test.each(repeatable)("%s is sent again where the vendor gave no answer", async (name) => {
    failing("unavailable", 2);
    await VERBS[name](vendor);
    expect(calls).toEqual([name, name, name]);
    expect(pauses).toEqual([500, 1_000]);
  });

  test.each<VendorErrorKind>(["admin_refused", "not_found", "conflict", "invalid", "unexpected"])(
    "nothing is sent again after %s",
    async (kind) => {
      for (const name of names) {
        failing(kind);
        await expect(VERBS[name](vendor)).rejects.toMatchObject({ kind });
      }
      expect(calls).toEqual(names);
    },
  );

  test("there are four attempts, and the last failure is what the caller gets", async () => {
    // GIVEN
    failing("unavailable", 10);
    const fourth = failures[3];

    // WHEN
    const error = await vendor.list({}).catch((reason: unknown) => reason);

    // THEN
    expect(error).toBe(fourth);
    expect(calls).toHaveLength(4);
    expect(pauses).toEqual([500, 1_000, 2_000]);
  });

  test("none is begun that would leave no time to write down what happened", async () => {
    // GIVEN time for the first pause and the second, not for the third
    remainingMillis = 10_000 + 500 + 1_000 + 1;
    failing("unavailable", 10);

    // WHEN
    await expect(vendor.list({})).rejects.toThrow(VendorError);

    // THEN
    expect(pauses).toEqual([500, 1_000]);
    expect(remainingMillis).toBeGreaterThanOrEqual(10_000);
  });

  test("none is begun after the run has been ended", async () => {
    ended.abort();
    failing("throttled", 10);
    await expect(vendor.list({})).rejects.toThrow(VendorError);
    expect(calls).toHaveLength(1);
  });

  test("an error that is not the vendor's goes through as it is", async () => {
    const own = new Error("defect");
    failures = [own];
    await expect(vendor.list({})).rejects.toBe(own);
    expect(calls).toHaveLength(1);
  });

  test("each call has its line, and none holds a value", async () => {
    // GIVEN
    failing("throttled");

    // WHEN
    await vendor.mint({ ownerId: "o", name: "n", grant: { scopes: ["a"] }, expiresInSeconds: 60 });
    await vendor.verify({ value: VALUE, grant: { scopes: ["a"] } });

    // THEN
    expect(telemetry.lines).toMatchObject([
      { level: "warn", vendor: "openai", verb: "mint", kind: "throttled", status: 500, attempt: 1 },
      { level: "info", vendor: "openai", verb: "mint" },
      { level: "info", vendor: "openai", verb: "verify", millis: 0 },
    ]);
    expect(JSON.stringify(telemetry.lines)).not.toContain(VALUE);
  });

  test("a vendor without an audit log stays one", () => {
    const { scopeChanges: _, ...bare } = vendor;
    const deadline: Deadline = { signal: ended.signal, remainingMillis: () => 0 };
    const wrapped = retryingAdapter(bare, { clock: { now: () => 0, sleep: async () => {} }, deadline, telemetry });
    expect("scopeChanges" in wrapped).toBe(false);
  });
});
