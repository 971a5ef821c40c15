import { parseArgs } from "node:util";
import { removeFolders } from "../support";
import { bases } from "./bases";
import { runHarmless } from "./harmless";
import { runMutants, shrunk } from "./run";

/** `npm run review:mutants -- [--count N] [--seed S] [--harmless N] [--shrink]` */
const { values } = parseArgs({
  options: {
    count: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    harmless: { type: "string", default: "1000" },
    shrink: { type: "boolean", default: false },
  },
});

const started = performance.now();
const made = bases(values.only?.split(","));
const { missed, mutants, equal, reported, refused } = runMutants(made, Number(values.count), Number(values.seed));
for (const each of missed.slice(0, 40)) {
  console.error(`${each.how}: ${each.mutant.words} (${each.base.kind} of ${each.base.name}, seed ${each.seed})`);
}
const [first] = missed;
if (first !== undefined && values.shrink) console.error(shrunk(first));
console.log(
  `${mutants} mutants of ${made.length} bases: ${reported} reported, ${refused} refused, ${equal} equal, ${missed.length} missed ` +
    `(seed ${values.seed}, ${Math.round((performance.now() - started) / 1_000)} s)`,
);
const { edits, alarms } = runHarmless(Number(values.harmless), Number(values.seed));
for (const alarm of alarms.slice(0, 40)) console.error(`false alarm: ${alarm}`);
console.log(`${edits} harmless edits: ${alarms.length} taken for loosened`);
process.exitCode = missed.length + alarms.length === 0 ? 0 : 1;
removeFolders();
