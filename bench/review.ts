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

/** `scoped-keys review` of a plan with 1,000 keys in the state, of which one is new: the built command in a process of its own. */
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
    writeFileSync(plan, JSON.stringify(planBetween(synthesised(KEYS - 1), synthesised(KEYS))));
    const bin = join(__dirname, "..", "bin", "scoped-keys.js");
    const millis = Array.from({ length: ROUNDS }, () => {
      const startedAt = process.hrtime.bigint();
      const told = execFileSync(process.execPath, [bin, "review", plan], { encoding: "utf8" });
      if (!told.startsWith("1 issued")) throw new Error(`The review says something else:\n${told.slice(0, 500)}`);
      return Number(process.hrtime.bigint() - startedAt) / 1e6;
    });
    return [{ name: `review of a plan, ${KEYS} keys`, value: median(millis), unit: "ms", target: TARGET_MILLIS }];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (require.main === module) {
  benchReview().then((rows) => console.table(rows));
}
