export interface TimeLimit {
  /** Aborts when the time is over, with a `TimeoutError`. */
  readonly signal: AbortSignal;
  /** Nothing is to be ended any more. */
  stop(): void;
}

/**
 * A signal that a timer holds until it has ended or was stopped: other than `AbortSignal.timeout`,
 * whose timer forgets a signal that nobody else holds. Keeps no process alive.
 */
export function timeLimit(millis: number): TimeLimit {
  const controller = new AbortController();
  const ended = () => controller.abort(new DOMException("The time limit is over", "TimeoutError"));
  const timer = setTimeout(ended, millis);
  timer.unref();
  return { signal: controller.signal, stop: () => clearTimeout(timer) };
}
