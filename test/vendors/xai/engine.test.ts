import { reconcile } from "../../../src/engine/commands/reconcile/reconcile";
import { rotateStep } from "../../../src/engine/commands/rotate-step";
import { sweep } from "../../../src/engine/commands/sweep/sweep";
import type { Engine } from "../../../src/engine/ports";
import type { KeyPolicy } from "../../../src/model/key-policy";
import { parseSecretPayload } from "../../../src/model/secret-payload";
import { ContractHarness } from "../../../src/testing/fixture";
import { createXAiSimulator, type XAiSimulator } from "../../../src/vendors/xai/simulator/simulator";
import { EngineHarness, PREFIX, policyOf } from "../../support/engine";
import { subject } from "./subject";

const KEY = "summariser";
const HOUR_MILLIS = 3_600_000;
const STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;

function policy(change: Partial<KeyPolicy> = {}): KeyPolicy {
  const { scopes: _, ...rest } = policyOf({ vendor: "xai", models: ["grok-4.5"], endpoints: ["chat"], ...change });
  return rest;
}

describe("the engine with xAI", () => {
  let harness: EngineHarness;
  let engine: Engine;
  let simulator: XAiSimulator;
  let vendor: ContractHarness<XAiSimulator>;
  beforeEach(async () => {
    // GIVEN a key that is in use, at a vendor whose values take 40 seconds to spread
    harness = new EngineHarness();
    harness.secret.exists = true;
    harness.secret.rotationEnabled = true;
    const clock = { now: () => harness.world.now() };
    simulator = createXAiSimulator({ clock, seed: "engine" });
    simulator.configure({ propagationSeconds: 40 });
    vendor = new ContractHarness({ ...subject, createSimulator: () => simulator });
    engine = { ...harness.engine, vendor: vendor.connect(clock) };
    await apply(policy());
    harness.world.advance(HOUR_MILLIS);
    vendor.sent.length = 0;
  });

  const apply = (declared: KeyPolicy, action: "create" | "update" = "create") =>
    reconcile(engine, {
      key: KEY,
      secret: `${PREFIX}/${KEY}`,
      policy: declared,
      repair: "none",
      tf: { action, prev_input: null },
    });
  const payload = () => parseSecretPayload(harness.secret.currentValue() ?? "");
  const chat = async (apiKey: string | undefined) => {
    const { status } = await simulator.handle({
      method: "POST",
      url: "/v1/chat/completions",
      headers: { authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({ model: "grok-4.5", messages: [{ role: "user", content: "Hello" }] }),
    });
    return status;
  };
  const rotateOnce = async () => {
    const token = harness.token();
    harness.secret.versions.set(token, {
      value: undefined,
      labels: new Set(["AWSPENDING"]),
      number: harness.secret.next(),
    });
    for (const step of STEPS) await rotateStep(engine, { key: KEY, runStep: step, token });
  };
  const effects = () =>
    vendor.sent.filter(({ method }) => method !== "GET").map(({ method, url }) => `${method} ${new URL(url).pathname}`);

  test("a rotation replaces the value in place, waits until it is known everywhere, and leaves the old one its overlap", async () => {
    // GIVEN
    const before = payload();

    // WHEN
    await rotateOnce();

    // THEN
    const after = payload();
    expect(after).toMatchObject({ keyId: before?.keyId, vendor: "xai" });
    expect(after?.apiKey).not.toBe(before?.apiKey);
    expect(after?.issuedAt).not.toBe(before?.issuedAt);
    expect(effects()).toEqual([`POST /auth/api-keys/${before?.keyId}/rotate`]);
    expect([await chat(after?.apiKey), await chat(before?.apiKey)]).toEqual([200, 200]);
    harness.world.advance(24 * HOUR_MILLIS);
    await sweep(engine);
    expect([await chat(after?.apiKey), await chat(before?.apiKey)]).toEqual([200, 200]);
    harness.world.advance(3 * HOUR_MILLIS);
    expect([await chat(after?.apiKey), await chat(before?.apiKey)]).toEqual([200, 400]);
    expect(simulator.state.keys.size).toBe(1);
  });

  test("a value is in use no sooner than every cluster knows it", async () => {
    const before = harness.world.now();
    await rotateOnce();
    expect(harness.world.now() - before).toBeGreaterThanOrEqual(40_000);
  });

  test("a rotation whose answer is lost leaves the value in use, and is made good by a second vendor key before that ends", async () => {
    // GIVEN
    const before = payload();
    let lost = 0;
    vendor.intercept = ({ url, ...sent }) => {
      const { hostname, pathname } = new URL(url);
      if (!pathname.endsWith("/rotate")) return undefined;
      lost += 1;
      void simulator.handle({ ...sent, host: hostname, url: pathname });
      return new TypeError("fetch failed");
    };

    // WHEN
    await expect(rotateOnce()).rejects.toThrow();

    // THEN
    expect(lost).toBe(1);
    expect([...simulator.state.keys.values()].map(({ secrets }) => secrets.length)).toEqual([2]);
    expect(payload()).toEqual(before);
    expect(await chat(before?.apiKey)).toBe(200);
    vendor.intercept = () => undefined;
    await rotateOnce();
    const after = payload();
    expect(after?.keyId).not.toBe(before?.keyId);
    expect([await chat(after?.apiKey), await chat(before?.apiKey)]).toEqual([200, 200]);
  });

  test("a policy is changed in place, limits that it no longer has are taken off, and the value stays", async () => {
    // GIVEN
    const before = payload();
    await apply(policy({ limits: { requestsPerMinute: 1 } }), "update");
    expect([await chat(before?.apiKey), await chat(before?.apiKey)]).toEqual([200, 429]);

    // WHEN
    await apply(policy({ models: ["grok-4.5", "grok-4.3"] }), "update");

    // THEN
    expect(payload()).toEqual(before);
    expect([await chat(before?.apiKey), await chat(before?.apiKey)]).toEqual([200, 200]);
    expect(simulator.state.keys.size).toBe(1);
  });
});
