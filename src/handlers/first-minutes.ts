import * as v from "valibot";
import type { Telemetry } from "../engine/ports";
import { MILLIS_PER_SECOND } from "../model/units";

export const FIRST_MINUTES = { step: "initialize", priority: "high", name: "firstMinutes" } as const;

/**
 * How long one service is waited for, from its first refusal in the process on. IAM needs seconds,
 * rarely a minute.
 */
const BOUND_MILLIS = 45 * MILLIS_PER_SECOND;
/** What a run needs to do its work after the wait, or to say why not. */
const WORK_RESERVE_MILLIS = 15 * MILLIS_PER_SECOND;
const PAUSE_MIN_MILLIS = 500;
const PAUSE_MAX_MILLIS = 8 * MILLIS_PER_SECOND;

/** The services' names for a right, or a caller, that they do not know (yet). */
const REFUSALS: ReadonlySet<string> = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "InvalidClientTokenId",
  "UnrecognizedClientException",
]);
const answeredSchema = v.object({ $metadata: v.object({ httpStatusCode: v.number() }) });

/** Time and sleep of the process. */
export interface Waiting {
  /** Milliseconds from any moment on. */
  now(): number;
  sleep(millis: number): Promise<void>;
}

const PROCESS: Waiting = {
  now: () => performance.now(),
  sleep: (millis) => new Promise((resolve) => setTimeout(resolve, millis)),
};

interface Current {
  readonly remainingMillis: () => number;
  readonly telemetry: Pick<Telemetry, "warn">;
}

/**
 * IAM tells the services of a new role and its policies within a minute or so; until then they
 * refuse a function that Terraform has just made. A service that has not answered this process
 * otherwise is asked again for a while. From its first other answer on, or when the while is over,
 * a refusal is one at once. A refused call has had no effect, whatever it was for.
 */
export class FirstMinutes {
  /** Services of which a refusal counts. */
  readonly #known = new Set<string>();
  /** Service and when its time is over. */
  readonly #until = new Map<string, number>();
  #current: Current | undefined;

  constructor(private readonly waiting: Waiting = PROCESS) {}

  /**
   * Of the run that is under way; without one nothing is waited for. Lambda has one at a time in a
   * process.
   */
  within(current: Current): void {
    this.#current = current;
  }

  /** A middleware for the clients of one service; for its place see FIRST_MINUTES. */
  of(service: string) {
    return <Request, Result>(next: (request: Request) => Promise<Result>) =>
      async (request: Request): Promise<Result> => {
        for (let pauseMillis = PAUSE_MIN_MILLIS; ; pauseMillis = Math.min(2 * pauseMillis, PAUSE_MAX_MILLIS)) {
          try {
            const result = await next(request);
            this.#known.add(service);
            return result;
          } catch (error) {
            if (!(await this.#isWorthAnother(service, error, pauseMillis))) throw error;
          }
        }
      };
  }

  /** Waits, where the call is to be sent again. */
  async #isWorthAnother(service: string, error: unknown, pauseMillis: number): Promise<boolean> {
    if (!isAnswer(error) || this.#known.has(service)) return false;
    if (!isRefusal(error)) {
      this.#known.add(service);
      return false;
    }
    const now = this.waiting.now();
    const until = this.#until.get(service) ?? now + BOUND_MILLIS;
    this.#until.set(service, until);
    if (now + pauseMillis > until) {
      this.#known.add(service);
      return false;
    }
    const { remainingMillis, telemetry } = this.#current ?? {};
    // The next run may have more time.
    if (remainingMillis === undefined || remainingMillis() - pauseMillis < WORK_RESERVE_MILLIS) return false;
    telemetry?.warn("the service refuses this function, as it does in IAM's first minutes; asked again", {
      service,
      reason: error.name,
      pauseMillis,
    });
    await this.waiting.sleep(pauseMillis);
    return true;
  }
}

type Answered = Error & v.InferOutput<typeof answeredSchema>;

/** Other than a connection that failed: the service has judged the caller. */
function isAnswer(error: unknown): error is Answered {
  return error instanceof Error && v.is(answeredSchema, error);
}

function isRefusal({ name, $metadata }: Answered): boolean {
  return REFUSALS.has(name) || $metadata.httpStatusCode === 403;
}
