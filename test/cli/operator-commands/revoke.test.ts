import { LambdaClient } from "@aws-sdk/client-lambda";
import { Controller } from "../../../src/cli/operator-commands/controller";
import { reportOf } from "../../../src/cli/operator-commands/report";
import { exitCodeOf, isDone, type Revoked, revokeKey } from "../../../src/cli/operator-commands/revoke";
import { noManualSuccessor } from "../../../src/model/errors";
import { refusalOf } from "../../../src/model/refusals";
import { type LambdaAnswer, LambdaService } from "../support/lambda-service";
import { expectShown } from "../support/shown";

const PAGE = "docs/cli/revoke.md";
const MINUTE_MILLIS = 60_000;
const done = {
  key: "summariser",
  done: true,
  successor: "key_3",
  dead: ["key_2"],
  alive: [],
  retained: [],
  reasons: [],
};
const slow = { ...done, done: false, dead: ["key_1"], alive: ["key_2"], reasons: ["OpenAI answered 500"] };
const failure = (errorType: string, errorMessage: string): LambdaAnswer => ({
  functionError: "Unhandled",
  body: { errorType, errorMessage },
});

describe("an emergency revoke from the command line", () => {
  let service: LambdaService;
  let answers: Array<LambdaAnswer | undefined>;
  let progress: string[];
  let nowMillis: number;

  beforeEach(async () => {
    progress = [];
    nowMillis = 0;
    service = await LambdaService.start(() => answers.shift());
  });
  afterEach(() => service.stop());

  const order = (minutes: number, signal = new AbortController().signal): Promise<Revoked> => {
    const lambda = new LambdaClient({
      endpoint: service.url,
      region: "us-east-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      maxAttempts: 1,
    });
    const controller = new Controller(lambda, "ai-keys/openai");
    return revokeKey(
      { controller, key: "summariser", successor: true },
      {
        signal,
        untilMillis: minutes * MINUTE_MILLIS,
        now: () => nowMillis,
        sleep: async (millis) => {
          nowMillis += millis;
        },
        progress: (text) => progress.push(text),
      },
    );
  };

  test("is repeated until everything is confirmed dead, and says all that died", async () => {
    // GIVEN
    answers = [{ body: slow }, failure("SK207", "[SK207] another run works on it."), undefined, { body: done }];

    // WHEN
    const revoked = await order(15);

    // THEN
    expect(isDone(revoked)).toBe(true);
    expect(service.calls).toHaveLength(4);
    expect(service.calls[0]).toEqual({
      functionName: "ai-keys-openai-controller:operator",
      event: { action: "revoke", key: "summariser", successor: true },
    });
    expect(progress[0]).toContain("1 not confirmed dead yet (OpenAI answered 500)");
    expect(progress).toHaveLength(3);
    expectShown(PAGE, "scoped-keys revoke ai-keys/openai/summariser --now", reportOf(revoked));
  });

  test("says what may be alive, and why, when nobody waits any longer", async () => {
    // GIVEN
    answers = [{ body: slow }];

    // WHEN
    const revoked = await order(0);

    // THEN
    expect(isDone(revoked)).toBe(false);
    const report = reportOf(revoked);
    expect(report).toMatch(/NOT FINISHED\. Dead: key_1\. Alive, or not confirmed dead: key_2 \(OpenAI answered 500\)/);
    expectShown(PAGE, "scoped-keys revoke ai-keys/openai/summariser --now --wait 0", report);
  });

  test("keeps what an earlier answer confirmed when the next one does not come", async () => {
    // GIVEN
    answers = [{ body: slow }, undefined];

    // WHEN
    const revoked = await order(0.4);

    // THEN
    expect(revoked).toMatchObject({ result: { dead: ["key_1"] }, failure: { code: "SK305" } });
    expect(isDone(revoked)).toBe(false);
    expect(reportOf(revoked)).toContain("NOT FINISHED. Dead: key_1.");
  });

  test("stops at once where a person has to mint the successor, names what helps, and exits with 4", async () => {
    // GIVEN
    const { message } = noManualSuccessor("chat", "ai-keys/anthropic/chat", "Anthropic");
    answers = [failure("SK256", message), { body: done }];

    // WHEN
    const revoked = await order(15);

    // THEN
    expect(service.calls).toHaveLength(1);
    expect(progress).toEqual([]);
    expect(exitCodeOf([revoked])).toBe(4);
    const report = reportOf({ ...revoked, name: "ai-keys/anthropic/chat" });
    expectShown(PAGE, "scoped-keys revoke ai-keys/anthropic/chat --now", report);
  });

  test("says that a retained vendor key is not dead, since when and by whom, and exits with 3", async () => {
    // GIVEN
    const by = "arn:aws:sts::111122223333:assumed-role/on-call/jane";
    const marks = [{ keyId: "key_2", since: "2026-11-24T10:20:00.000Z", by }];
    answers = [{ body: { ...done, dead: ["key_1"], retained: ["key_2"], marks } }];

    // WHEN
    const revoked = await order(15);

    // THEN
    expect(exitCodeOf([revoked])).toBe(3);
    const report = reportOf({ ...revoked, name: "ai-keys/openai/batch" });
    expectShown(PAGE, "scoped-keys revoke ai-keys/openai/batch --now", report);
  });

  test("says so where nobody knows since when it is retained, or by whom", async () => {
    const result = { ...done, retained: ["key_2"] };
    expect(reportOf({ name: "a/b", result })).toContain(
      "Not dead: key_2, retained; the mark does not say since when or by whom.",
    );
    const marks = [{ keyId: "key_2", since: "2026-11-24T10:20:00.000Z" }];
    expect(reportOf({ name: "a/b", result: { ...result, marks } })).toContain(
      "Not dead: key_2, retained since 2026-11-24T10:20:00.000Z by an unknown operator (the command did not name one).",
    );
  });

  test("exits with 0 for nothing but confirmed dead, and else with what is worst", () => {
    const dead: Revoked = { name: "a/a", result: done };
    const retained: Revoked = { name: "a/b", result: { ...done, retained: ["key_2"] } };
    const manual: Revoked = {
      name: "a/c",
      failure: { code: "SK256", message: "", refusal: refusalOf("SK256") },
      unchanged: true,
    };
    const open: Revoked = { name: "a/d", result: { ...done, done: false, alive: ["key_2"] } };
    expect(exitCodeOf([dead, dead])).toBe(0);
    expect(exitCodeOf([dead, retained])).toBe(3);
    expect(exitCodeOf([dead, retained, manual])).toBe(4);
    expect(exitCodeOf([dead, retained, manual, open])).toBe(1);
    expect(exitCodeOf([{ ...manual, result: { ...done, done: false } }])).toBe(1);
  });

  test.each<[string, LambdaAnswer, string, string]>([
    ["a key that was never applied", failure("SK213", "[SK213] no policy."), "SK213", "NOTHING WAS CHANGED"],
    ["a vendor without proof", failure("SK282", "[SK282] no proof."), "SK282", "NOTHING WAS CHANGED"],
    ["an account that is open", failure("SK281", "[SK281] it is open."), "SK281", "NOTHING WAS CHANGED"],
    [
      "no such function",
      { status: 404, errorType: "ResourceNotFoundException", body: {} },
      "SK303",
      "NOTHING WAS CHANGED",
    ],
    [
      "no right to invoke",
      { status: 403, errorType: "AccessDeniedException", body: {} },
      "SK304",
      "NOTHING WAS CHANGED",
    ],
    ["an answer of another release", { body: { revoked: true } }, "SK306", "NOTHING IS CONFIRMED"],
  ])("is not repeated for %s", async (_what, answer, code, headline) => {
    // GIVEN
    answers = [answer, { body: done }];

    // WHEN
    const revoked = await order(15);

    // THEN
    expect(revoked.failure?.code).toBe(code);
    expect(isDone(revoked)).toBe(false);
    expect(reportOf(revoked)).toMatch(new RegExp(`^ai-keys/openai/summariser: ${headline}\\. \\[SK`));
    expect(exitCodeOf([revoked])).toBe(1);
    expect(service.calls).toHaveLength(1);
  });

  test("does not say that nothing was changed where an order before got no answer", async () => {
    // GIVEN
    answers = [undefined, failure("SK281", "[SK281] it is open.")];

    // WHEN
    const revoked = await order(15);

    // THEN
    expect(service.calls).toHaveLength(2);
    expect(reportOf(revoked)).toMatch(/^ai-keys\/openai\/summariser: NOTHING IS CONFIRMED\. \[SK281/);
  });

  test("ends at once on Ctrl-C, with what is known", async () => {
    // GIVEN
    const interruption = new AbortController();
    answers = [{ body: slow }];
    const sleeping = order(15, interruption.signal);

    // WHEN
    interruption.abort("SIGINT");

    // THEN
    expect(isDone(await sleeping)).toBe(false);
  });
});
