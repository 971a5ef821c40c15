import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundleWorker } from "./bundle";
import { type Job, runJobs } from "./jobs";

const HELP = `npm run chaos -- [--runs N] [--seeds FROM..TO | --seed S [--path P]]

  --runs N          lives of a key, spread over the seeds (2000)
  --seeds FROM..TO  one worker for each, on all cores (1..2)
  --seed S          one seed
  --path P          replays a counterexample, with its seed`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "2000" },
      seeds: { type: "string", default: "1..2" },
      seed: { type: "string" },
      path: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const seeds = seedsOf(values.seed ?? values.seeds);
  const runs = Math.ceil(Number(values.runs) / seeds.length);
  if (values.help || !Number.isSafeInteger(runs) || runs < 1) {
    console.log(HELP);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "scoped-keys-chaos-"));
  try {
    const worker = join(folder, "worker.js");
    await bundleWorker(worker);
    const started = performance.now();
    const jobs = seeds.map(
      (seed): Job => ({ worker, runs, seed, ...(values.path === undefined ? {} : { path: values.path }) }),
    );
    const verdicts = await runJobs(jobs, (verdict) => verdict !== undefined);
    const seconds = (performance.now() - started) / 1_000;
    const found = verdicts.filter((verdict) => verdict !== undefined);
    for (const counterexample of found) console.error(counterexample);
    process.exitCode = found.length === 0 ? 0 : 1;
    const total = runs * verdicts.length;
    if (found.length === 0) {
      const pace = Math.round(total / seconds);
      console.log(
        `${total} runs over ${seeds.length} seeds: all invariants held (${seconds.toFixed(0)} s, ${pace} runs/s)`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function seedsOf(range: string): number[] {
  const [from = Number.NaN, to = from] = range.split("..").map(Number);
  const count = to - from + 1;
  return Number.isSafeInteger(count) && count > 0 ? Array.from({ length: count }, (_, n) => from + n) : [];
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
