import { VendorError } from "../model/vendor-error";
import type { VerifyResult } from "../model/verify-result";
import { ContractHarness, type ContractSubject, type RefusalSample, type VendorFake } from "./fixture";
import { testRunner } from "./runner";

const NAME = "ai-keys/x.0badcafe/summariser/0123456789ab";
const CANARY = "sk-CANARYcanary0123456789";
const PAGE = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>cloudflare</body></html>";

/** What a refusal says of a key, and what it leaves open: asked of each adapter. */
export function describeVerdicts<Fake extends VendorFake>(subject: ContractSubject<Fake>): void {
  const { beforeEach, describe, expect, test } = testRunner();
  const { vendor, grants, refusals, errorBody = (message: string) => ({ error: { message } }) } = subject;
  const { displayName } = vendor.descriptor;
  const [grant] = grants;
  const anybody: readonly RefusalSample[] = [
    ...[401, 403, 404, 502].map((status) => ({ status, body: PAGE, source: "a proxy" })),
    ...[401, 403].flatMap((status) => [
      { status, body: "", source: "nobody" },
      { status, body: {}, source: "a proxy" },
      { status, body: errorBody("The account is suspended."), source: "an account" },
      { status, body: errorBody("Not available in your country or region."), source: "a region" },
    ]),
  ];

  describe(`no verdict, and verdicts on keys, given by the adapter of ${displayName}`, () => {
    let harness: ContractHarness<Fake>;
    let value: string;
    beforeEach(() => {
      harness = new ContractHarness(subject);
    });
    /** Of a key that works; before anything is intercepted. */
    const minted = async () => {
      const request = { ...(await harness.owner()), name: NAME, grant, expiresInSeconds: 86_400 };
      const made = await harness.mint(request);
      if (vendor.descriptor.grantAfterMint) {
        await harness.adapter.update?.({ keyId: made.id, ...(await harness.owner()), grant });
      }
      value = made.value;
    };
    const answering = (sample: Pick<RefusalSample, "status" | "body">) => {
      const text = typeof sample.body === "string" ? sample.body : JSON.stringify(sample.body);
      return new Response(text, { status: sample.status });
    };
    const verdict = (): Promise<VerifyResult | VendorError> =>
      harness.adapter.verify({ value, grant }).catch((error: unknown) => {
        if (error instanceof VendorError) return error;
        throw error;
      });

    test("both kinds of refusals are known, each with its source", () => {
      expect(refusals.unknownKey.length).toBeGreaterThan(0);
      expect(refusals.noVerdict.length).toBeGreaterThan(0);
      for (const { source } of [...refusals.unknownKey, ...refusals.noVerdict]) expect(source).toMatch(/\S/);
    });

    test.each(refusals.unknownKey)("a key that the vendor does not know is refused: %j", async (sample) => {
      await minted();
      harness.intercept = () => answering(sample);
      expect(await verdict()).toMatchObject({ outcome: "refused" });
    });

    test.each([...refusals.noVerdict, ...anybody])("no verdict: %j", async (sample) => {
      await minted();
      harness.intercept = () => answering(sample);
      expect(await verdict()).toBeInstanceOf(VendorError);
    });

    test("no verdict tells the vendor's words, and no key", async () => {
      await minted();
      harness.intercept = ({ headers }) => {
        const sent = Object.values(headers).join(" ");
        return answering({ status: 403, body: errorBody(`Suspended: ${CANARY} ${sent} ${value}`) });
      };
      const found = await verdict();
      const text = found instanceof VendorError ? found.message : found.evidence;
      for (const secret of [CANARY, value]) expect(text).not.toContain(secret);
    });

    test.each([...refusals.unknownKey.slice(0, 1), { status: 403, body: PAGE, source: "a proxy" }])(
      "what refuses a second call, and is not what a scope refuses with, proves no scope: %j",
      async (sample) => {
        await minted();
        let calls = 0;
        harness.intercept = () => {
          calls += 1;
          return calls > 1 ? answering(sample) : undefined;
        };
        const found = await verdict();
        if (found instanceof VendorError) return;
        expect(found.outcome === "refused" && calls > 1).toBe(false);
        if (calls > 1) expect(found.scopeProven).toBe(false);
      },
    );
  });
}
