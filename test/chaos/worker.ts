import { runWorker } from "../support/worker";
import { chaos } from "./chaos";

/**
 * `node worker.js RUNS SEED [PATH]`: prints nothing where all held, else the counterexample, and
 * ends with 1.
 */
runWorker(chaos);
