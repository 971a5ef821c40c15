import * as v from "valibot";
import { count } from "../../model/units";
import { type Finding, judgePlan } from "./judge";
import type { Planned } from "./terraform";

/**
 * `exact`: the vendor's audit log, or the sentence itself, says when. `first_seen`: it may be
 * older.
 */
const differenceSchema = v.object({
  text: v.string(),
  since: v.string(),
  sinceIs: v.picklist(["exact", "first_seen"]),
});
export type Difference = v.InferOutput<typeof differenceSchema>;

const foundSchema = v.object({
  subject: v.string(),
  kind: v.picklist(["key", "resource"]),
  verdict: v.picklist(["in_sync", "drift", "unknown", "pending", "note"]),
  differences: v.array(differenceSchema),
});
export type Found = v.InferOutput<typeof foundSchema>;

const stackSchema = v.object({
  stack: v.string(),
  outcome: v.picklist(["clean", "drift", "unknown", "failed"]),
  /** Why it failed. */
  error: v.optional(v.string()),
  found: v.array(foundSchema),
});
export type StackReport = v.InferOutput<typeof stackSchema>;

/** The JSON report; `--previous` reads it again. */
export const reportSchema = v.object({
  version: v.literal(1),
  at: v.string(),
  exitCode: v.picklist([0, 1, 2]),
  stacks: v.array(stackSchema),
});
export type Report = v.InferOutput<typeof reportSchema>;

const SAID_WHEN = / on (\d{4}-\d\d-\d\dT[\d:.]+Z)/;

/** @param at ISO 8601 */
export function reportOf(
  stacks: ReadonlyArray<{ readonly stack: string; readonly planned: Planned }>,
  previous: Report | undefined,
  at: string,
): Report {
  const before = firstSeen(previous);
  const reports = stacks.map(({ stack, planned }) => stackReport(stack, planned, before, at));
  return { version: 1, at, exitCode: exitCodeOf(reports), stacks: reports };
}

/** Drift that was seen is drift, whatever else could not be looked at. */
function exitCodeOf(stacks: readonly StackReport[]): Report["exitCode"] {
  if (stacks.some(({ found }) => found.some(({ verdict }) => verdict === "drift"))) return 2;
  return stacks.some(({ outcome }) => outcome !== "clean") ? 1 : 0;
}

function stackReport(
  stack: string,
  planned: Planned,
  before: ReadonlyMap<string, Difference>,
  at: string,
): StackReport {
  if ("failed" in planned) return { stack, outcome: "failed", error: planned.failed, found: [] };
  const unlooked: Finding[] = planned.unlooked.map((sentence) => ({
    subject: "plan",
    kind: "resource",
    verdict: "unknown",
    sentences: [sentence],
  }));
  const found = [...unlooked, ...judgePlan(planned.plan)].map((finding) => foundOf(stack, finding, before, at));
  const has = (verdict: Found["verdict"]) => found.some((one) => one.verdict === verdict);
  return { stack, outcome: has("drift") ? "drift" : has("unknown") ? "unknown" : "clean", found };
}

function foundOf(
  stack: string,
  { subject, kind, verdict, sentences, seenAt }: Finding,
  before: ReadonlyMap<string, Difference>,
  at: string,
): Found {
  const differences = sentences.map((text): Difference => {
    const said = SAID_WHEN.exec(text)?.[1];
    if (said !== undefined) return { text, since: said, sinceIs: "exact" };
    return before.get(identity(stack, subject, text)) ?? { text, since: seenAt ?? at, sinceIs: "first_seen" };
  });
  return { subject, kind, verdict, differences };
}

function firstSeen(previous: Report | undefined): Map<string, Difference> {
  const all = (previous?.stacks ?? []).flatMap(({ stack, found }) =>
    found.flatMap(({ subject, differences }) =>
      differences.map((difference) => [identity(stack, subject, difference.text), difference] as const),
    ),
  );
  return new Map(all);
}

function identity(stack: string, subject: string, text: string): string {
  return JSON.stringify([stack, subject, text]);
}

export function sinceWords({ since, sinceIs }: Difference): string {
  return sinceIs === "exact" ? `since ${since}` : `first seen ${since}`;
}

/** In the order in which they matter. */
export const SECTIONS: ReadonlyArray<readonly [Found["verdict"], string]> = [
  ["drift", "Drift"],
  ["unknown", "Not known"],
  ["note", "Needs attention"],
  ["pending", "Declared, but not applied yet"],
];

export function summaryOf({ stacks }: Report): string {
  const found = stacks.flatMap((stack) => stack.found);
  const of = (verdict: Found["verdict"]) => found.filter((one) => one.verdict === verdict).length;
  const failed = stacks.filter(({ outcome }) => outcome === "failed").length;
  const keys = found.filter(({ kind }) => kind === "key").length;
  const isAllKnown = failed === 0 && of("unknown") === 0;
  const parts = [
    of("drift") > 0 ? `${of("drift")} drifted` : isAllKnown ? "no drift" : "no drift seen",
    ...(of("unknown") > 0 ? [`${of("unknown")} not known`] : []),
    ...(of("pending") > 0 ? [`${of("pending")} to be applied`] : []),
    ...(failed > 0 ? [`${count(failed, "stack")} failed`] : []),
  ];
  return `${count(stacks.length, "stack")}, ${count(keys, "key")}: ${parts.join(", ")}`;
}
