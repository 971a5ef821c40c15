import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { grantDifferences } from "../../src/engine/vendor-keys/permission-diff";
import type { Grant } from "../../src/model/grant";
import { parseSecretPayload, type SecretPayload } from "../../src/model/secret-payload";
import type { VendorDescriptor } from "../../src/model/vendor-descriptor";
import type { ContractSubject } from "../../src/testing/fixture";
import { vendorDescriptors } from "../../src/vendors/descriptors";
import type { VendorKey } from "../../src/vendors/vendor";
import { blockOf } from "../e2e/support/plan";
import { runTerraform, type TerraformResult } from "../e2e/support/terraform";
import { PROJECT_ROOT, World } from "../e2e/support/world";
import { VendorHand } from "./vendor-hand";

jest.setTimeout(1_800_000);

const STACK = "every-vendor";
const DAYS = 60;
const DAY_SECONDS = 86_400;
/**
 * IAM lists credentials without their users' policies: docs/vendors/bedrock.md says what that
 * means.
 */
const GRANT_UNSEEN = ["bedrock"];

interface Declared {
  readonly descriptor: VendorDescriptor;
  readonly prefix: string;
  readonly key: string;
  readonly grant: Grant;
  readonly hand: VendorHand;
}

const subjectOf = (id: string): ContractSubject => require(join(__dirname, "../vendors", id, "subject")).subject;

