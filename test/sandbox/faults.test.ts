import { FunctionHarness } from "./support/function-bench";

const CALLER = `exports.handler = async (event) => {
  const calls = [];
  for (let i = 0; i < (event.calls ?? 1); i++) {
    const started = performance.now();
    try {
      const answer = await fetch("https://api.echo.example/v1/keys/" + i, { method: "POST", body: "{}" });
      calls.push({ status: answer.status, retryAfter: answer.headers.get("retry-after"), body: await answer.json(),
        millis: performance.now() - started });
    } catch (error) {
      calls.push({ failed: error.constructor.name });
    }
  }
  return calls;
};`;

describe("faults", () => {
  let harness: FunctionHarness;
  beforeAll(async () => {
    harness = await FunctionHarness.start();
  });
  afterAll(() => harness.stop());
  beforeEach(() => {
    harness.vendor.seen.length = 0;
    harness.faults.clear();
  });

  const match = { service: "echo" };

  test("latency delays the call and lets it happen", async () => {
    // GIVEN
    harness.faults.add([{ match, fault: { type: "latency", millis: 150 }, times: 1, skip: 0 }]);
    // WHEN
    const { payload } = await harness.invoke(harness.function(CALLER));
    // THEN
    const [call] = payload as Array<{ status: number; millis: number }>;
    expect(call?.status).toBe(200);
    expect(call?.millis).toBeGreaterThanOrEqual(145);
  });

  test("a status answers in the vendor's envelope, without an effect, as often as asked and after those skipped", async () => {
    // GIVEN
    harness.faults.add([
      { match, fault: { type: "status", status: 429, retryAfterSeconds: 7 }, times: 2, skip: 1 },
      { match, fault: { type: "status", status: 503 }, times: 1, skip: 0 },
    ]);
    // WHEN
    const { payload } = await harness.invoke(harness.function(CALLER), { calls: 5 });
    // THEN
    expect(payload).toMatchObject([
      { status: 503, retryAfter: null, body: { error: { type: "server_error" } } },
      {
        status: 429,
        retryAfter: "7",
        body: { error: { message: expect.any(String), type: "requests", param: null, code: "rate_limit_exceeded" } },
      },
      { status: 429 },
      { status: 200 },
      { status: 200 },
    ]);
    expect(harness.vendor.seen).toHaveLength(2);
    expect(harness.faults.list()).toEqual([]);
  });

  test("a lost reply happens and is not heard of; a drop does not happen", async () => {
    // GIVEN
    const spec = harness.function(CALLER);
    harness.faults.add([{ match, fault: { type: "lost_reply" }, times: 1, skip: 0 }]);
    // WHEN
    const lost = await harness.invoke(spec);
    const seenAfterLost = harness.vendor.seen.length;
    harness.faults.add([{ match, fault: { type: "drop" }, times: 1, skip: 0 }]);
    const dropped = await harness.invoke(spec);
    // THEN
    expect(lost.payload).toEqual([{ failed: "TypeError" }]);
    expect(seenAfterLost).toBe(1);
    expect(dropped.payload).toEqual([{ failed: "TypeError" }]);
    expect(harness.vendor.seen).toHaveLength(1);
    expect(harness.journal.read().slice(-2)).toMatchObject([
      { fault: "lost_reply", outcome: "effect" },
      { fault: "drop", outcome: "no effect" },
    ]);
  });

  test.each([
    ["before", 0],
    ["after", 1],
  ] as const)("a crash %s the effect kills the calling process", async (when, effects) => {
    // GIVEN
    harness.faults.add([{ match, fault: { type: "crash", when }, times: 1, skip: 0 }]);
    // WHEN
    const result = await harness.invoke(harness.function(CALLER));
    // THEN
    expect(result.outcome).toBe("crash");
    expect(result.payload).toMatchObject({ errorMessage: expect.stringContaining("signal: killed") });
    expect(harness.vendor.seen).toHaveLength(effects);
  });

  test("hit only the operation and the caller they name", async () => {
    // GIVEN
    harness.faults.add([
      {
        match: { service: "echo", operation: "POST /v1/*/1", caller: "lambda:named-*" },
        fault: { type: "status", status: 500 },
        times: 9,
        skip: 0,
      },
    ]);
    // WHEN
    const named = await harness.invoke(harness.function(CALLER, { name: "named-one" }), { calls: 3 });
    const other = await harness.invoke(harness.function(CALLER, { name: "other" }), { calls: 3 });
    // THEN
    expect(named.payload).toMatchObject([{ status: 200 }, { status: 500 }, { status: 200 }]);
    expect(other.payload).toMatchObject([{ status: 200 }, { status: 200 }, { status: 200 }]);
    expect(harness.faults.list()).toMatchObject([{ times: 8 }]);
  });

  test("a crash passes by callers that are no Lambda process", async () => {
    // GIVEN
    harness.faults.add([{ match, fault: { type: "crash", when: "before" }, times: 1, skip: 0 }]);
    // WHEN
    const answer = await fetch(`${harness.vendorServer.url}/v1/models`);
    // THEN
    expect(answer.status).toBe(200);
    expect(harness.faults.list()).toHaveLength(1);
  });
});
