import { chaos } from "./chaos";

/** `node worker.js RUNS SEED [PATH]`: prints nothing where all held, else the counterexample, and ends with 1. */
async function main([runs, seed, path]: readonly string[]): Promise<void> {
  await chaos(Number(runs), Number(seed), path);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const why = error instanceof Error && error.cause instanceof Error ? `\n${error.cause.message}` : "";
  console.log(`${error instanceof Error ? error.message : String(error)}${why}`);
  process.exitCode = 1;
});
