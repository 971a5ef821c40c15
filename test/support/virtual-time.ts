import type { Clock } from "../../src/engine/ports";

interface Timer {
  readonly at: number;
  /** Timers of one moment fire in the order in which they were set. */
  readonly order: number;
  fire(): void;
  cancelled: boolean;
}

/** Between two steps of a rotation the sandbox's Secrets Manager waits for one. */
const EVENT_LOOP_TURNS = 3;

/**
 * Time of many runs at once: it stands still while any of them has something to do, and then goes
 * on to the next timer.
 */
export class VirtualTime implements Clock {
  readonly #heap: Timer[] = [];
  #now: number;
  #order = 0;

  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  /** Calls `fire` when so many milliseconds have passed, unless the answer was called before. */
  after(millis: number, fire: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, millis), order: this.#order++, fire, cancelled: false };
    this.#push(timer);
    return () => {
      timer.cancelled = true;
    };
  }

  every(millis: number, fire: () => void): () => void {
    let stop = () => {};
    const again = () => {
      stop = this.after(millis, () => {
        again();
        fire();
      });
    };
    again();
    return () => stop();
  }

  sleep(millis: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const ended = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.after(millis, () => {
        signal?.removeEventListener("abort", ended);
        resolve();
      });
      signal?.addEventListener("abort", ended, { once: true });
    });
  }

  /** Lets time pass until then. */
  async runUntil(millis: number): Promise<void> {
    await this.#run(() => (this.#heap[0]?.at ?? Number.POSITIVE_INFINITY) > millis);
    this.#now = Math.max(this.#now, millis);
  }

  /** Lets time pass until all of it has ended. */
  async runAll(work: ReadonlyArray<Promise<unknown>>): Promise<void> {
    let ended = false;
    const all = Promise.all(work).finally(() => {
      ended = true;
    });
    all.catch(() => undefined);
    await this.#run(() => ended);
    await all;
  }

  async #run(isOver: () => boolean): Promise<void> {
    for (;;) {
      // Every promise that can go on does so, also one that waits for the event loop's next turn.
      for (let turns = 0; turns < EVENT_LOOP_TURNS; turns += 1) {
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      if (isOver()) return;
      const next = this.#pop();
      if (next === undefined) throw new Error("nothing is left to happen, and somebody waits");
      if (next.cancelled) continue;
      this.#now = next.at;
      next.fire();
      // What happens at the same moment happens together.
      while (this.#heap[0]?.at === this.#now) {
        const same = this.#pop();
        if (same?.cancelled === false) same.fire();
      }
    }
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(heap[at], heap[parent])) return;
      [heap[at], heap[parent]] = [heap[parent] as Timer, heap[at] as Timer];
      at = parent;
    }
  }

  #pop(): Timer | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    heap[0] = last;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (before(heap[child], heap[least])) least = child;
      if (least === at) return first;
      [heap[at], heap[least]] = [heap[least] as Timer, heap[at] as Timer];
      at = least;
    }
  }
}

function before(a: Timer | undefined, b: Timer | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
