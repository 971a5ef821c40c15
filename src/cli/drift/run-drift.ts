import { readFileSync } from "node:fs";
import * as v from "valibot";
import { strictJson } from "../../model/strict-json";
import { withEnd } from "../../output/printable";
import { type Printer, writeText } from "../../output/streams";
import { terminal } from "../../output/terminal";
import { evidenceOf, isMissing } from "../evidence";
import { Progress, TELL_EVERY_MILLIS } from "../progress";
import { exitCodeOfSignal, Signals } from "../run-in-sandbox";
import { noReport } from "./errors";
import { formatOf, formatted } from "./formats";
import { type Report, reportOf, reportSchema } from "./report";
import { findStacks } from "./stacks";
import { type Planned, Terraform } from "./terraform";

export interface DriftOptions {
  readonly stack?: readonly string[];
  /** Files whose endings say what they are to hold. */
  readonly report?: readonly string[];
  /** JSON report of an earlier run. */
  readonly previous?: string;
  readonly terraform?: string;
  readonly json?: true;
  /** Minutes that a stack's plan may take. */
  readonly timeout?: number;
}

const TIMEOUT_MINUTES = 15;

export interface Streams {
  readonly out: Printer;
  readonly progress: Printer;
  /** Before a plan is tried again that met a function at rest. */
  readonly wakingMillis?: number;
}

/** @returns the exit code: 0 clean, 1 not known or failed, 2 drift. Throws SK320 to SK323. */
export async function runDrift(
  folder: string,
  options: DriftOptions,
  { out, progress: stream, wakingMillis }: Streams,
): Promise<number> {
  const stacks = findStacks(folder, options.stack ?? []);
  const previous = options.previous === undefined ? undefined : previousReport(options.previous);
  const interruption = new AbortController();
  const { signal } = interruption;
  new Signals().listen((name) => interruption.abort(name));
  const named = options.terraform ?? process.env["TERRAFORM_BINARY_NAME"];
  const terraform = await Terraform.find(
    named === undefined ? ["terraform", "tofu"] : [named],
    process.env,
    signal,
    wakingMillis,
  );

  const progress = new Progress(stream);
  const planned: Array<{ stack: string; planned: Planned }> = [];
  // One by one: two plans at once would share the vendor's admin calls, and two inits a provider
  // cache.
  for (const [index, stack] of stacks.entries()) {
    const startedAt = Date.now();
    const tell = () => {
      const seconds = Math.round((Date.now() - startedAt) / 1_000);
      progress.tell(
        terminal`planning ${stack.name} (${index + 1} of ${stacks.length})${seconds < 5 ? "" : `, ${seconds} s`} …`,
      );
    };
    tell();
    const ticker = setInterval(tell, TELL_EVERY_MILLIS);
    try {
      const limitMillis = (options.timeout ?? TIMEOUT_MINUTES) * 60_000;
      planned.push({ stack: stack.name, planned: await terraform.plan(stack, limitMillis) });
    } catch (error) {
      progress.end();
      if (signal.aborted) return exitCodeOfSignal(signal.reason);
      throw error;
    } finally {
      clearInterval(ticker);
    }
  }
  progress.end();
  const report = reportOf(planned, previous, new Date().toISOString());
  for (const file of options.report ?? []) write(file, report);
  out.write(withEnd(formatted(report, options.json ? "json" : "text")));
  return report.exitCode;
}

function previousReport(file: string): Report | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    // The first run of a pipeline has none.
    if (isMissing(error)) return undefined;
    throw noReport(file, "it cannot be read");
  }
  const parsed = v.safeParse(v.pipe(v.string(), strictJson(), reportSchema), text);
  if (!parsed.success) throw noReport(file, "it is not a JSON report of this command");
  return parsed.output;
}

function write(file: string, report: Report): void {
  try {
    writeText(file, withEnd(formatted(report, formatOf(file) ?? "json")));
  } catch (error) {
    throw noReport(file, `it cannot be written (${evidenceOf(error)})`);
  }
}
