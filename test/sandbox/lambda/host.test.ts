import { FunctionHarness } from "../support/function-bench";

describe("Lambda host", () => {
  let harness: FunctionHarness;
  beforeAll(async () => {
    harness = await FunctionHarness.start();
  });
  afterAll(() => harness.stop());

  test("hands the handler event and context, and its result back", async () => {
    // GIVEN
    const spec = harness.function(
      `exports.handler = async (event, context) => ({
        event, id: context.awsRequestId, arn: context.invokedFunctionArn, name: context.functionName,
        memory: context.memoryLimitInMB, group: context.logGroupName, left: context.getRemainingTimeInMillis() });`,
      { name: "context-fn", timeoutSeconds: 7 },
    );
    // WHEN
    const result = await harness.invoke(spec, { a: [1] });
    // THEN
    expect(result.outcome).toBe("success");
    expect(result.payload).toMatchObject({
      event: { a: [1] },
      id: result.requestId,
      arn: spec.arn,
      name: "context-fn",
      memory: "256",
      group: "/aws/lambda/context-fn",
    });
    const { left } = result.payload as { left: number };
    expect(left).toBeGreaterThan(5_000);
    expect(left).toBeLessThanOrEqual(7_000);
  });

  test("shows the function its own variables and Lambda's, and none of the machine's", async () => {
    // GIVEN
    process.env["SANDBOX_TEST_CANARY"] = "must not be seen";
    const spec = harness.function("exports.handler = async () => process.env;", { environment: { MINE: "1" } });
    // WHEN
    const { payload } = await harness.invoke(spec);
    // THEN
    delete process.env["SANDBOX_TEST_CANARY"];
    expect(payload).toMatchObject({ MINE: "1", AWS_REGION: "us-east-1", AWS_ENDPOINT_URL: harness.vendorServer.url });
    expect(payload).not.toHaveProperty("SANDBOX_TEST_CANARY");
  });

  test("reports what a handler throws with type, message and trace, and keeps the process", async () => {
    // GIVEN
    const spec = harness.function(
      `exports.handler = async (event) => { if (event.bad) throw new RangeError("too far"); return process.pid; };`,
    );
    const before = await harness.invoke(spec);
    // WHEN
    const failed = await harness.invoke(spec, { bad: true });
    const after = await harness.invoke(spec);
    // THEN
    expect(failed.outcome).toBe("error");
    expect(failed.payload).toMatchObject({ errorType: "RangeError", errorMessage: "too far" });
    expect((failed.payload as { trace: string[] }).trace.join("\n")).toContain("index.js");
    expect(after.payload).toBe(before.payload);
  });

  test("runs one invocation after the other in one warm process, and those at once in several", async () => {
    // GIVEN
    const spec = harness.function(
      "exports.handler = async (event) => { await new Promise((r) => setTimeout(r, event.millis)); return process.pid; };",
    );
    // WHEN
    const first = await harness.invoke(spec, { millis: 0 });
    const second = await harness.invoke(spec, { millis: 0 });
    const together = await Promise.all([1, 2, 3].map(() => harness.invoke(spec, { millis: 300 })));
    // THEN
    expect(second.payload).toBe(first.payload);
    expect(new Set(together.map(({ payload }) => payload)).size).toBe(3);
  });

  test("kills a function at its deadline, even one that never yields, and starts cold afterwards", async () => {
    // GIVEN
    const spec = harness.function(`exports.handler = async (event) => { while (event.spin) {} return process.pid; };`, {
      timeoutSeconds: 1,
    });
    const before = await harness.invoke(spec);
    // WHEN
    const hung = await harness.invoke(spec, { spin: true });
    const after = await harness.invoke(spec);
    // THEN
    expect(hung.outcome).toBe("timeout");
    expect(hung.payload).toMatchObject({ errorMessage: expect.stringContaining("Task timed out after 1.00 seconds") });
    expect(() => process.kill(before.payload as number, 0)).toThrow("ESRCH");
    expect(after.outcome).toBe("success");
    expect(after.payload).not.toBe(before.payload);
  });

  test.each([
    ["process.exit(3)", "exit status 3"],
    ["process.kill(process.pid, 'SIGKILL')", "signal: killed"],
  ])("reports a process that ends with %s and starts cold afterwards", async (crash, reason) => {
    // GIVEN
    const spec = harness.function(
      `exports.handler = async (event) => { if (event.crash) { ${crash}; await new Promise(() => {}); } return process.pid; };`,
    );
    const before = await harness.invoke(spec);
    // WHEN
    const crashed = await harness.invoke(spec, { crash: true });
    const after = await harness.invoke(spec);
    // THEN
    expect(crashed.outcome).toBe("crash");
    expect(crashed.payload).toMatchObject({
      errorType: "Runtime.ExitError",
      errorMessage: expect.stringContaining(`Runtime exited with error: ${reason}`),
    });
    expect(after.payload).not.toBe(before.payload);
  });

  test("ends an invocation in which a rejection is not handled", async () => {
    // GIVEN
    const spec = harness.function(
      `exports.handler = () => new Promise(() => { Promise.reject(new Error("left alone")); });`,
    );
    // WHEN
    const result = await harness.invoke(spec);
    // THEN
    expect(result.outcome).toBe("error");
    expect(result.payload).toMatchObject({
      errorType: "Runtime.UnhandledPromiseRejection",
      errorMessage: expect.stringContaining("left alone"),
    });
  });

  test.each([
    ["a missing file", "index.js", "other.handler", "", "Runtime.ImportModuleError"],
    ["a missing export", "index.js", "index.nothing", "exports.handler = 1;", "Runtime.HandlerNotFound"],
    ["a syntax error", "index.js", "index.handler", "const = 1;", "Runtime.UserCodeSyntaxError"],
    ["an error while loading", "index.js", "index.handler", "throw new TypeError('at load');", "TypeError"],
  ])("reports %s as the error of the invocation", async (_what, file, handler, source, errorType) => {
    // GIVEN
    const spec = harness.function(source, { file, handler });
    // WHEN
    const result = await harness.invoke(spec);
    // THEN
    expect(result.outcome).toBe("error");
    expect(result.payload).toMatchObject({ errorType });
  });

  test.each([
    ["an ES module", "index.mjs", "export const handler = async () => ({ kind: 'module' });", { kind: "module" }],
    [
      "a callback",
      "index.js",
      "exports.handler = (e, c, done) => { setTimeout(() => done(null, 'called'), 5); };",
      "called",
    ],
    ["a handler that returns nothing", "index.js", "exports.handler = async () => {};", null],
  ])("runs %s", async (_what, file, source, expected) => {
    // GIVEN
    const spec = harness.function(source, { file });
    // WHEN
    const { payload } = await harness.invoke(spec);
    // THEN
    expect(payload).toEqual(expected);
  });

  test("retires warm processes when a function changes", async () => {
    // GIVEN
    const spec = harness.function("exports.handler = async () => process.pid;");
    const before = await harness.invoke(spec);
    // WHEN
    harness.host.retire(spec.arn);
    const after = await harness.invoke(spec);
    // THEN
    expect(after.payload).not.toBe(before.payload);
  });

  test("gives functions simulated time, and leaves timers real", async () => {
    // GIVEN
    const spec = harness.function(
      `exports.handler = async () => {
        const started = Date.now();
        await new Promise((r) => setTimeout(r, 20));
        const date = new Date();
        return { now: started, flows: Date.now() - started, iso: date.toISOString(), text: Date(),
          isDate: date instanceof Date && date.constructor === Date, fixed: new Date(0).getTime() };
      };`,
    );
    const before = await harness.invoke(spec);
    // WHEN
    harness.clock.jumpTo(Date.UTC(2031, 4, 6));
    const after = await harness.invoke(spec);
    // THEN
    expect((before.payload as { iso: string }).iso.slice(0, 4)).not.toBe("2031");
    expect(after.payload).toMatchObject({ iso: expect.stringMatching(/^2031-05-06T/), isDate: true, fixed: 0 });
    const { now, flows, text } = after.payload as { now: number; flows: number; text: string };
    expect(new Date(now).getUTCFullYear()).toBe(2031);
    expect(text).toContain("2031");
    expect(flows).toBeGreaterThanOrEqual(15);
    expect(flows).toBeLessThan(5_000);
  });

  test("reroutes a vendor's real host to its simulator, and tells the caller", async () => {
    // GIVEN
    const spec = harness.function(
      `exports.handler = async () => {
        const answer = await fetch("https://api.echo.example/v1/things?limit=2", {
          method: "POST", headers: { authorization: "Bearer k", "content-type": "application/json" }, body: '{"a":1}' });
        return { status: answer.status, echo: answer.headers.get("x-echo"), body: await answer.json() };
      };`,
      { name: "rerouted" },
    );
    // WHEN
    const { payload, requestId } = await harness.invoke(spec);
    // THEN
    expect(payload).toEqual({ status: 200, echo: "yes", body: { url: "/v1/things?limit=2", body: '{"a":1}' } });
    expect(harness.vendor.seen.at(-1)?.headers).toMatchObject({ authorization: "Bearer k" });
    expect(harness.vendor.seen.at(-1)?.headers).not.toHaveProperty("sandbox-caller");
    expect(harness.journal.read({ kind: "vendor" }).at(-1)).toMatchObject({
      service: "echo",
      operation: "POST /v1/things",
      caller: "lambda:rerouted",
      requestId,
      status: 200,
    });
  });

  test.each([
    ["fetch to an unknown host", `await fetch("https://example.com/")`],
    ["fetch to an address", `await fetch("http://169.254.169.254/latest")`],
    ["fetch to a vendor's host in clear text", `await fetch("http://api.echo.example/")`],
    [
      "node:https",
      `await new Promise((_, no) => require("node:https").get("https://api.echo.example/").on("error", no))`,
    ],
    ["a bare socket", `await new Promise((_, no) => require("node:net").connect(443, "example.com").on("error", no))`],
  ])("refuses %s as a network without internet does", async (_what, call) => {
    // GIVEN
    const spec = harness.function(
      `exports.handler = async () => { try { ${call}; return "let out"; } catch (e) { return (e.cause ?? e).code; } };`,
    );
    // WHEN
    const { payload } = await harness.invoke(spec);
    // THEN
    expect(payload).toBe("ENOTFOUND");
  });

  test("keeps every printed line with its request, also of a process that was killed", async () => {
    // GIVEN
    const spec = harness.function(
      `exports.handler = async (event) => { console.log("out " + event.n); console.error("err " + event.n);
        process.stdout.write("no newline"); if (event.n === 2) process.kill(process.pid, "SIGKILL"); };`,
      { name: "printer" },
    );
    // WHEN
    const first = await harness.invoke(spec, { n: 1 });
    const second = await harness.invoke(spec, { n: 2 });
    // THEN
    const lines = (id: string) =>
      harness.logs
        .read("printer")
        .filter(({ requestId }) => requestId === id)
        .map(({ line }) => line)
        .sort();
    expect(lines(first.requestId)).toEqual(["err 1", "no newline", "out 1"]);
    expect(lines(second.requestId)).toEqual(["err 2", "no newline", "out 2"]);
    expect([...first.lines].sort()).toEqual(["err 1", "no newline", "out 1"]);
  });
});
