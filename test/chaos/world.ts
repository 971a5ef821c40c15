/**
 * One world per run: it owns time, the order of effects and the faults. Every call that the engine
 * makes of the outside is an effect that waits here until the world lets it happen, so that a run
 * is a function of its script alone.
 */

export type FaultKind =
  /**
   * The process is killed before, or after, the effect; nothing of it runs again, no `finally`
   * either.
   */
  | "crash_before"
  | "crash_after"
  /** The effect happens, its answer does not arrive. */
  | "lost_reply"
  /** The effect does not happen: a dropped connection, a 429, a 500. */
  | "unavailable"
  | "throttled"
  /** The answer takes nearly all of the run's time. */
  | "slow";

export interface PlannedFault {
  /** Hits the n-th effect of its step, counted from 0 over all actors of the step. */
  readonly at: number;
  readonly kind: FaultKind;
}

/** What a step's drivers meet. */
export interface Circumstances {
  readonly faults?: readonly PlannedFault[];
  /** Which of those that wait goes next, in turn. */
  readonly order?: readonly number[];
  /** How far the machines' clocks are ahead, in turn. */
  readonly skewsMillis?: readonly number[];
}

/** Before the n-th effect of the step, or before the first of that name. */
export type Moment = number | string;

export type EffectFailure = (name: string, kind: FaultKind) => Error;

interface Waiting {
  readonly actor: Actor;
  readonly name: string;
  readonly run: () => unknown;
  readonly failure: EffectFailure;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

interface Timer {
  readonly actor: Actor;
  readonly at: number;
  resolve(): void;
}

/** A function's time limit. */
export const RUN_MILLIS = 600_000;
/** So much is left of it after an answer that was slow. */
const LEFT_MILLIS = 8_000;

/** One process: an invocation of a function, on a machine whose clock may be wrong. */
export class Actor {
  alive = true;
  /** World time; until then the process renewed what it holds. */
  diedAt: number | undefined;
  /** Told when the process is killed. */
  killed: () => void = () => {};
  /** Vendor keys made by it. */
  minted = 0;
  /** What it was told that gives it leave to end a stop: a repair token, or "successor". */
  may = "";

  constructor(
    readonly name: string,
    readonly startedAt = 0,
    /** How far its machine's clock is ahead. */
    readonly skewMillis = 0,
  ) {}

  /** World time at which it is killed. */
  get endsAt(): number {
    return this.startedAt + RUN_MILLIS;
  }
}

export type Outcome<T> = { readonly value: T } | { readonly error: unknown } | { readonly crashed: true };

export class World {
  #nowMillis = Date.UTC(2026, 10, 23);
  #waiting: Waiting[] = [];
  #timers: Timer[] = [];
  #later: Array<{ readonly at: Moment; resolve(): void }> = [];
  #effects = 0;
  #actors = 0;
  #faults: readonly PlannedFault[] = [];
  #order: readonly number[] = [];
  #skewsMillis: readonly number[] = [];
  /** Called after every effect; throws where an invariant is broken. */
  afterEffect: (name: string, actor: Actor) => void = () => {};
  readonly trace: string[] = [];
  /** Invocations that have not ended. */
  running = 0;

  now(): number {
    return this.#nowMillis;
  }

  advance(millis: number): void {
    this.#nowMillis += millis;
  }

