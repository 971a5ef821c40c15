import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { comparison, inTurns } from "./in-turns";
import type { BenchRow } from "./row";

export const KEYS = 1_000;
const ROUNDS = 5;
const TARGET_RATIO = 1.2;

const resultSchema = v.object({ declareMillis: v.number(), synthMillis: v.number(), peakBytes: v.number() });
type Result = v.InferOutput<typeof resultSchema>;

/**
 * Synthesis of 1,000 keys with the constructs against hand-written CDKTF code that renders the
 * same, in turns.
 */
export async function benchSynth(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "bench-synth-"));
  try {
    const run = (which: "constructs" | "hand-written") => synthesise(which, join(folder, which));
    const rounds = inTurns(
      ROUNDS,
      () => run("constructs"),
      () => run("hand-written"),
    );
    const configurations = ["constructs", "hand-written"].map((which) => configuration(join(folder, which)));
    if (!isDeepStrictEqual(configurations[0], configurations[1])) {
      throw new Error(
        "constructs and hand-written code render different configurations, so comparing them means nothing",
      );
    }
    const of = `${KEYS} keys`;
    return [
      comparison(rounds, { name: `synth, ${of}`, unit: "ms", target: TARGET_RATIO }, (result) => result.synthMillis),
      comparison(rounds, { name: `synth: declaring, ${of}`, unit: "ms" }, (result) => result.declareMillis),
      comparison(rounds, { name: `synth: peak memory, ${of}`, unit: "MB" }, (result) => result.peakBytes / 1e6),
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
