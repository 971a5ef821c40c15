import * as v from "valibot";
import { runRetain } from "../../../src/cli/operator-commands/run-retain";
import { retainEventSchema } from "../../../src/model/events";
import { type LambdaAnswer, LambdaService } from "../support/lambda-service";
import { expectShown } from "../support/shown";

const PAGE = "docs/cli/retain.md";
const KEY = "ai-keys/openai/summariser";

describe("scoped-keys retain", () => {
  let service: LambdaService;
  let answer: LambdaAnswer;
  const saved = { ...process.env };

  beforeEach(async () => {
    service = await LambdaService.start(() => answer);
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: service.url,
      AWS_ACCESS_KEY_ID: "a",
      AWS_SECRET_ACCESS_KEY: "b",
      AWS_REGION: "us-east-1",
    });
  });
  afterEach(async () => {
    process.env = { ...saved };
    await service.stop();
  });

  test("has the controller mark one version's vendor key, and says so as its page does", async () => {
    // GIVEN
    answer = { body: { key: "summariser", retained: ["key_vHwB1Z8fP7vraFDK43y9iUtn"] } };
    // WHEN
    const text = await runRetain(KEY, { version: "previous" });
    // THEN
    expectShown(PAGE, `scoped-keys retain ${KEY} --version previous`, text);
    expect(service.calls).toEqual([
      {
        functionName: "ai-keys-openai-controller:operator",
        event: { action: "retain", key: "summariser", version: "previous", retain: true },
      },
    ]);
  });

  test.each([
    ["arn:aws:sts::111122223333:assumed-role/OnCall/jane", "arn:aws:sts::111122223333:assumed-role/OnCall/jane"],
    [`arn:aws:sts::111122223333:assumed-role/OnCall/j\u00e4ne${"x".repeat(200)}`, /^[ -~]{128}$/],
  ])(
    "says who orders, as AWS calls these credentials, in printable characters and not too many",
    async (caller, claim) => {
      // GIVEN
      answer = { body: { key: "summariser", retained: [] } };
      service.caller = caller;
      // WHEN
      await runRetain(KEY, { version: "current", release: true });
      // THEN
      const expected = typeof claim === "string" ? claim : expect.stringMatching(claim);
      expect(service.calls).toMatchObject([{ event: { action: "retain", claimedBy: expected } }]);
      expect(v.is(retainEventSchema, service.calls[0]?.event)).toBe(true);
    },
  );

  test("says to the controller that a mark goes over an open emergency, only where it is told so", async () => {
    answer = { body: { key: "summariser", retained: ["key_1"] } };
    await runRetain(KEY, { version: "current", overEmergency: true });
    expect(service.calls).toMatchObject([{ event: { action: "retain", overEmergency: true } }]);
  });

  test("takes all marks off, and says so as its page does", async () => {
    // GIVEN
    answer = { body: { key: "summariser", retained: [] } };
    // WHEN
    const text = await runRetain(KEY, { version: "current", release: true });
    // THEN
    expectShown(PAGE, `scoped-keys retain ${KEY} --release`, text);
    expect(service.calls).toMatchObject([{ event: { action: "retain", retain: false } }]);
  });
});
