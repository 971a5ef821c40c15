import { fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { removeFolders } from "../support";
import { bases } from "./bases";
import { runHarmless } from "./harmless";
import { type Figures, runMutants, shrunk } from "./run";

/**
 * `npm run review:mutants -- [--count N] [--seed S] [--only BASES] [--harmless N] [--jobs N]
 * [--shrink]`. A seed makes the same mutants, however many processes share them.
 */
const { values } = parseArgs({
  options: {
    count: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    harmless: { type: "string", default: "1000" },
    jobs: { type: "string", default: String(availableParallelism()) },
    shrink: { type: "boolean", default: false },
    /** Of a process that runs a part: which. */
    part: { type: "string" },
  },
});

/** What a process tells of its part. */
type Told = Omit<Figures, "missed"> & { readonly bases: number; readonly missed: readonly string[] };

function told(part: number, parts: number): Told {
  const made = bases(values.only?.split(","));
  const { missed, ...figures } = runMutants(made, Number(values.count), Number(values.seed), { part, parts });
  const [first] = missed;
  if (first !== undefined && values.shrink) console.error(shrunk(first));
  const words = missed.map(
    ({ how, mutant, base, seed }) => `${how}: ${mutant.words} (${base.kind} of ${base.name}, seed ${seed})`,
  );
  return { ...figures, bases: made.length, missed: words };
}

async function toldBy(part: number): Promise<Told> {
  const child = fork(__filename, [...process.argv.slice(2), "--part", String(part)]);
  const [answer] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => {
      throw new Error(`part ${part} ended with ${code}`);
    }),
  ]);
  return answer as Told;
}

async function main(): Promise<void> {
  const jobs = Number(values.jobs);
  const started = performance.now();
  const all = await Promise.all(Array.from({ length: jobs }, (_, part) => toldBy(part)));
  const sum = (name: "mutants" | "reported" | "refused" | "equal") => all.reduce((n, each) => n + each[name], 0);
  const missed = all.flatMap((each) => each.missed);
  for (const each of missed.slice(0, 40)) console.error(each);
  console.log(
    `${sum("mutants")} mutants of ${all[0]?.bases} bases: ${sum("reported")} reported, ${sum("refused")} refused, ${sum("equal")} equal, ` +
      `${missed.length} missed (seed ${values.seed}, ${Math.round((performance.now() - started) / 1_000)} s)`,
  );
  const { edits, alarms } = runHarmless(Number(values.harmless), Number(values.seed));
  for (const alarm of alarms.slice(0, 40)) console.error(`false alarm: ${alarm}`);
  console.log(`${edits} harmless edits: ${alarms.length} taken for loosened`);
  process.exitCode = missed.length + alarms.length === 0 ? 0 : 1;
}

if (values.part === undefined) {
  main().finally(removeFolders);
} else {
  const answer = told(Number(values.part), Number(values.jobs));
  removeFolders();
  process.send?.(answer, () => process.disconnect());
}
