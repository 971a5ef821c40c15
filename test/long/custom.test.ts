import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateSecretCommand, GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { AdminKey, CustomAdapter, CustomIssuer, Duration, Lifetime, ScopedKey } from "../../constructs";
import { bundleAdapter } from "../../examples/custom-issuer/bundle";
import { FakeAcme } from "../../examples/custom-issuer/fake-acme";
import { serveAcme } from "../../examples/custom-issuer/serve";
import { parseSecretPayload } from "../../src/model/secret-payload";
import { inventory } from "../e2e/support/inventory";
import { blockOf } from "../e2e/support/plan";
import { Stacks } from "../e2e/support/stacks";
import { TEST_TIMEOUT_MILLIS, type World } from "../e2e/support/world";

jest.setTimeout(TEST_TIMEOUT_MILLIS);

const STACK = "acme-keys";
const PREFIX = "acme-keys/acme";
const KEYS = ["summariser", "archiver"];
const FORTNIGHTLY = Lifetime.rotating({
  every: Duration.days(14),
  overlap: Duration.hours(24),
  expiry: Duration.days(18),
});

describe("keys of a vendor whose adapter the user brings", () => {
  const folder = mkdtempSync(join(tmpdir(), "custom-"));
  let acme: FakeAcme;
  let server: Server;
  let stacks: Stacks;
  let world: World;
  let before: string[];

  const liveOf = (key: string) => acme.live.filter(({ name }) => name.split("/").at(-2) === key);
  const payload = async (key: string) => {
    const { SecretString = "" } = await world.secrets.send(new GetSecretValueCommand({ SecretId: `${PREFIX}/${key}` }));
    const found = parseSecretPayload(SecretString);
    if (found === undefined) throw new Error(`the secret of ${key} holds no payload`);
    return found;
  };
  const rotate = async (key: string) => {
    await world.client.aws("secretsmanager", "secretsmanager.RotateSecret", { SecretId: `${PREFIX}/${key}` });
    await world.advance("PT1M");
  };

  beforeAll(async () => {
    const adapter = CustomAdapter.fromFile(bundleAdapter(join(folder, "acme.js")));
    acme = new FakeAcme({ now: () => world.sandbox.now().getTime() });
    server = serveAcme(acme);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    stacks = await Stacks.start(
      (stack) => {
        const scope = stack(STACK);
        const issuer = new CustomIssuer(scope, "acme", { adapter, adminKey: AdminKey.fromSecretName("ai/admin/acme") });
        for (const key of KEYS) {
          new ScopedKey(scope, key, {
            issuer,
            owner: "search-team@example.com",
            purpose: "Summaries on the results page",
            scopes: [issuer.scope("chat:write"), issuer.scope("files:read")],
            lifetime: FORTNIGHTLY,
          });
        }
      },
      { routes: { "api.acme.example": `http://127.0.0.1:${port}` } },
    );
    ({ world } = stacks);
    await world.secrets.send(
      new CreateSecretCommand({
        Name: "ai/admin/acme",
        SecretString: acme.adminKey,
        ClientRequestToken: "0".repeat(32),
      }),
    );
    before = await inventory(world);
    await stacks.init(STACK);
    await stacks.apply(STACK);
  });
  afterAll(async () => {
    await stacks?.close();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  test("are issued as declared, and the plan after the apply is empty", async () => {
    for (const key of KEYS) {
      const { apiKey, baseUrl, vendor } = await payload(key);
      expect({ baseUrl, vendor }).toEqual({ baseUrl: "https://api.acme.example/v1", vendor: "acme" });
      expect(liveOf(key)).toMatchObject([{ value: apiKey, scopes: ["chat:write", "files:read"] }]);
    }
    expect((await stacks.plan(STACK)).exitCode).toBe(0);
  });

  test("rotate: the successor is in use, and the superseded one dies after its overlap", async () => {
    // GIVEN
    const old = await payload("archiver");
    // WHEN
    await rotate("archiver");
    // THEN
    const current = await payload("archiver");
    expect(current.keyId).not.toBe(old.keyId);
    expect(liveOf("archiver").map(({ id }) => id)).toEqual([old.keyId, current.keyId]);
    await world.advance("P1DT2H");
    expect(liveOf("archiver").map(({ id }) => id)).toEqual([current.keyId]);
    expect((await stacks.plan(STACK)).exitCode).toBe(0);
  });

  test("drift is in the plan, and an apply heals it", async () => {
    // GIVEN
    const call = async (method: string, key: string, body?: object) => {
      const { keyId } = await payload(key);
      const headers = { authorization: `Bearer ${acme.adminKey}` };
      return acme.handle({ method, url: `/v1/admin/keys/${keyId}`, headers, body: JSON.stringify(body ?? {}) });
    };
    await call("PATCH", "summariser", { scopes: ["models:read"] });
    await call("DELETE", "archiver");

    // WHEN
    const drifted = await stacks.plan(STACK);
    await stacks.apply(STACK);
    const healed = await stacks.plan(STACK);

    // THEN
    expect(drifted.exitCode).toBe(2);
    const said = (key: string) => blockOf(drifted, "lambda_invocation", key);
    expect(said("summariser")).toMatch(
      /scopes of vendor key \S+ changed at Acme: \+models:read -chat:write -files:read/,
    );
    expect(said("archiver")).toMatch(/vendor key \S+ was deleted at Acme/);
    expect(healed.exitCode).toBe(0);
    for (const key of KEYS) {
      const { apiKey } = await payload(key);
      expect(liveOf(key)).toMatchObject([{ value: apiKey, scopes: ["chat:write", "files:read"] }]);
    }
  });

  test("destroy leaves no key at the vendor and nothing in AWS", async () => {
    await stacks.destroy(STACK);
    expect(acme.live).toEqual([]);
    expect(await inventory(world)).toEqual(before);
  });
});
