import { randomUUID } from "node:crypto";
import * as v from "valibot";

/** AWS: events in one call. */
const ENTRIES_MAX = 10;

const text = v.nullish(v.string());
const requestSchema = v.object({
  Entries: v.array(v.object({ Source: text, DetailType: text, Detail: text, EventBusName: text })),
});
const detailSchema = v.pipe(v.string(), v.parseJson(), v.looseObject({}));

type Entry = v.InferOutput<typeof requestSchema>["Entries"][number];

/**
 * Takes events as EventBridge does, and delivers them to nobody: the journal shows them. moto would
 * hand them to every rule without a pattern as well, schedules among them, and fail at the first
 * whose target is a function.
 */
export function putEvents(body: string): { status: number; body: unknown } {
  const request = v.safeParse(v.pipe(v.string(), v.parseJson(), requestSchema), body);
  if (!request.success) return refusal("SerializationException", "The request does not fit.");
  const { Entries } = request.output;
  if (Entries.length === 0 || Entries.length > ENTRIES_MAX) {
    return refusal("ValidationException", `Entries must have 1 to ${ENTRIES_MAX} members.`);
  }
  const answers = Entries.map(answerTo);
  const failed = answers.filter((answer) => "ErrorCode" in answer);
  return { status: 200, body: { FailedEntryCount: failed.length, Entries: answers } };
}

function answerTo({ Source, DetailType, Detail }: Entry) {
  for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
    if (!value) return { ErrorCode: "InvalidArgument", ErrorMessage: `Parameter ${name} is not valid.` };
  }
  if (Source?.startsWith("aws.")) {
    return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Sources that start with aws. are AWS's." };
  }
  if (!v.is(detailSchema, Detail)) return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
  return { EventId: randomUUID() };
}

function refusal(type: string, message: string) {
  return { status: 400, body: { __type: type, message } };
}
