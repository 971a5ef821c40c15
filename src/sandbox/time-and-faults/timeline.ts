import type { SimulatedClock } from "./clock";

/** Something that happens at set moments of simulated time. */
export interface ScheduleSource {
  readonly name: string;
  /** Unix milliseconds of the next moment, or undefined when nothing is planned. */
  nextDue(): number | undefined | Promise<number | undefined>;
  /** Does what is due now and ends when that has ended. */
  runDue(): Promise<void>;
  /** Ends when nothing of this source is running. */
  idle(): Promise<void>;
  /**
   * Whether what is planned belongs to a firing that has begun, so that an advance must not end
   * before it.
   */
  unfinished?(): boolean;
}

/** How often the flow of real time is looked at for schedules that have become due. */
const TICK_MILLIS = 500;
/**
 * A source that stays due after so many runs in a row is broken; better an error than an endless
 * loop.
 */
const MAX_RUNS_AT_ONE_MOMENT = 1_000;

/** Lets simulated time pass and fires what is due on the way, in order. Advances are queued. */
export class Timeline {
  readonly #clock: SimulatedClock;
  readonly #sources: readonly ScheduleSource[];
  readonly #onError: (error: unknown) => void;
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #ticker: NodeJS.Timeout | undefined;

  constructor(clock: SimulatedClock, sources: readonly ScheduleSource[], onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#sources = sources;
    this.#onError = onError;
  }

  /** Fires schedules as real time makes them due, too. */
  start(): void {
    this.#ticker = setInterval(() => {
      if (this.#waiting > 0) return;
      this.#enqueue(() => this.#runUntil(this.#clock.now())).catch((error: unknown) => {
        // What was being asked ended with the sandbox, in the midst of its answer.
        if (this.#ticker !== undefined) this.#onError(error);
      });
    }, TICK_MILLIS);
    this.#ticker.unref();
  }

  stop(): void {
    clearInterval(this.#ticker);
    this.#ticker = undefined;
  }

  /** Ends when every schedule due in the span has fired and ended. */
  advance(millis: number): Promise<void> {
    return this.#enqueue(async () => {
      const target = this.#clock.now() + millis;
      await this.#idle();
      await this.#runUntil(target);
      this.#clock.jumpTo(target);
    });
  }

  #enqueue(task: () => Promise<void>): Promise<void> {
    this.#waiting++;
    const run = this.#queue.then(task).finally(() => {
      this.#waiting--;
    });
    this.#queue = run.catch(() => undefined);
    return run;
  }

  async #idle(): Promise<void> {
    for (const source of this.#sources) await source.idle();
  }

  async #runUntil(target: number): Promise<void> {
    let runs = 0;
    let lastDue = Number.NEGATIVE_INFINITY;
    for (;;) {
      const next = await this.#next();
      if (next === undefined) return;
      if (next.due > target && !this.#sources.some((source) => source.unfinished?.())) return;
      runs = next.due === lastDue ? runs + 1 : 0;
      lastDue = next.due;
      if (runs > MAX_RUNS_AT_ONE_MOMENT) {
        throw new Error(`${next.source.name} stays due at ${new Date(next.due).toISOString()}, so time cannot pass.`);
      }
      this.#clock.jumpTo(next.due);
      await next.source.runDue();
      await this.#idle();
    }
  }

  async #next(): Promise<{ source: ScheduleSource; due: number } | undefined> {
    let first: { source: ScheduleSource; due: number } | undefined;
    for (const source of this.#sources) {
      const due = await source.nextDue();
      if (due !== undefined && (first === undefined || due < first.due)) first = { source, due };
    }
    return first;
  }
}
