import { parseArgs } from "node:util";
import { chaos } from "./chaos";

/** `npm run chaos -- --runs 100000 --seed 1` */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { runs: { type: "string", default: "2000" }, seed: { type: "string", default: "1" } },
  });
  const started = performance.now();
  await chaos(Number(values.runs), Number(values.seed));
  console.log(
    `${values.runs} runs with seed ${values.seed}: all invariants held (${((performance.now() - started) / 1_000).toFixed(1)} s)`,
  );
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof Error && error.cause instanceof Error) console.error(error.cause.message);
  process.exitCode = 1;
});
