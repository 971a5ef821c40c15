import * as v from "valibot";
import { emergencyRevoke } from "../../../src/engine/commands/emergency-revoke/emergency-revoke";
import { presentable } from "../../../src/handlers/failure";
import { revokeEventSchema } from "../../../src/model/events";
import { PREFIX } from "../../support/engine";
import { destroyKey } from "../../support/orders";
import { KEY, VendorCase } from "../../support/vendor-case";
import { subjects } from "../../vendors/subjects";
import { LambdaService } from "../support/lambda-service";
import { scopedKeys } from "../support/scoped-keys";

const NAME = `${PREFIX}/${KEY}`;

function subjectOf(id: string) {
  const found = subjects.find(({ vendor }) => vendor.descriptor.id === id);
  if (found === undefined) throw new Error(`no subject of ${id}`);
  return found;
}

/**
 * The built command, with the engine and a vendor's own adapter in the place of the deployed
 * function.
 */
describe("scoped-keys revoke --account-gone", () => {
  let c: VendorCase;
  let service: LambdaService;
  const start = async (vendor: string) => {
    c = new VendorCase(subjectOf(vendor));
    await c.apply();
    service = await LambdaService.start(async (event) => {
      try {
        return { body: await emergencyRevoke(c.engine, v.parse(revokeEventSchema, event)) };
      } catch (error) {
        const shown = presentable(error, { key: KEY, adminSecret: undefined, vendor: c.engine.vendor });
        return { functionError: "Unhandled", body: { errorType: shown.name, errorMessage: shown.message } };
      }
    });
  };
  afterEach(() => service?.stop());
  const run = (...args: string[]) =>
    scopedKeys(["revoke", ...args], {
      ...process.env,
      AWS_ENDPOINT_URL: service.url,
      AWS_ACCESS_KEY_ID: "a",
      AWS_SECRET_ACCESS_KEY: "b",
      AWS_REGION: "us-east-1",
    }).ended;
  const destroy = () => destroyKey(c.engine, KEY);

  test("ends a key in an archived project with the vendor's words, and a destroy ends after it", async () => {
    // GIVEN
    await start("openai");
    const keyId = c.inUse()?.keyId;
    c.contract.simulator.configure?.({ projectArchived: true });
    const without = await run(NAME, "--now", "--no-successor", "--wait", "0");
    await expect(destroy()).rejects.toThrow();

    // WHEN
    const { code, stdout, stderr } = await run(NAME, "--now", "--no-successor", "--account-gone", "--wait", "0");

    // THEN
    expect(without).toMatchObject({ code: 1 });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(
      `${NAME}: revoked. No vendor key had to be revoked: OpenAI has archived the project, so none can work.`,
    );
    expect(stdout).toContain(`Dead: ${keyId}`);
    expect(stdout).not.toContain(c.inUse()?.apiKey);
    expect((await destroy()).changes.join()).toContain("OpenAI has archived the project");
  });

  test("changes nothing in an account that is open, says why once, and exits with 1", async () => {
    await start("openai");
    const before = structuredClone(c.harness.table.records.get(KEY));
    const { code, stdout } = await run(NAME, "--now", "--no-successor", "--account-gone");
    expect(code).toBe(1);
    expect(stdout).toMatch(/NOTHING WAS CHANGED\. \[SK281.*answers like an account that is open/);
    expect(c.harness.table.records.get(KEY)).toEqual(before);
    expect(service.calls).toHaveLength(1);
  });

  test("says of a vendor that gives no proof why, and what to do instead", async () => {
    await start("cloudflare");
    const { code, stdout } = await run(NAME, "--now", "--no-successor", "--account-gone");
    expect(code).toBe(1);
    expect(stdout).toMatch(/NOTHING WAS CHANGED\. \[SK282.*Cloudflare gives no proof.*Open the account again/);
    expect(service.calls).toHaveLength(1);
  });

  test("prints the vendor's words as JSON, too", async () => {
    await start("pinecone");
    c.contract.simulator.configure?.({ projectDeleted: true });
    const { code, stdout } = await run(NAME, "--now", "--no-successor", "--account-gone", "--json");
    expect(code).toBe(0);
    expect(stdout).toContain("Pinecone's organisation has no such project any more");
  });

  test.each([
    [["--account-gone", "--now"], "--account-gone needs --no-successor"],
    [["--account-gone", "--no-successor"], "Add --now to confirm"],
  ])("with %j asks nobody", async (options, message) => {
    await start("openai");
    const { code, stderr } = await run(NAME, ...options);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(service.calls).toEqual([]);
  });
});
