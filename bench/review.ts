import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planBetween } from "../test/review/plan";
import { median } from "./median";
import type { BenchRow } from "./row";

const KEYS = 1_000;
const ROUNDS = 5;
const TARGET_MILLIS = 2_000;

/**
 * `scoped-keys review` of 1,000 keys, of which one is new, in a plan and in two folders: the built
 * command in a process of its own.
 */
export async function benchReview(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "bench-review-"));
  try {
    const synthesised = (count: number): string => {
      const outdir = join(folder, String(count));
      const script = join(__dirname, "fixtures", "synthesise.ts");
      execFileSync(process.execPath, [...process.execArgv, script, "constructs", String(count), outdir]);
      return outdir;
    };
    const plan = join(folder, "plan.json");
    const folders = [synthesised(KEYS - 1), synthesised(KEYS)] as const;
    writeFileSync(plan, JSON.stringify(planBetween(...folders)));
    const bin = join(__dirname, "..", "bin", "scoped-keys.js");
    const row = (what: string, names: readonly string[]): BenchRow => {
      const millis = Array.from({ length: ROUNDS }, () => {
        const startedAt = process.hrtime.bigint();
        const told = execFileSync(process.execPath, [bin, "review", ...names], { encoding: "utf8" });
        if (!told.startsWith("1 issued")) throw new Error(`The review says something else:\n${told.slice(0, 500)}`);
        return Number(process.hrtime.bigint() - startedAt) / 1e6;
      });
      return { name: `review of ${what}, ${KEYS} keys`, value: median(millis), unit: "ms", target: TARGET_MILLIS };
    };
    return [row("a plan", [plan]), row("two folders", folders)];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (require.main === module) {
  benchReview().then((rows) => console.table(rows));
}
