import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { defined } from "../../src/model/defined";
import { bundleWorker } from "./bundle";
import { type Job, runJobs } from "./jobs";

/** A command that spreads many runs over seeds, and seeds over cores. */
export interface SeedsCommand {
  /** As in `npm run <name>`. */
  readonly name: string;
  /** Source of the worker. */
  readonly worker: string;
  /** What one run is, in the plural. */
  readonly what: string;
  readonly runs: number;
  readonly seeds: string;
}

/**
 * Runs the command with this process's arguments; sets the exit code to 1 where a counterexample
 * was found, to 2 on wrong arguments.
 */
export async function runSeeds(command: SeedsCommand): Promise<void> {
  const { name, what } = command;
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: String(command.runs) },
      seeds: { type: "string", default: command.seeds },
      seed: { type: "string" },
      path: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const seeds = seedsOf(values.seed ?? values.seeds);
  const runs = Math.ceil(Number(values.runs) / seeds.length);
  if (values.help || !Number.isSafeInteger(runs) || runs < 1) {
    console.log(helpOf(command));
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), `scoped-keys-${name}-`));
  try {
    const worker = join(folder, "worker.js");
    await bundleWorker(command.worker, worker);
    const started = performance.now();
    const { path } = values;
    const jobs = seeds.map((seed): Job => ({ worker, runs, seed, ...defined({ path }) }));
    const verdicts = await runJobs(jobs, (verdict) => verdict !== undefined);
    const seconds = (performance.now() - started) / 1_000;
    const found = verdicts.filter((verdict) => verdict !== undefined);
    for (const counterexample of found) console.error(counterexample);
    process.exitCode = found.length === 0 ? 0 : 1;
    if (found.length > 0) return;
    const total = runs * verdicts.length;
    const pace = Math.round(total / seconds);
    console.log(`${total} ${what} over ${seeds.length} seeds: all held (${seconds.toFixed(0)} s, ${pace} a second)`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function helpOf({ name, what, runs, seeds }: SeedsCommand): string {
  return `npm run ${name} -- [--runs N] [--seeds FROM..TO | --seed S [--path P]]

  --runs N          ${what}, spread over the seeds (${runs})
  --seeds FROM..TO  one worker for each, on all cores (${seeds})
  --seed S          one seed
  --path P          replays a counterexample, with its seed`;
}

function seedsOf(range: string): number[] {
  const [from = Number.NaN, to = from] = range.split("..").map(Number);
  const count = to - from + 1;
  return Number.isSafeInteger(count) && count > 0 ? Array.from({ length: count }, (_, n) => from + n) : [];
}
