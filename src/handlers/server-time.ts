import * as v from "valibot";
import type { ServerClock } from "../engine/middleware/server-clock";

export const SERVER_TIME = { step: "deserialize", priority: "low", name: "serverTime" } as const;
const answerSchema = v.object({ headers: v.object({ date: v.optional(v.string()) }) });

/** A middleware of the AWS clients that reads the `Date` header of every answer. */
export function learnTime(clock: ServerClock) {
  return <Request, Result extends { response: unknown }>(next: (request: Request) => Promise<Result>) =>
    async (request: Request): Promise<Result> => {
      try {
        const result = await next(request);
        learnFrom(clock, result.response);
        return result;
      } catch (error) {
        // A refusal, e.g. of a conditional write, tells the time as well.
        const refused = v.safeParse(v.object({ $response: v.unknown() }), error);
        if (refused.success) learnFrom(clock, refused.output.$response);
        throw error;
      }
    };
}

function learnFrom(clock: ServerClock, response: unknown): void {
  const answer = v.safeParse(answerSchema, response);
  if (answer.success) clock.learn(answer.output.headers.date);
}
