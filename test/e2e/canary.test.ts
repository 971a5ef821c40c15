import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
} from "@aws-sdk/client-secrets-manager";
import { zipSync } from "fflate";
import * as v from "valibot";
import { Duration, Lifetime, OpenAiScope } from "../../constructs";
import { Deployment, IN_SCOPE } from "./support/deployment";
import { LeakScanner } from "./support/leak-scanner";
import { ledgerItems } from "./support/ledger";
import type { TerraformResult } from "./support/terraform";
import { TEST_TIMEOUT_MILLIS, type World } from "./support/world";

jest.setTimeout(TEST_TIMEOUT_MILLIS);

const ADMIN_SECRET = "ai/admin/openai";
const DEBUG = { TF_LOG: "DEBUG" };
const DAILY = Lifetime.rotating({ every: Duration.days(1), overlap: Duration.hours(6), expiry: Duration.days(30) });
const PLAN_FILE = "saved.tfplan";

const newValue = (prefix: string) => `${prefix}${randomBytes(48).toString("base64url")}`;

describe("the scanner", () => {
  const value = newValue("sk-svcacct-");
  const scanner = new LeakScanner();
  scanner.watch("planted", value);
  const zip = (text: string) => zipSync({ tfplan: Buffer.from(text) });

  test.each<[string, string | Uint8Array]>([
    ["raw", `{"input":"${value}"}`],
    ["base64", Buffer.from(value).toString("base64")],
    ["base64 of a JSON", Buffer.from(JSON.stringify({ apiKey: value, vendor: "openai" })).toString("base64")],
    ["base64 of a JSON, one later", Buffer.from(JSON.stringify({ apiKey1: value })).toString("base64")],
    ["base64 of a JSON, two later", Buffer.from(JSON.stringify({ apiKey12: value })).toString("base64")],
    ["URL-encoded", `?key=${encodeURIComponent(value)}`],
    ["JSON in JSON", JSON.stringify(JSON.stringify({ value }))],
    ["cut", `Incorrect API key provided: ${value.slice(0, 24)}***`],
    ["hexadecimal", Buffer.from(value).toString("hex")],
    ["in a zip", zip(`{"values":"${value}"}`)],
    [
      "in bytes that are no text",
      Buffer.concat([Buffer.from([0xff, 0x00, 0xc3]), Buffer.from(value), Buffer.from([0x80])]),
    ],
  ])("finds a planted canary: %s", (_form, content) => {
    expect(scanner.scan("here", content)).toContainEqual(expect.objectContaining({ value: "planted" }));
  });

  test("finds nothing where only the prefix or another value stands, and never shows a value", () => {
    expect(scanner.scan("here", `sk-svcacct-${"x".repeat(64)} ${newValue("sk-svcacct-")}`)).toEqual([]);
    expect(JSON.stringify(scanner.scan("here", value))).not.toContain(value.slice(11, 23));
  });
});