  /** An effect of the actor: happens when the world picks it. */
  effect<T>(actor: Actor, name: string, run: () => T, failure: EffectFailure): Promise<T> {
    if (!actor.alive) return new Promise(() => {});
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ actor, name, run, failure, resolve: resolve as (value: unknown) => void, reject });
    });
  }

  /** Resolves at that moment of the step, or when nothing else is left to do. */
  later(at: Moment): Promise<void> {
    return new Promise((resolve) => this.#later.push({ at, resolve }));
  }

  sleep(actor: Actor, millis: number): Promise<void> {
    if (!actor.alive) return new Promise(() => {});
    return new Promise((resolve) => this.#timers.push({ actor, at: this.#nowMillis + millis, resolve }));
  }

  /** Runs one invocation to its end, or to its death. */
  invoke<T>(name: string, work: (actor: Actor) => Promise<T>): Promise<Outcome<T>> {
    this.#actors += 1;
    const skewMillis = this.#skewsMillis[this.#actors % Math.max(1, this.#skewsMillis.length)] ?? 0;
    const actor = new Actor(`${name}#${this.#actors}`, this.#nowMillis, skewMillis);
    this.running += 1;
    const ended = new Promise<Outcome<T>>((resolve) => {
      actor.killed = () => resolve({ crashed: true });
      work(actor).then(
        (value) => resolve({ value }),
        (error: unknown) => resolve({ error }),
      );
    });
    return ended.finally(() => {
      this.running -= 1;
    });
  }

  /**
   * Runs drivers together until each has ended. A driver is Terraform, Secrets Manager or the
   * schedule: it invokes, and survives.
   */
  async run(
    drivers: ReadonlyArray<() => Promise<void>>,
    { faults = [], order = [], skewsMillis = [] }: Circumstances = {},
  ): Promise<void> {
    this.#effects = 0;
    this.#faults = faults;
    this.#order = order;
    this.#skewsMillis = skewsMillis;
    let running = drivers.length;
    let failure: { error: unknown } | undefined;
    for (const driver of drivers) {
      driver().then(
        () => {
          running -= 1;
        },
        (error: unknown) => {
          running -= 1;
          failure ??= { error };
        },
      );
    }
    for (let turns = 0; ; turns += 1) {
      await settled();
      if (failure !== undefined) throw failure.error;
      if (running === 0) return;
      if (turns > 5_000) throw new BrokenInvariant("a run without end");
      if (this.#comeLate()) continue;
      if (this.#waiting.length > 0) this.#step();
      else this.#wake();
    }
  }

  #comeLate(): boolean {
    const idle = this.#waiting.length === 0 && this.#timers.length === 0;
    const due = this.#later.findIndex(
      ({ at }) =>
        idle || (typeof at === "number" ? at <= this.#effects : this.#waiting.some(({ name }) => name === at)),
    );
    const [picked] = due === -1 ? [] : this.#later.splice(due, 1);
    picked?.resolve();
    return picked !== undefined;
  }

  #step(): void {
    const choice = this.#order[this.#effects % Math.max(1, this.#order.length)] ?? 0;
    const [picked] = this.#waiting.splice(choice % this.#waiting.length, 1);
    if (picked === undefined) return;
    const fault = this.#faults.find((f) => f.at === this.#effects)?.kind;
    this.#effects += 1;
    this.#nowMillis += 20;
    this.trace.push(`${picked.actor.name} ${picked.name}${fault === undefined ? "" : ` !${fault}`}`);
    if (fault === "crash_before" || this.#nowMillis >= picked.actor.endsAt) {
      this.#kill(picked.actor);
      return;
    }
    if (fault === "slow") this.#nowMillis = Math.max(this.#nowMillis, picked.actor.endsAt - LEFT_MILLIS);
    if (fault === "unavailable" || fault === "throttled") {
      picked.reject(picked.failure(picked.name, fault));
      return;
    }
    try {
      const value = picked.run();
      this.afterEffect(picked.name, picked.actor);
      if (fault === "crash_after") this.#kill(picked.actor);
      else if (fault === "lost_reply") picked.reject(picked.failure(picked.name, fault));
      else picked.resolve(value);
    } catch (error) {
      if (error instanceof BrokenInvariant) throw error;
      picked.reject(error);
    }
  }

  #kill(actor: Actor): void {
    actor.alive = false;
    actor.diedAt = this.#nowMillis;
    actor.killed();
    this.#waiting = this.#waiting.filter((w) => w.actor !== actor);
    this.#timers = this.#timers.filter((t) => t.actor !== actor);
  }

  #wake(): void {
    const next = this.#timers.reduce<Timer | undefined>((a, b) => (a === undefined || b.at < a.at ? b : a), undefined);
    if (next !== undefined && next.at >= next.actor.endsAt) {
      this.#nowMillis = Math.max(this.#nowMillis, next.actor.endsAt);
      this.#kill(next.actor);
      return;
    }
    if (next === undefined) throw new BrokenInvariant("nothing left to do, and a driver has not ended");
    this.#timers = this.#timers.filter((t) => t !== next);
    this.#nowMillis = Math.max(this.#nowMillis, next.at);
    next.resolve();
  }
}

/** What must hold did not. */
export class BrokenInvariant extends Error {
  override readonly name = "BrokenInvariant";
}

/** Lets every promise that can go on do so. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
