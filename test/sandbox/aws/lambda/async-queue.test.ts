import { AsyncQueue, type Attempt } from "../../../../src/sandbox/aws/lambda/async-queue";
import { SimulatedClock } from "../../../../src/sandbox/time-and-faults/clock";
import { Timeline } from "../../../../src/sandbox/time-and-faults/timeline";

const INVOCATION = { functionArn: "fn", qualifier: "$LATEST", event: "{}", caller: "events" };

function queueWith(answers: Attempt[], limits = { retries: 2, maxAgeSeconds: 21_600 }) {
  const clock = new SimulatedClock();
  const start = clock.now();
  const attempts: number[] = [];
  const queue = new AsyncQueue(
    clock,
    async () => {
      attempts.push(Math.floor((clock.now() - start) / 1_000));
      return answers.shift() ?? "done";
    },
    () => limits,
  );
  const timeline = new Timeline(clock, [queue], (error) => {
    throw error;
  });
  return { queue, timeline, attempts };
}

describe("asynchronous invocations", () => {
  test("are tried again after one minute and after two more, and then given up", async () => {
    // GIVEN
    const { queue, timeline, attempts } = queueWith(["failed", "failed", "failed"]);
    // WHEN
    const outcome = queue.add(INVOCATION);
    await timeline.advance(0);
    // THEN
    expect(await outcome).toBe("failed");
    expect(attempts).toEqual([0, 60, 180]);
    expect(queue.unfinished()).toBe(false);
  });

  test("wait for a free slot without losing an attempt, and end with the first success", async () => {
    // GIVEN
    const { queue, timeline, attempts } = queueWith(["throttled", "throttled", "failed", "done"]);
    // WHEN
    const outcome = queue.add(INVOCATION);
    await timeline.advance(0);
    // THEN
    expect(await outcome).toBe("done");
    expect(attempts).toEqual([0, 1, 2, 62]);
  });

  test("keep to the function's own limits", async () => {
    // GIVEN
    const noRetry = queueWith(["failed"], { retries: 0, maxAgeSeconds: 21_600 });
    const young = queueWith(["failed", "failed"], { retries: 2, maxAgeSeconds: 90 });
    // WHEN
    const outcomes = Promise.all([noRetry.queue.add(INVOCATION), young.queue.add(INVOCATION)]);
    await noRetry.timeline.advance(0);
    await young.timeline.advance(0);
    // THEN
    expect(await outcomes).toEqual(["failed", "failed"]);
    expect([noRetry.attempts, young.attempts]).toEqual([[0], [0, 60]]);
  });
});
