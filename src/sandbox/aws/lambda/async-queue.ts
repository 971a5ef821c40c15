import type { ScheduleSource } from "../../time-and-faults/timeline";
import type { Clock } from "../../vendors/simulator";

export interface AsyncInvocation {
  readonly functionArn: string;
  /** Undefined: the unqualified name. */
  readonly qualifier: string | undefined;
  readonly event: string;
  readonly caller: string;
}

/**
 * How an attempt went; `throttled`: the function could not be started, which does not count as an
 * attempt.
 */
export type Attempt = "done" | "failed" | "throttled";

export interface RetryLimits {
  readonly retries: number;
  readonly maxAgeSeconds: number;
}

interface Queued {
  readonly invocation: AsyncInvocation;
  readonly enqueuedAt: number;
  readonly ended: (outcome: "done" | "failed") => void;
  failures: number;
  dueAt: number;
}

/** AWS: one minute before the first retry, two before the second. */
const RETRY_DELAYS_MILLIS = [60_000, 120_000];
/** A function without a free slot is asked again. */
const THROTTLE_DELAY_MILLIS = 1_000;

/** Lambda's queue of asynchronous invocations. Retries wait in simulated time. */
export class AsyncQueue implements ScheduleSource {
  readonly name = "the asynchronous invocation queue";
  readonly #clock: Clock;
  readonly #attempt: (invocation: AsyncInvocation) => Promise<Attempt>;
  readonly #limits: (functionArn: string) => RetryLimits;
  readonly #queued = new Set<Queued>();
  readonly #running = new Set<Promise<void>>();

  constructor(
    clock: Clock,
    attempt: (invocation: AsyncInvocation) => Promise<Attempt>,
    limits: (functionArn: string) => RetryLimits,
  ) {
    this.#clock = clock;
    this.#attempt = attempt;
    this.#limits = limits;
  }

  /** Takes the event and starts the first attempt. The promise ends with the last one. */
  add(invocation: AsyncInvocation): Promise<"done" | "failed"> {
    return new Promise((ended) => {
      const now = this.#clock.now();
      this.#run({ invocation, enqueuedAt: now, ended, failures: 0, dueAt: now });
    });
  }

  nextDue(): number | undefined {
    const due = [...this.#queued].map(({ dueAt }) => dueAt);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  async runDue(): Promise<void> {
    const now = this.#clock.now();
    for (const queued of this.#queued) {
      if (queued.dueAt > now) continue;
      this.#queued.delete(queued);
      this.#run(queued);
    }
    await this.idle();
  }

  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  unfinished(): boolean {
    return this.#queued.size > 0;
  }

  #run(queued: Queued): void {
    const run = this.#attempt(queued.invocation)
      .catch((): Attempt => "failed")
      .then((attempt) => this.#judge(queued, attempt))
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  #judge(queued: Queued, attempt: Attempt): void {
    if (attempt === "done") {
      queued.ended("done");
      return;
    }
    const { retries, maxAgeSeconds } = this.#limits(queued.invocation.functionArn);
    if (attempt === "failed") queued.failures++;
    const delayMillis =
      attempt === "throttled" ? THROTTLE_DELAY_MILLIS : (RETRY_DELAYS_MILLIS[queued.failures - 1] ?? 0);
    const dueAt = this.#clock.now() + delayMillis;
    if (queued.failures > retries || dueAt > queued.enqueuedAt + maxAgeSeconds * 1_000) {
      queued.ended("failed");
      return;
    }
    queued.dueAt = dueAt;
    this.#queued.add(queued);
  }
}
