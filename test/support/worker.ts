/** What a worker prints of a property that does not hold, and how it ends. */
export function runWorker(work: (runs: number, seed: number, path?: string) => Promise<void>): void {
  const [runs, seed, path] = process.argv.slice(2);
  work(Number(runs), Number(seed), path).catch((error: unknown) => {
    for (let cause: unknown = error; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) {
      console.log(cause instanceof Error ? cause.message : String(cause));
    }
    process.exitCode = 1;
  });
}
