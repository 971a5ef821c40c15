import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { ENVIRONMENT } from "../../src/model/environment";
import { FunctionHarness } from "../sandbox/support/function-bench";
import { adapterSource, DESCRIPTOR } from "./support";

const ENVIRONMENT_OF_FUNCTION = {
  [ENVIRONMENT.prefix]: "ai-keys/acme",
  [ENVIRONMENT.ledgerTable]: "ledger",
  [ENVIRONMENT.adminSecret]: "ai/admin/acme",
  [ENVIRONMENT.vendorSettings]: "{}",
  [ENVIRONMENT.adminCallsPerMinute]: "60",
};
const SWEEP = { action: "sweep" };
const NEVER = "() => new Promise((resolve) => setTimeout(resolve, 60_000))";
const OBSERVE = { action: "observe", keys: { summariser: "0123456789ab" } };

/** The real functions, as they are deployed. */
describe("functions whose adapter cannot be used", () => {
  let harness: FunctionHarness;
  beforeAll(async () => {
    harness = await FunctionHarness.start();
  });
  afterAll(() => harness.stop());

  const deploy = (role: "controller" | "observer", adapter: string, timeoutSeconds = 10) => {
    const zip = unzipSync(readFileSync(join(__dirname, `../../lib/lambda/custom/${role}.zip`)));
    const code = Buffer.from(zip["index.js"] ?? []).toString("utf8");
    const spec = harness.function(code, { environment: ENVIRONMENT_OF_FUNCTION, timeoutSeconds });
    writeFileSync(join(spec.codeDirectory, "adapter.js"), adapter);
    return spec;
  };

  describe.each([
    ["throws when it is loaded", 'throw new RangeError("no");', "RangeError: no"],
    ["is no vendor's", "", "exports no `vendor`"],
    [
      "has a descriptor that this release does not know",
      adapterSource({}, DESCRIPTOR.replace("scopes:", "more: 1, scopes:")),
      "descriptor.more",
    ],
    ["lacks what its descriptor promises", adapterSource({ mint: undefined }), "`mint`"],
  ])("%s:", (_, adapter, words) => {
    test("the controller says so, and calls nobody", async () => {
      // GIVEN
      const before = harness.vendor.seen.length;
      // WHEN
      const { outcome, payload } = await harness.invoke(deploy("controller", adapter), SWEEP);
      // THEN
      expect(outcome).toBe("error");
      expect(payload).toMatchObject({
        errorType: "SK240",
        errorMessage: expect.stringContaining("Nothing was changed"),
      });
      expect(payload).toMatchObject({ errorMessage: expect.stringContaining(words) });
      expect(harness.vendor.seen).toHaveLength(before);
    });

    test("the observer answers that it does not know, and why", async () => {
      const { outcome, payload } = await harness.invoke(deploy("observer", adapter), OBSERVE);
      expect(outcome).toBe("success");
      expect(JSON.stringify(payload)).toContain("unknown");
      expect(JSON.stringify(payload)).toContain(words);
    });
  });

  test("an observer whose adapter waits for what never comes answers that it does not know, before its time is over", async () => {
    const { outcome, payload } = await harness.invoke(deploy("observer", adapterSource({ list: NEVER }), 5), OBSERVE);
    expect(outcome).toBe("success");
    expect(JSON.stringify(payload)).toContain("did not come to an end in time");
  });
});
