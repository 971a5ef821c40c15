import { join } from "node:path";
import { runSeeds } from "../support/seeds";

runSeeds({
  name: "fuzz",
  worker: join(__dirname, "worker.ts"),
  what: "inputs",
  runs: 1_000_000,
  seeds: "1..8",
}).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
