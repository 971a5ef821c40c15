import { naiveBundle, publishedBundle, ROLES } from "./fixtures/bundles";
import type { BenchRow } from "./row";

const LIMIT_BYTES = 500_000;

/** Minified size of each function's bundle, against the limit and against what esbuild makes by itself. */
export async function benchBundles(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const role of ROLES) {
    const bytes = publishedBundle(role).length;
    const naive = (await naiveBundle(role)).length;
    rows.push(
      {
        name: `bundle of the ${role}, by the limit`,
        value: bytes / 1e3,
        unit: "KB",
        baseline: LIMIT_BYTES / 1e3,
        ratio: bytes / LIMIT_BYTES,
        target: 1,
      },
      {
        name: `bundle of the ${role}, by the naive one`,
        value: bytes / 1e3,
        unit: "KB",
        baseline: naive / 1e3,
        ratio: bytes / naive,
      },
    );
  }
  return rows;
}
