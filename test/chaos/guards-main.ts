import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleWorker } from "../support/bundle";
import { runJobs } from "../support/jobs";
import { GUARDS, type Guard } from "./guards";

/** A guard that is missing must be found within so many runs. */
const RUNS_MAX = 5_000;
const SEEDS = [1, 2];

/**
 * `npm run chaos:guards [-- START …]`: takes away one guard after the other, or those whose names
 * start so, and shows what chaos finds.
 */
async function main(starts: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "scoped-keys-guards-"));
  try {
    console.log("| without | found after runs | as |\n|---|---|---|");
    const chosen = GUARDS.filter(({ name }) => starts.length === 0 || starts.some((start) => name.startsWith(start)));
    if (chosen.length === 0) throw new Error(`no guard's name starts with ${starts.join(" or ")}`);
    for (const [n, guard] of chosen.entries()) {
      const found = await hunt(join(folder, `worker-${n}.js`), guard);
      console.log(`| ${guard.name} | ${found?.runs ?? `not in ${RUNS_MAX}`} | ${found?.as ?? "-"} |`);
      if (found === undefined) process.exitCode = 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function hunt(worker: string, guard: Guard): Promise<{ runs: number; as: string } | undefined> {
  await bundleWorker(join(__dirname, "worker.ts"), worker, guard.edits);
  const jobs = SEEDS.map((seed) => ({ worker, runs: RUNS_MAX / SEEDS.length, seed }));
  const verdicts = await runJobs(jobs, (verdict) => verdict !== undefined);
  const found = verdicts
    .filter((verdict) => verdict !== undefined)
    .map((text) => ({
      runs: Number(/failed after (\d+) test/.exec(text)?.[1] ?? Number.NaN),
      as: /^(.+)\nlast effects:/m.exec(text)?.[1] ?? text.split("\n")[0] ?? "",
    }))
    .sort((a, b) => a.runs - b.runs);
  return found[0];
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
