import { benchBundles } from "./bundles";
import { benchFunctionStart } from "./function-start";
import { benchGuardrails } from "./guardrails";
import { benchPlanCost } from "./plan-cost";
import { benchReview } from "./review";
import type { BenchRow } from "./row";
import { benchSynth } from "./synth";

/**
 * Prints every figure in one table. Fails only where something cannot be measured: figures depend
 * on the machine.
 */
async function main(): Promise<void> {
  const rows: BenchRow[] = [];
  for (const bench of [benchSynth, benchGuardrails, benchReview, benchBundles, benchFunctionStart, benchPlanCost]) {
    console.error(`${bench.name} …`);
    rows.push(...(await bench()));
  }
  print(rows);
}

function print(rows: readonly BenchRow[]): void {
  const table = [
    ["", "value", "unit", "baseline", "ratio", "target", ""],
    ...rows.map((row) => [
      row.name,
      figure(row.value),
      row.unit,
      figure(row.baseline),
      row.ratio === undefined ? "" : row.ratio.toFixed(2),
      row.target === undefined ? "" : `<= ${row.target}`,
      verdict(row),
    ]),
  ];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  for (const line of table) {
    const cells = line.map((cell, i) =>
      i === 0 || i === 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
    );
    console.log(cells.join("  ").trimEnd());
  }
}

function figure(value: number | undefined): string {
  if (value === undefined) return "";
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 100 ? 1 : 0);
}

function verdict({ value, ratio, target }: BenchRow): string {
  if (target === undefined) return "";
  return (ratio ?? value) <= target ? "ok" : "MISSED";
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
