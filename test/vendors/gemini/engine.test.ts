import { reconcile } from "../../../src/engine/commands/reconcile/reconcile";
import { rotateStep } from "../../../src/engine/commands/rotate-step";
import { sweep } from "../../../src/engine/commands/sweep/sweep";
import type { Engine } from "../../../src/engine/ports";
import type { KeyPolicy } from "../../../src/model/key-policy";
import { parseSecretPayload } from "../../../src/model/secret-payload";
import { VendorError } from "../../../src/model/vendor-error";
import { ContractHarness } from "../../../src/testing/fixture";
import { createGeminiSimulator, type GeminiSimulator } from "../../../src/vendors/gemini/simulator/simulator";
import { EngineHarness, PREFIX, policyOf } from "../../support/engine";
import { subject } from "./subject";

const KEY = "summariser";
const DAY_MILLIS = 86_400_000;
const STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;

function policy(change: Partial<KeyPolicy> = {}): KeyPolicy {
  const { scopes: _, ...rest } = policyOf({ vendor: "gemini", endpoints: ["ListModels"], ...change });
  return rest;
}

describe("the engine with Google Gemini", () => {
  let harness: EngineHarness;
  let engine: Engine;
  let simulator: GeminiSimulator;
  beforeEach(() => {
    harness = new EngineHarness();
    harness.secret.exists = true;
    harness.secret.rotationEnabled = true;
    const clock = { now: () => harness.world.now() };
    simulator = createGeminiSimulator({ clock, seed: "engine" });
    const vendor = new ContractHarness({ ...subject, createSimulator: () => simulator });
    engine = { ...harness.engine, vendor: vendor.connect(clock) };
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
  const statusOf = async (path: string, apiKey = payload()?.apiKey) => {
    const headers = { "x-goog-api-key": apiKey };
    return (await simulator.handle({ method: "GET", url: `/v1beta${path}`, headers, body: "" })).status;
  };
  const rotateOnce = async () => {
    const token = harness.token();
    const number = harness.secret.next();
    harness.secret.versions.set(token, { value: undefined, labels: new Set(["AWSPENDING"]), number });
    for (const step of STEPS) await rotateStep(engine, { key: KEY, runStep: step, token });
  };

  test("a mint whose answer was lost is found again, and nothing is left over", async () => {
    // GIVEN
    const answer = simulator.handle.bind(simulator);
    let losses = 1;
    simulator.handle = async (request) => {
      const reply = await answer(request);
      if (request.method !== "POST" || !request.url.startsWith("/v2/") || losses === 0) return reply;
      losses -= 1;
      throw new TypeError("fetch failed");
    };
    await expect(apply(policy())).rejects.toThrow(VendorError);
    const [minted] = simulator.state.liveKeys();

    // WHEN
    await apply(policy());

    // THEN
    expect(simulator.state.keys().map(({ id }) => id)).toEqual([minted?.id]);
    expect(payload()).toMatchObject({ keyId: minted?.id, apiKey: minted?.value });
    expect(await statusOf("/models")).toBe(200);
  });

  test("methods are changed in place, and the value stays", async () => {
    await apply(policy());
    const before = payload();
    expect([await statusOf("/models"), await statusOf("/files")]).toEqual([200, 403]);
    await apply(policy({ endpoints: ["ListFiles"] }), "update");
    expect(payload()).toEqual(before);
    expect([await statusOf("/models"), await statusOf("/files")]).toEqual([403, 200]);
  });

  test("a rotation leaves the old key its overlap, and the sweep ends it, since Google does not", async () => {
    // GIVEN
    await apply(policy());
    const before = payload();
    harness.world.advance(7 * DAY_MILLIS);

    // WHEN
    await rotateOnce();

    // THEN
    expect(payload()?.keyId).not.toBe(before?.keyId);
    expect([await statusOf("/models"), await statusOf("/models", before?.apiKey)]).toEqual([200, 200]);
    harness.world.advance(DAY_MILLIS + 1_000);
    await sweep(engine);
    expect([await statusOf("/models"), await statusOf("/models", before?.apiKey)]).toEqual([200, 400]);
  });

  test("a key that somebody deleted is issued again, under another id", async () => {
    await apply(policy());
    const before = payload();
    await engine.vendor.revoke({ keyId: before?.keyId ?? "" });
    await apply(policy(), "update");
    expect(payload()?.keyId).not.toBe(before?.keyId);
    expect(await statusOf("/models")).toBe(200);
  });
});