describe("examples/every-vendor: a key at each vendor", () => {
  let world: World;
  let folder: string;
  let declared: readonly Declared[];

  const terraform = (...command: string[]): Promise<TerraformResult> =>
    runTerraform(world, join(folder, "cdktf.out/stacks", STACK), command);
  const succeed = async (...command: string[]): Promise<TerraformResult> => {
    const result = await terraform(...command);
    if (result.exitCode !== 0) throw new Error(`terraform ${command[0]} ended with ${result.exitCode}:\n${result.raw}`);
    return result;
  };
  const plan = () => terraform("plan", "-input=false", "-detailed-exitcode");
  const apply = () => succeed("apply", "-input=false", "-auto-approve");
  const payload = async ({ prefix, key }: Declared): Promise<SecretPayload> => {
    const { SecretString = "" } = await world.secrets.send(new GetSecretValueCommand({ SecretId: `${prefix}/${key}` }));
    const found = parseSecretPayload(SecretString);
    if (found === undefined) throw new Error(`the secret of ${prefix}/${key} holds no payload`);
    return found;
  };
  const works = async (key: Declared, value: string) =>
    (await key.hand.adapter.verify({ value, grant: key.grant })).outcome;
  const manual = () => declared.filter(({ descriptor }) => descriptor.strategy === "manual");
  const byItself = () => declared.filter(({ descriptor }) => descriptor.strategy !== "manual");
  /** As a person does: the console makes a key, its value goes through a pipe into the command. */
  const adopt = async ({ prefix, key, hand }: Declared) => {
    const { name, value } = await hand.makeInConsole(prefix, key);
    const child = spawn(process.execPath, [join(PROJECT_ROOT, "bin/scoped-keys.js"), "adopt", `${prefix}/${key}`], {
      env: { ...process.env, ...world.sandbox.environment },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        output += String(chunk);
      });
    child.stdin.end(`${value}\n`);
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect([name, code, output]).toEqual([name, 0, expect.stringContaining("adopted. In use now:")]);
    expect(output).not.toContain(value);
    return value;
  };
  /** Every key in use does what it may, and the vendor has nothing of ours that nobody knows of. */
  const expectAllWell = async () => {
    for (const one of declared) {
      const { apiKey } = await payload(one);
      expect([one.key, await works(one, apiKey)]).toEqual([one.key, "works"]);
    }
  };

  beforeAll(async () => {
    world = await World.start();
    folder = mkdtempSync(join(tmpdir(), "every-vendor-"));
    // GIVEN the example as it stands, synthesised by the package that was built
    await promisify(execFile)(
      join(PROJECT_ROOT, "node_modules/.bin/tsx"),
      [join(PROJECT_ROOT, "examples/every-vendor/main.ts")],
      {
        cwd: folder,
        env: { ...process.env, ...world.sandbox.environment, CDKTF_OUTDIR: join(folder, "cdktf.out") },
      },
    );
    await succeed("init", "-input=false");
    await apply();
    declared = await VendorHand.all(world, STACK);
  });
  afterAll(async () => {
    await world?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  test("has one at each vendor that the library knows", () => {
    expect(declared.map(({ descriptor }) => descriptor.id).sort()).toEqual(
      vendorDescriptors.map(({ id }) => id).sort(),
    );
  });

  test("the plan after the apply is empty, and warns of what a person has to make", async () => {
    const { exitCode, text } = await plan();
    expect([exitCode, exitCode === 0 ? "" : text]).toEqual([0, ""]);
    for (const { prefix, key } of manual()) expect(text).toContain(`scoped-keys adopt ${prefix}/${key}`);
  });

  test("what people made is adopted through a pipe, and then every key works, within its limits", async () => {
    for (const one of manual()) await adopt(one);
    await expectAllWell();
    const { exitCode, text } = await plan();
    expect(exitCode).toBe(0);
    expect(text).not.toContain("scoped-keys adopt");
  });

  test("a plan asks each observer once", async () => {
    const since = world.mark();
    await plan();
    const invoked = world.journal({ since, kind: "lambda" }).map(({ service, operation }) => `${service} ${operation}`);
    const observers = invoked.filter((line) => line.includes("observer"));
    expect(new Set(observers).size).toBe(observers.length);
    expect(observers).toHaveLength(declared.length);
  });

  test("drift of grant and expiry at each vendor that changes them in place is in the plan, and an apply heals it", async () => {
    // GIVEN
    const widened: Declared[] = [];
    const blind: string[] = [];
    for (const one of byItself()) {
      const { inPlace } = one.descriptor;
      const { keyId } = await payload(one);
      const owner = await one.hand.ownerOf(keyId);
      if (inPlace.expiry) {
        await one.hand.adapter.update?.({ keyId, ...owner, expiresInSeconds: 5 * DAY_SECONDS });
        widened.push(one);
      }
      if (!inPlace.grant) continue;
      const [, other] = subjectOf(one.descriptor.id).grants;
      await one.hand.adapter.update?.({ keyId, ...owner, grant: other });
      const found: VendorKey | undefined = (await one.hand.adapter.list({})).find(({ id }) => id === keyId);
      const shown = grantDifferences(one.grant, found?.granted).length > 0;
      if (shown || one.hand.adapter.scopeChanges !== undefined) widened.push(one);
      else {
        blind.push(one.descriptor.id);
        await one.hand.adapter.update?.({ keyId, ...owner, grant: one.grant });
      }
    }
    expect(blind.sort()).toEqual(GRANT_UNSEEN);

    // WHEN
    const drifted = await plan();
    await apply();

    // THEN
    expect(drifted.exitCode).toBe(2);
    for (const { key } of new Set(widened)) {
      expect([key, blockOf(drifted, "lambda_invocation", key)]).toEqual([key, expect.stringMatching(/changed at/)]);
    }
    await expectAllWell();
    const after = await plan();
    expect([after.exitCode, after.exitCode === 0 ? "" : after.text]).toEqual([0, ""]);
  });

  test("deleted keys, and keys made in their names, are in the plan, and an apply heals them", async () => {
    // GIVEN
    const named = byItself().filter(({ descriptor }) => !descriptor.nameless && descriptor.idempotentMint !== true);
    for (const one of byItself()) {
      const { keyId } = await payload(one);
      if (named.includes(one)) await one.hand.mintInItsName(keyId, one.grant);
      await one.hand.adapter.revoke({ keyId });
    }

    // WHEN
    const drifted = await plan();
    await apply();

    // THEN
    expect(drifted.exitCode).toBe(2);
    for (const { key } of byItself())
      expect([key, blockOf(drifted, "lambda_invocation", key)]).toEqual([key, expect.stringMatching(/was deleted at/)]);
    for (const { key } of named)
      expect([key, blockOf(drifted, "lambda_invocation", key)]).toEqual([
        key,
        expect.stringMatching(/was made by somebody else/),
      ]);
    await expectAllWell();
    const after = await plan();
    expect([after.exitCode, after.exitCode === 0 ? "" : after.text]).toEqual([0, ""]);
  });

  test(`${DAYS} days: the key in use works each day, keys that rotate by themselves do, and nothing fails`, async () => {
    // GIVEN
    const used = new Map(declared.map(({ key }) => [key, new Set<string>()]));
    const marks = new Map(declared.map(({ prefix }) => [prefix, world.logs(functionName(prefix)).length]));

    // WHEN
    for (let day = 1; day <= DAYS; day += 1) {
      await world.advance("P1D");
      for (const one of declared) {
        const { apiKey } = await payload(one);
        expect([day, one.key, await works(one, apiKey)]).toEqual([day, one.key, "works"]);
        used.get(one.key)?.add(apiKey);
      }
    }

    // THEN
    for (const { key } of byItself()) expect([key, used.get(key)?.size]).toEqual([key, expect.any(Number)]);
    for (const { key } of byItself()) expect(used.get(key)?.size ?? 0).toBeGreaterThanOrEqual(8);
    for (const { key } of manual()) expect([key, used.get(key)?.size]).toEqual([key, 1]);
    const wrong = declared.flatMap(({ prefix }) =>
      world
        .logs(functionName(prefix))
        .slice(marks.get(prefix))
        .map(({ line }) => line)
        .filter((line) => /"level":"(WARN|ERROR)"/.test(line) && !line.includes('"incident":"rotation-due"')),
    );
    expect(wrong).toEqual([]);
    expect((await plan()).exitCode).toBe(0);
  });

  test("destroy leaves nothing anywhere, once a person has ended what only a person can end", async () => {
    // GIVEN
    const stubborn = manual().filter(({ descriptor, hand }) => descriptor.adminKey === "none" && !hand.revokesByValue);
    const first = await terraform("destroy", "-input=false", "-auto-approve");
    expect(first.exitCode).toBe(1);
    for (const { descriptor } of stubborn)
      expect(first.text).toContain(`Delete them in the console of ${descriptor.displayName}`);
    for (const { hand } of stubborn) await hand.emptyConsole();

    // WHEN
    await succeed("destroy", "-input=false", "-auto-approve");

    // THEN
    for (const { descriptor, hand } of declared) {
      expect([descriptor.id, await hand.leftOvers()]).toEqual([descriptor.id, []]);
    }
    expect((await succeed("state", "list")).raw.trim()).toBe("");
  });
});

function functionName(prefix: string): string {
  return `${prefix.replace(/[^A-Za-z0-9]+/g, "-")}-controller`;
}
