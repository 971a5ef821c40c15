import { reconcile } from "../../../src/engine/commands/reconcile/reconcile";
import { rotateStep } from "../../../src/engine/commands/rotate-step";
import { sweep } from "../../../src/engine/commands/sweep/sweep";
import type { Engine } from "../../../src/engine/ports";
import type { KeyPolicy } from "../../../src/model/key-policy";
import { parseSecretPayload } from "../../../src/model/secret-payload";
import { ContractHarness } from "../../../src/testing/fixture";
import { createLiteLlmSimulator, type LiteLlmSimulator } from "../../../src/vendors/litellm/simulator/simulator";
import { EngineHarness, PREFIX, policyOf } from "../../support/engine";
import { subject } from "./subject";

const KEY = "summariser";
const HOUR_MILLIS = 3_600_000;
const STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;

function policy(change: Partial<KeyPolicy> = {}): KeyPolicy {
  const { scopes: _, ...rest } = policyOf({ vendor: "litellm", models: ["gpt-5.2"], ...change });
  return rest;
}

describe("the engine with LiteLLM", () => {
  let harness: EngineHarness;
  let engine: Engine;
  let simulator: LiteLlmSimulator;
  let vendor: ContractHarness<LiteLlmSimulator>;

  beforeEach(async () => {
    // GIVEN a key that is in use
    harness = new EngineHarness();
    harness.secret.exists = true;
    harness.secret.rotationEnabled = true;
    const clock = { now: () => harness.world.now() };
    simulator = createLiteLlmSimulator({ clock, seed: "engine" });
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
  const chat = async (apiKey: string | undefined, model = "gpt-5.2") => {
    const headers = { authorization: `Bearer ${apiKey}` };
    const body = JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] });
    return (await simulator.handle({ method: "POST", url: "/v1/chat/completions", headers, body })).status;
  };
  const begin = () => {
    const token = harness.token();
    const number = harness.secret.next();
    harness.secret.versions.set(token, { value: undefined, labels: new Set(["AWSPENDING"]), number });
    return token;
  };
  const run = async (token: string) => {
    for (const step of STEPS) await rotateStep(engine, { key: KEY, runStep: step, token });
  };
  const endpoints = () => vendor.sent.map(({ method, url }) => `${method} ${new URL(url).pathname}`);

  test("a rotation gives a second vendor key, and the sweep ends the first when its overlap is over", async () => {
    // GIVEN
    const before = payload();

    // WHEN
    await run(begin());

    // THEN
    const after = payload();
    expect(after?.keyId).not.toBe(before?.keyId);
    expect([await chat(after?.apiKey), await chat(before?.apiKey)]).toEqual([200, 200]);
    harness.world.advance(48 * HOUR_MILLIS);
    await sweep(engine);
    expect([await chat(after?.apiKey), await chat(before?.apiKey)]).toEqual([200, 401]);
    expect([...simulator.state.keys.keys()]).toEqual([after?.keyId]);
  });

  test("a mint whose answer is lost is ended by its hash, without a search, and made again under its alias", async () => {
    // GIVEN
    const token = begin();
    let lost: string | undefined;
    vendor.intercept = ({ url, body, ...sent }) => {
      const { pathname } = new URL(url);
      if (pathname !== "/key/generate") return undefined;
      void simulator.handle({ ...sent, body, url: pathname });
      lost = (JSON.parse(body) as { key: string }).key;
      return new TypeError("fetch failed");
    };
    await expect(run(token)).rejects.toThrow();
    expect(await chat(lost)).toBe(200);
    vendor.intercept = () => undefined;
    vendor.sent.length = 0;

    // WHEN
    await run(token);

    // THEN
    expect(await chat(lost)).toBe(401);
    expect(await chat(payload()?.apiKey)).toBe(200);
    // It is read first, since nothing is ended that the vendor does not show to be the key's.
    expect(endpoints().slice(0, 3)).toEqual(["GET /key/info", "POST /key/delete", "POST /key/generate"]);
    expect(endpoints()).not.toContain("GET /key/list");
    expect(simulator.state.keys.size).toBe(2);
  });

  test("a changed grant is set on the living key", async () => {
    // GIVEN
    const before = payload();
    expect(await chat(before?.apiKey, "claude-sonnet-5")).toBe(403);

    // WHEN
    const limits = { requestsPerMinute: 2 };
    const { changes } = await apply(policy({ models: ["claude-sonnet-5"], limits }), "update");

    // THEN
    expect(changes).toEqual(["set models claude-sonnet-5; 2 requests a minute"]);
    expect(payload()).toEqual(before);
    expect(await chat(before?.apiKey)).toBe(403);
    const answers = [await chat(before?.apiKey, "claude-sonnet-5"), await chat(before?.apiKey, "claude-sonnet-5")];
    expect([...answers, await chat(before?.apiKey, "claude-sonnet-5")]).toEqual([200, 200, 429]);
  });

  test("a key that may do more than was declared never comes into use", async () => {
    // GIVEN: a release that knows nothing of routes
    const before = payload();
    vendor.intercept = ({ url, body, ...sent }) => {
      const { pathname } = new URL(url);
      if (pathname !== "/key/generate" && pathname !== "/key/update") return undefined;
      const { allowed_routes: _, ...rest } = JSON.parse(body) as Record<string, unknown>;
      const headers = { authorization: `Bearer ${simulator.adminKey}` };
      void simulator.handle({ ...sent, headers, url: pathname, body: JSON.stringify(rest) });
      const { key = "" } = rest as { key?: string };
      return new Response(JSON.stringify({ key }), { status: 200 });
    };

    // THEN
    await expect(run(begin())).rejects.toThrow(/SK280.*endpoints: \+\*/);
    expect(payload()).toEqual(before);
    expect(await chat(before?.apiKey)).toBe(200);
  });
});
