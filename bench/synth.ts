import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { median } from "./median";
import type { BenchRow } from "./row";

export const KEYS = 1_000;
const ROUNDS = 5;
const TARGET_RATIO = 1.2;

const resultSchema = v.object({ declareMillis: v.number(), synthMillis: v.number(), peakBytes: v.number() });
export type Result = v.InferOutput<typeof resultSchema>;

/** Synthesis of 1,000 keys with the constructs against hand-written CDKTF code that renders the same, in turns. */
export async function benchSynth(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "bench-synth-"));
  try {
    const run = (which: "constructs" | "hand-written") => synthesise(which, join(folder, which));
    const rounds = Array.from({ length: ROUNDS }, (_, i) => {
      // In turns, and each first as often as the other.
      const first = i % 2 === 0 ? run("constructs") : undefined;
      const hand = run("hand-written");
      return { ours: first ?? run("constructs"), hand };
    });
    const configurations = ["constructs", "hand-written"].map((which) => configuration(join(folder, which)));
    if (!isDeepStrictEqual(configurations[0], configurations[1])) {
      throw new Error(
        "constructs and hand-written code render different configurations, so comparing them means nothing",
      );
    }
    const row = (name: string, unit: string, of: (result: Result) => number, target?: number): BenchRow => ({
      name: `${name}, ${KEYS} keys`,
      value: median(rounds.map(({ ours }) => of(ours))),
      unit,
      baseline: median(rounds.map(({ hand }) => of(hand))),
      ratio: median(rounds.map(({ ours, hand }) => of(ours) / of(hand))),
      ...(target === undefined ? {} : { target }),
    });
    return [
      row("synth", "ms", (result) => result.synthMillis, TARGET_RATIO),
      row("synth: declaring", "ms", (result) => result.declareMillis),
      row("synth: peak memory", "MB", (result) => result.peakBytes / 1e6),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function synthesise(which: string, outdir: string): Result {
  const script = join(__dirname, "fixtures", "synthesise.ts");
  const out = execFileSync(process.execPath, [...process.execArgv, script, which, String(KEYS), outdir], {
    encoding: "utf8",
  });
  return v.parse(resultSchema, JSON.parse(out));
}

/** Without CDKTF's own notes. */
function configuration(outdir: string): unknown {
  const text = readFileSync(join(outdir, "stacks", "ai-keys", "cdk.tf.json"), "utf8");
  return JSON.parse(text, (key, value: unknown) => (key === "//" ? undefined : value));
}

if (require.main === module) {
  benchSynth().then((rows) => console.table(rows));
}
