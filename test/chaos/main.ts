import { join } from "node:path";
import { runSeeds } from "../support/seeds";

runSeeds({
  name: "chaos",
  worker: join(__dirname, "worker.ts"),
  what: "lives of a key",
  runs: 2_000,
  seeds: "1..2",
}).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