describe("the value of a key is in Secrets Manager and nowhere else", () => {
  const scanner = new LeakScanner();
  const seen: Array<{ readonly source: string; readonly content: string | Uint8Array }> = [];
  const keep = (source: string, content: string | Uint8Array) => {
    seen.push({ source, content });
  };
  let deployment: Deployment;
  let world: World;
  let adminKey: string;

  beforeAll(async () => {
    deployment = await Deployment.start({
      keys: { summariser: { lifetime: DAILY }, batch: { lifetime: DAILY } },
      issuer: { sweepEvery: Duration.hours(6) },
    });
    ({ world } = deployment);
    adminKey = world.variable("SANDBOX_OPENAI_ADMIN_KEY");
    scanner.watch("admin key", adminKey);
    await deployment.init();
  });
  afterAll(() => deployment?.close());

  /** Every value that any version of the keys' secrets holds. */
  const watchMinted = async () => {
    for (const key of ["summariser", "batch"]) {
      const SecretId = deployment.secretName(key);
      const { Versions } = await world.secrets.send(
        new ListSecretVersionIdsCommand({ SecretId, IncludeDeprecated: true, MaxResults: 100 }),
      );
      for (const { VersionId } of Versions ?? []) {
        // The version of a rotation that could not mint holds nothing.
        const { SecretString } = await world.secrets
          .send(new GetSecretValueCommand({ SecretId, VersionId }))
          .catch(() => ({ SecretString: undefined }));
        const apiKey = /"apiKey":"([^"]+)"/.exec(SecretString ?? "")?.[1];
        if (apiKey !== undefined) scanner.watch(`${key}, version ${VersionId}`, apiKey);
      }
    }
  };
  const savedPlan = async (when: string) => {
    const plan = await deployment.plan({ args: [`-out=${PLAN_FILE}`], environment: DEBUG });
    const shown = await deployment.terraform(["show", "-json", PLAN_FILE]).ended;
    keep(`plan, ${when}`, plan.raw);
    keep(`saved plan, ${when}`, readFileSync(join(deployment.folder, PLAN_FILE)));
    keep(`show -json, ${when}`, shown.raw);
    return plan;
  };
  const applySavedPlan = () =>
    deployment.terraform(["apply", "-input=false"], { args: [PLAN_FILE], environment: DEBUG }).ended;
  const run = async (when: string, command: Promise<TerraformResult>) => {
    const result = await command;
    keep(when, result.raw);
    return result;
  };
  const files = (when: string) => {
    for (const path of filesUnder(deployment.outdir))
      keep(`${when}: ${path.slice(deployment.outdir.length)}`, readFileSync(path));
  };
  const invoke = async (functionName: string, event: unknown) => {
    const answer = await world.client.invoke(functionName, event);
    keep(`answer of ${functionName}`, JSON.stringify(answer.body));
    return answer.body;
  };
  const putAdminKey = (value: string) =>
    world.secrets.send(new PutSecretValueCommand({ SecretId: ADMIN_SECRET, SecretString: value }));

  test("case 22: through deploy, rotation and a change of policy", async () => {
    // WHEN
    await savedPlan("before the first apply");
    expect(await run("apply", applySavedPlan())).toMatchObject({ exitCode: 0 });
    await watchMinted();
    await world.advance("P3D");
    await watchMinted();
    deployment.resynth({
      keys: { summariser: { lifetime: DAILY, scopes: [OpenAiScope.MODELS_READ] }, batch: { lifetime: DAILY } },
    });
    expect(await savedPlan("with a change of policy")).toMatchObject({ exitCode: 2 });
    expect(await run("apply of the change", applySavedPlan())).toMatchObject({ exitCode: 0 });
    files("after the change");
    await watchMinted();

    // THEN
    const payload = await deployment.currentValue("summariser");
    expect(await world.callWith(payload.apiKey, IN_SCOPE)).toBe(200);
    expect(scanner.scan("the secret itself", JSON.stringify(payload))).not.toEqual([]);
    expect(scanner.size).toBeGreaterThanOrEqual(1 + 2 * 3);
  });

  test("case 23: where the vendor's errors quote keys, in every way to fail", async () => {
    const change = (purpose: string) =>
      deployment.resynth({
        keys: {
          summariser: { lifetime: DAILY, purpose, scopes: [OpenAiScope.FILES_READ] },
          batch: { lifetime: DAILY, purpose },
        },
      });
    await world.vendorSettings({ echoKeysInErrors: true });

    // WHEN the admin key is refused
    await world.vendorSettings({ adminKeyValid: false });
    change("refused admin key");
    const refused = await run("apply with a refused admin key", deployment.tryApply({ environment: DEBUG }));
    await world.advance("P1D");
    await world.vendorSettings({ adminKeyValid: true });
    // THEN
    expect(refused.exitCode).toBe(1);
    expect(refused.text).toContain("SK206");

    // WHEN the admin key's secret holds something else
    for (const [name, value] of [
      ["another admin key", newValue("sk-admin-")],
      ["an admin key with a line break in it", `${newValue("sk-admin-")}\n${newValue("sk-admin-")}`],
    ] as const) {
      for (const line of value.split("\n")) scanner.watch(name, line);
      await putAdminKey(value);
      const answer = await invoke(deployment.controllerName, reconcileOf(deployment));
      expect([name, answer]).toEqual([name, expect.objectContaining({ errorType: "SK206" })]);
    }
    await putAdminKey(adminKey);

    // WHEN the organisation refuses to mint, so rotations fail
    await world.vendorSettings({ maximumLifetimeSeconds: 3_600 });
    await world.advance("P2D");
    await world.vendorSettings({ maximumLifetimeSeconds: null });
    // THEN
    const rotations = world.journal({ kind: "secretsmanager" }).map(({ operation }) => operation);
    expect(rotations).toContain("RotationFailed");

    // WHEN the function is asked for what it must refuse
    const { apiKey, keyId } = await deployment.currentValue("batch");
    await invoke(deployment.controllerName, { apiKey });
    await invoke(deployment.controllerName, { key: "batch", secret: apiKey, tf: { action: "delete" } });
    await invoke(deployment.controllerName, {
      key: apiKey,
      secret: `ai-keys/openai/${keyId}`,
      tf: { action: "create" },
    });
    await invoke(deployment.observerName, { action: "observe", keys: { batch: "0123456789ab" } });
    files("after failures");

    // THEN all heals
    await world.vendorSettings({ echoKeysInErrors: false });
    await run("apply after failures", deployment.apply({ environment: DEBUG }));
    expect(await savedPlan("at the end")).toMatchObject({ exitCode: 0 });
    await watchMinted();
  });

  test("through destroy", async () => {
    for (const { pk, sk, body } of await ledgerItems(deployment)) keep(`ledger: ${pk} ${sk}`, body);
    await run("destroy", deployment.destroy({ environment: DEBUG }));
    files("after destroy");
    keep("journal", JSON.stringify(world.journal()));
    keep("Lambda logs", JSON.stringify(world.logs()));
    expect(await world.liveVendorKeys()).toEqual([]);
  });

  test("nothing was seen of any key", () => {
    // THEN what was looked through is what was meant
    const sources = seen.map(({ source }) => source).join("\n");
    for (const part of [
      /cdk\.tf\.json/,
      /terraform\.tfstate\b/,
      /tfstate\.backup/,
      /saved plan/,
      /ledger: .* key#batch/,
      /controller.*\.zip/,
    ]) {
      expect(sources).toMatch(part);
    }
    const text = (source: string) => String(seen.find((s) => s.source === source)?.content);
    for (const run of ["apply", "destroy", "plan, at the end"]) expect(text(run)).toContain("[DEBUG]");
    expect(text("apply")).toContain("ai-keys/openai/summariser");
    expect(text("journal")).toContain("POST /v1/organization/projects/");
    expect(text("Lambda logs")).toContain("[redacted]");

    // THEN
    const leaks = seen.flatMap(({ source, content }) => scanner.scan(source, content));
    expect(leaks).toEqual([]);
  });
});

/** What Terraform last sent for a key, as an update. */
function reconcileOf({ stateFile }: Deployment): object {
  const { resources } = v.parse(stateSchema, JSON.parse(readFileSync(stateFile, "utf8")));
  const input = resources.find(({ mode, type }) => mode === "managed" && type === "aws_lambda_invocation")?.instances[0]
    ?.attributes.input;
  return { ...v.parse(inputSchema, input), tf: { action: "update", prev_input: null } };
}
const stateSchema = v.object({
  resources: v.array(
    v.object({
      mode: v.string(),
      type: v.string(),
      instances: v.array(v.object({ attributes: v.looseObject({ input: v.optional(v.string()) }) })),
    }),
  ),
});
const inputSchema = v.pipe(v.string(), v.parseJson(), v.looseObject({}));

/** Without providers' binaries. */
function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name === "providers") return [];
    if (entry.isDirectory()) return filesUnder(path);
    return statSync(path).isFile() ? [path] : [];
  });
}
