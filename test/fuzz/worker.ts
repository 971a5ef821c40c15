import { runWorker } from "../support/worker";
import { fuzz } from "./fuzz";

/** `node worker.js RUNS SEED [DOOR/PATH]` */
runWorker(fuzz);
