import * as v from "valibot";
import { askedAbout, everyUnknown, observe } from "../engine/commands/observe/observe";
import { ENVIRONMENT } from "../model/environment";
import { type ObserveResult, observeEventSchema } from "../model/events";
import type { Vendor } from "../vendors/vendor";
import { presentable } from "./failure";
import { type Clients, connectClients, type LambdaContext, type Run, startRun } from "./runtime";

/** A plan waits for the answer; late is as good as unknown. */
const TIME_LIMIT_MILLIS = 48_000;
/**
 * When the answer is given whatever the adapter does: it may wait for something that never comes.
 */
const ANSWER_LIMIT_MILLIS = 52_000;
const ANSWER_RESERVE_MILLIS = 2_000;
const LATE = "the vendor's adapter did not come to an end in time";

const MALFORMED =
  "the function received an unknown event: apply with the release of the library that it was deployed with";
const anyKeys = v.looseObject({ keys: v.record(v.string(), v.unknown()), account: v.optional(v.unknown()) });

/**
 * The function that only reads. It answers `unknown` where another would throw: an error would
 * block `terraform destroy`.
 */
export function observer(vendor: Vendor): (event: unknown, context: LambdaContext) => Promise<ObserveResult> {
  let clients: Clients | undefined;
  return async (event, context) => {
    const request = v.safeParse(observeEventSchema, event);
    if (!request.success) return everyUnknown(keysIn(event), MALFORMED);
    let run: Run | undefined;
    try {
      clients ??= connectClients();
      run = startRun({ vendor, context, environment: process.env, clients, timeLimitMillis: TIME_LIMIT_MILLIS });
      const millis = Math.min(ANSWER_LIMIT_MILLIS, context.getRemainingTimeInMillis() - ANSWER_RESERVE_MILLIS);
      const late = everyUnknown(askedAbout(request.output), LATE);
      return run.discreet(await within(millis, observe(run.engine, request.output), late));
    } catch (error) {
      const shown = presentable(error, {
        key: "",
        adminSecret: run?.environment[ENVIRONMENT.adminSecret],
        vendor,
        ...(run === undefined ? {} : { telemetry: run.telemetry, redact: run.redact }),
      });
      run?.telemetry.error("observation failed", { code: shown.name, reason: shown.message });
      return everyUnknown(askedAbout(request.output), shown.message);
    }
  };
}

/** @returns what the work answers, or `late` where that comes first */
async function within<Answer>(millis: number, work: Promise<Answer>, late: Answer): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => resolve(late), millis);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** What an event that is malformed elsewhere asks about: silence would be taken for in sync. */
function keysIn(event: unknown): string[] {
  const parsed = v.safeParse(anyKeys, event);
  return parsed.success ? askedAbout(parsed.output) : [];
}
