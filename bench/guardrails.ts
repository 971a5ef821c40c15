import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "./median";
import type { BenchRow } from "./row";
import { KEYS, type Result, synthesise } from "./synth";

const ROUNDS = 9;
const TARGET_RATIO = 1.1;

/** Synthesis of 1,000 keys under guardrails against the same without, in turns. */
export async function benchGuardrails(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "bench-guardrails-"));
  try {
    const run = (which: "constructs" | "guarded") => synthesise(which, join(folder, which));
    const rounds = Array.from({ length: ROUNDS }, (_, i) => {
      // In turns, and each first as often as the other.
      const first = i % 2 === 0 ? run("guarded") : undefined;
      const plain = run("constructs");
      return { guarded: first ?? run("guarded"), plain };
    });
    const manifest = readFileSync(join(folder, "guarded", "manifest.json"), "utf8");
    const named = [...manifest.matchAll(/readers-named:.*?and (\d+) more/g)].map(([, more]) => Number(more) + 20);
    if (named.join() !== String(KEYS)) throw new Error(`Guardrails judged ${named.join()} keys of ${KEYS}`);
    const row = (name: string, unit: string, of: (result: Result) => number, target?: number): BenchRow => ({
      name: `${name}, ${KEYS} keys`,
      value: median(rounds.map(({ guarded }) => of(guarded))),
      unit,
      baseline: median(rounds.map(({ plain }) => of(plain))),
      ratio: median(rounds.map(({ guarded, plain }) => of(guarded) / of(plain))),
      ...(target === undefined ? {} : { target }),
    });
    return [
      row("synth under guardrails, by one without", "ms", (result) => result.synthMillis, TARGET_RATIO),
      row("synth under guardrails: peak memory", "MB", (result) => result.peakBytes / 1e6),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (require.main === module) {
  benchGuardrails().then((rows) => console.table(rows));
}
