import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";

export interface Job {
  readonly worker: string;
  readonly runs: number;
  readonly seed: number;
  /** Of fast-check: replays one counterexample. */
  readonly path?: string;
}

/** What a worker printed of a counterexample; undefined where all held. */
export type Verdict = string | undefined;

/** Runs jobs on all cores. `stop` is asked after each; what is running then is still waited for. */
export async function runJobs(jobs: readonly Job[], stop: (verdict: Verdict) => boolean): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const waiting = [...jobs];
  let stopped = false;
  const core = async () => {
    for (let job = waiting.shift(); job !== undefined && !stopped; job = waiting.shift()) {
      const verdict = await run(job);
      verdicts.push(verdict);
      stopped ||= stop(verdict);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, core));
  return verdicts;
}

function run({ worker, runs, seed, path }: Job): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const args = [worker, String(runs), String(seed), ...(path === undefined ? [] : [path])];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let printed = "";
    let complaints = "";
    child.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      complaints += chunk.toString();
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(undefined);
      else if (code === 1 && printed !== "") resolve(printed);
      else reject(new Error(`the worker ended with ${code}: ${complaints}`));
    });
  });
}
