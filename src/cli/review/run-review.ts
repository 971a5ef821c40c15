import { posix, relative, sep } from "node:path";
import { cleaned, redact } from "../../model/redact";
import { DuplicateMemberError } from "../../model/strict-json";
import type { Printable } from "../../output/printable";
import { standardOutput } from "../../output/streams";
import { control, line } from "../../output/terminal";
import { memberTwice, notAPlan } from "../../review/errors";
import { inventoryOf } from "../../review/inventory";
import { readPlan } from "../../review/read-plan";
import { jsonReport } from "../../review/report/json";
import { markdownReport } from "../../review/report/markdown";
import { sarifReport } from "../../review/report/sarif";
import { terminalReport } from "../../review/report/terminal";
import { type Entry, type Review, review } from "../../review/review";
import { packageVersion } from "../program";
import { exitCodeOfSignal, Signals } from "../run-in-sandbox";
import { withRefs } from "./git-refs";
import { type Folder, readFolder, readJson } from "./read-input";
import type { FailOn } from "./review-command";

export interface ReviewOptions {
  /** Both names are of commits; `after` undefined: the working tree. */
  readonly git?: true;
  readonly format: "terminal" | "markdown" | "json" | "sarif";
  readonly failOn: readonly FailOn[];
  readonly name: string;
}

export const EXIT_FAIL_ON = 3;

export interface ReviewOutcome {
  readonly text: Printable;
  readonly exitCode: number;
}

/** @param after undefined: `first` is a plan, or `-` */
export async function runReview(
  first: string,
  after: string | undefined,
  options: ReviewOptions,
): Promise<ReviewOutcome> {
  const interruption = new AbortController();
  try {
    const { reviewed, file } = await (options.git
      ? ofRefs(first, after, interruption)
      : after === undefined
        ? ofPlan(first)
        : ofFolders(first, after));
    const fails = reviewed.entries.some(({ verdicts }) => options.failOn.some((verdict) => verdicts.includes(verdict)));
    return { text: report(reviewed, file, options), exitCode: fails ? EXIT_FAIL_ON : 0 };
  } catch (error) {
    const { aborted, reason } = interruption.signal;
    if (aborted) return { text: line(""), exitCode: exitCodeOfSignal(reason) };
    // The stack's end: nothing that Terraform or CDKTF writes is so deep.
    if (error instanceof RangeError) throw notAPlan(first, "JSON that is nested too deeply");
    if (error instanceof DuplicateMemberError)
      throw memberTwice(first, "in a text of its own, e.g. a function's input");
    throw error;
  }
}

interface Reviewed {
  readonly reviewed: Review;
  readonly file: (entry: Entry) => string | undefined;
}

async function ofPlan(name: string): Promise<Reviewed> {
  const plan = readPlan(name === "-" ? "standard input" : name, await readJson(name));
  const reviewed = review(inventoryOf(plan.before), inventoryOf(plan.after), plan);
  const path = name === "-" ? undefined : fromHere(name);
  return { reviewed, file: () => path };
}

async function ofRefs(before: string, after: string | undefined, interruption: AbortController): Promise<Reviewed> {
  new Signals().listen((name) => interruption.abort(name));
  return withRefs(before, after, interruption.signal, (refs) => ({
    ...ofFolders(refs.before, refs.after, refs.notes),
    // The files are gone when anybody looks.
    file: () => undefined,
  }));
}

function ofFolders(before: string, after: string, notes: readonly string[] = []): Reviewed {
  const [old, young] = [readFolder(before), readFolder(after)];
  const circumstances = {
    before: old.snapshot,
    after: young.snapshot,
    forgotten: new Set<string>(),
    replaced: new Set<string>(),
    notes,
  };
  const reviewed = review(inventoryOf(old.snapshot), inventoryOf(young.snapshot), circumstances);
  return { reviewed, file: ({ stack }) => fileOf(young, stack) ?? fileOf(old, stack) };
}

function fileOf({ files }: Folder, stack: string): string | undefined {
  const file = files.get(stack);
  return file === undefined ? undefined : fromHere(file);
}

function fromHere(file: string): string {
  return relative(process.cwd(), file).split(sep).join(posix.sep);
}

function report(found: Review, file: Reviewed["file"], { format, name, failOn }: ReviewOptions): Printable {
  // Somebody may have written a value where a name or a purpose belongs.
  const reviewed = cleaned(found, redact);
  switch (format) {
    case "markdown":
      return markdownReport(reviewed, name);
    case "json":
      return jsonReport(reviewed);
    case "sarif":
      return sarifReport(reviewed, { toolVersion: packageVersion(), file, failing: new Set(failOn) });
    case "terminal":
      return terminalReport(reviewed, standardOutput.isTTY && !process.env["NO_COLOR"] ? control.bold : undefined);
  }
}
