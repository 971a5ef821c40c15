import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { comparison, inTurns } from "./in-turns";
import type { BenchRow } from "./row";
import { KEYS, synthesise } from "./synth";

const ROUNDS = 9;
const TARGET_RATIO = 1.1;

/** Synthesis of 1,000 keys under guardrails against the same without, in turns. */
export async function benchGuardrails(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "bench-guardrails-"));
  try {
    const run = (which: "constructs" | "guarded") => synthesise(which, join(folder, which));
    const rounds = inTurns(
      ROUNDS,
      () => run("guarded"),
      () => run("constructs"),
    );
    const manifest = readFileSync(join(folder, "guarded", "manifest.json"), "utf8");
    const named = [...manifest.matchAll(/readers-named:.*?and (\d+) more/g)].map(([, more]) => Number(more) + 20);
    if (named.join() !== String(KEYS)) throw new Error(`Guardrails judged ${named.join()} keys of ${KEYS}`);
    const of = `${KEYS} keys`;
    return [
      comparison(
        rounds,
        { name: `synth under guardrails, by one without, ${of}`, unit: "ms", target: TARGET_RATIO },
        (result) => result.synthMillis,
      ),
      comparison(
        rounds,
        { name: `synth under guardrails: peak memory, ${of}`, unit: "MB" },
        (result) => result.peakBytes / 1e6,
      ),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (require.main === module) {
  benchGuardrails().then((rows) => console.table(rows));
}
