import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, posix, relative, resolve, sep } from "node:path";
import { packageVersion } from "../../model/function-hashes";
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
import { type Circumstances, type Entry, type Review, review } from "../../review/review";
import { exitCodeOfSignal, Signals } from "../run-in-sandbox";
import { type SynthesisedRefs, withRefs } from "./git-refs";
import { type Folder, readFolder, readJson } from "./read-input";
import type { ReviewOptions } from "./review-options";

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
    const { reviewed, file, keyless } = await (options.git
      ? ofRefs(first, after, interruption)
      : after === undefined
        ? ofPlan(first)
        : ofFolders(first, after));
    const fails = reviewed.entries.some(({ verdicts }) => options.failOn.some((verdict) => verdicts.includes(verdict)));
    const missed = options.requireKeys === true && keyless;
    return { text: report(reviewed, file, options), exitCode: fails || missed ? EXIT_FAIL_ON : 0 };
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
  /** Neither side has a key or an issuer. */
  readonly keyless: boolean;
}

/** Two sides compared; where there is nothing of ours in either, that is said first. */
function compared(circumstances: Circumstances, where: string): Pick<Reviewed, "reviewed" | "keyless"> {
  const [before, after] = [inventoryOf(circumstances.before), inventoryOf(circumstances.after)];
  const keyless = [before, after].every(({ keys, issuers }) => keys.length === 0 && issuers.length === 0);
  if (!keyless) return { reviewed: review(before, after, circumstances), keyless };
  const others = new Set(
    [circumstances.before, circumstances.after].flatMap(({ resources }) =>
      resources.map(({ stack, address }) => JSON.stringify([stack, address])),
    ),
  ).size;
  const note = `no keys or issuers in ${where}: ${others} other resource${others === 1 ? "" : "s"}`;
  const reviewed = review(before, after, { ...circumstances, notes: [note, ...circumstances.notes] });
  return { reviewed, keyless };
}

async function ofPlan(name: string): Promise<Reviewed> {
  const plan = readPlan(name === "-" ? "standard input" : name, await readJson(name));
  const path = name === "-" ? undefined : inRepository(name);
  return { ...compared(plan, "this plan"), file: () => path };
}

async function ofRefs(before: string, after: string | undefined, interruption: AbortController): Promise<Reviewed> {
  new Signals().listen((name) => interruption.abort(name));
  return withRefs(before, after, interruption.signal, (refs) => ({
    ...ofFolders(refs.before, refs.after, refs),
    // The files are gone when anybody looks.
    file: () => undefined,
  }));
}

function ofFolders(
  before: string,
  after: string,
  { notes, ranIn }: Partial<Pick<SynthesisedRefs, "notes" | "ranIn">> = {},
): Reviewed {
  const [old, young] = [readFolder(before, ranIn?.before), readFolder(after, ranIn?.after)];
  const circumstances = {
    before: old.snapshot,
    after: young.snapshot,
    forgotten: new Set<string>(),
    replaced: new Set<string>(),
    notes: notes ?? [],
  };
  return {
    ...compared(circumstances, "these stacks"),
    file: ({ stack }) => fileOf(young, stack) ?? fileOf(old, stack),
  };
}

function fileOf({ files }: Folder, stack: string): string | undefined {
  const file = files.get(stack);
  return file === undefined ? undefined : inRepository(file);
}

/**
 * As a path from the repository's root, where there is one, and else from here. Undefined: it is
 * outside, where nobody who reads the report finds it.
 */
function inRepository(file: string): string | undefined {
  const path = relative(repositoryRoot(process.cwd()), resolve(file));
  return path === "" || isAbsolute(path) || path.split(sep)[0] === ".." ? undefined : path.split(sep).join(posix.sep);
}

/**
 * The folder that git keeps its own in, or this one. A worktree and a submodule have a file in its
 * place.
 */
function repositoryRoot(here: string): string {
  for (let folder = here; ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".git"))) return folder;
    if (dirname(folder) === folder) return here;
  }
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
