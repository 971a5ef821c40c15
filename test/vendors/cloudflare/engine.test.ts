import { reconcile } from "../../../src/engine/commands/reconcile/reconcile";
import type { Engine } from "../../../src/engine/ports";
import type { KeyPolicy } from "../../../src/model/key-policy";
import { parseSecretPayload } from "../../../src/model/secret-payload";
import { unixSeconds } from "../../../src/model/units";
import { ContractHarness } from "../../../src/testing/fixture";
import {
  type CloudflareSimulator,
  createCloudflareSimulator,
} from "../../../src/vendors/cloudflare/simulator/simulator";
import { EngineHarness, PREFIX, policyOf } from "../../support/engine";
import { subject } from "./subject";

const KEY = "summariser";
const DAY_SECONDS = 86_400;

function policy(change: Partial<KeyPolicy> = {}): KeyPolicy {
  return policyOf({ vendor: "cloudflare", scopes: ["workers-ai.read"], ...change });
}

describe("the engine with Cloudflare", () => {
  let harness: EngineHarness;
  let engine: Engine;
  let simulator: CloudflareSimulator;
  beforeEach(async () => {
    // GIVEN a key that is in use
    harness = new EngineHarness();
    harness.secret.exists = true;
    harness.secret.rotationEnabled = true;
    const clock = { now: () => harness.world.now() };
    simulator = createCloudflareSimulator({ clock, seed: "engine" });
    const vendor = new ContractHarness({ ...subject, createSimulator: () => simulator });
    engine = { ...harness.engine, vendor: vendor.connect(clock) };
    await apply(policy(), "none", "create");
  });

  const apply = (declared: KeyPolicy, repair = "none", action: "create" | "update" = "update") =>
    reconcile(engine, {
      key: KEY,
      secret: `${PREFIX}/${KEY}`,
      policy: declared,
      repair,
      tf: { action, prev_input: null },
    });
  const payload = () => parseSecretPayload(harness.secret.currentValue() ?? "");
  const token = () => simulator.state.tokens.get(payload()?.keyId ?? "");
  const statusOf = async (path: string) => {
    const url = `/client/v4/accounts/${simulator.state.accountId}/${path}`;
    const headers = { authorization: `Bearer ${payload()?.apiKey}` };
    return (await simulator.handle({ method: "GET", url, headers, body: "" })).status;
  };

  test("permissions, addresses and lifetime are changed in place, and the value stays", async () => {
    // GIVEN
    const before = payload();
    const { lifetime } = policy();

    // WHEN
    const longer = { ...lifetime, expirySeconds: lifetime.expirySeconds + DAY_SECONDS };
    await apply(policy({ scopes: ["ai-gateway.read"], networks: ["192.0.2.0/24"], lifetime: longer }));

    // THEN
    expect(payload()).toMatchObject({ keyId: before?.keyId, apiKey: before?.apiKey });
    expect([await statusOf("ai/models/search"), await statusOf("ai-gateway/gateways")]).toEqual([403, 200]);
    expect(token()?.condition).toEqual({ request_ip: { in: ["192.0.2.0/24"] } });
    expect(token()?.expiresOn).toBe(unixSeconds(before?.expiresAt ?? "") + DAY_SECONDS);
    expect(simulator.state.tokens.size).toBe(1);
  });

  test("what somebody changed is set right, and what somebody disabled is replaced", async () => {
    const before = payload();
    const changed = token();
    if (changed === undefined) throw new Error("no token");
    changed.policies = [];
    await apply(policy(), "drift 1");
    expect(await statusOf("ai/models/search")).toBe(200);
    expect(payload()?.keyId).toBe(before?.keyId);
    changed.disabled = true;
    await apply(policy(), "drift 2");
    expect(payload()?.keyId).not.toBe(before?.keyId);
    expect(await statusOf("ai/models/search")).toBe(200);
  });
});
