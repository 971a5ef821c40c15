import { VendorError } from "../../model/vendor-error";
import {
  type FullVendorAdapter,
  VENDOR_VERBS,
  type VendorAdapter,
  type VendorProject,
  type VendorVerb,
} from "../../vendors/vendor";
import type { Clock, Deadline, Telemetry } from "../ports";

/** All attempts of one verb. The pacer makes the wait after a 429. */
const ATTEMPTS_MAX = 4;
const FIRST_PAUSE_MILLIS = 500;
/** A retry must leave time to write down what happened. */
const RESERVE_MILLIS = 10_000;

/**
 * Verbs that make something new: sent again only where the vendor says for certain that nothing
 * happened.
 */
const NOT_REPEATABLE: ReadonlySet<string> = new Set(["mint", "rotate", "createOwner"]);

type Verb = VendorVerb | "readAccount" | "applyAccount";

interface Around {
  readonly clock: Clock;
  readonly deadline: Deadline;
  readonly telemetry: Telemetry;
}

/** Wraps any adapter with bounded retries and a log line per call. */
export function retryingAdapter(vendor: FullVendorAdapter, around: Around): FullVendorAdapter;
export function retryingAdapter(vendor: VendorAdapter, around: Around): VendorAdapter;
export function retryingAdapter(vendor: VendorAdapter, { clock, deadline, telemetry }: Around): VendorAdapter {
  const attempt = async <T>(verb: Verb, call: () => Promise<T>): Promise<T> => {
    for (let attempts = 1; ; attempts += 1) {
      const started = clock.now();
      try {
        const result = await call();
        telemetry.info("vendor call", { vendor: vendor.descriptor.id, verb, millis: clock.now() - started });
        return result;
      } catch (error) {
        if (!(error instanceof VendorError)) throw error;
        telemetry.warn("vendor call failed", {
          vendor: vendor.descriptor.id,
          verb,
          kind: error.kind,
          status: error.status,
          reason: error.message,
          attempt: attempts,
        });
        const once = NOT_REPEATABLE.has(verb) && !(verb === "mint" && vendor.descriptor.idempotentMint === true);
        const repeatable = error.kind === "throttled" || (error.kind === "unavailable" && !once);
        const pauseMillis = FIRST_PAUSE_MILLIS * 2 ** (attempts - 1);
        const inTime = deadline.remainingMillis() - pauseMillis > RESERVE_MILLIS && !deadline.signal.aborted;
        if (!repeatable || attempts >= ATTEMPTS_MAX || !inTime) throw error;
        await clock.sleep(pauseMillis, deadline.signal);
      }
    }
  };
  const { account, chooseValue } = vendor;
  const wrapped: Record<string, unknown> = {};
  for (const verb of VENDOR_VERBS) {
    const call: ((request: never) => Promise<unknown>) | undefined = vendor[verb];
    // What a vendor does not have is absent here as well.
    if (call === undefined) continue;
    wrapped[verb] = (request: never) => attempt(verb, () => call.call(vendor, request));
  }
  return {
    descriptor: vendor.descriptor,
    ...(account === undefined ? {} : { account: wrapAccount(account, attempt) }),
    ...(chooseValue === undefined ? {} : { chooseValue: chooseValue.bind(vendor) }),
    // Each verb with the type of the adapter's own.
    ...(wrapped as Pick<VendorAdapter, VendorVerb>),
  };
}

function wrapAccount(
  account: VendorProject,
  attempt: <T>(verb: Verb, call: () => Promise<T>) => Promise<T>,
): VendorProject {
  return {
    name: account.name,
    read: (request) => attempt("readAccount", () => account.read(request)),
    apply: (request) => attempt("applyAccount", () => account.apply(request)),
  };
}
