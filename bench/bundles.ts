import { vendorDescriptors } from "../src/vendors/descriptors";
import { naiveBundle, publishedBundle, ROLES } from "./fixtures/bundles";
import type { BenchRow } from "./row";

const LIMIT_BYTES = 500_000;

/**
 * Minified size of each vendor's functions against the limit, and of one vendor's against what
 * esbuild makes by itself.
 */
export async function benchBundles(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const { id, displayName } of vendorDescriptors) {
    for (const role of ROLES) {
      const bytes = publishedBundle(role, id).length;
      rows.push({
        name: `bundle of the ${role} for ${displayName}, by the limit`,
        value: bytes / 1e3,
        unit: "KB",
        baseline: LIMIT_BYTES / 1e3,
        ratio: bytes / LIMIT_BYTES,
        target: 1,
      });
    }
  }
  for (const role of ROLES) {
    const bytes = publishedBundle(role).length;
    const naive = (await naiveBundle(role)).length;
    rows.push({
      name: `bundle of the ${role}, by the naive one`,
      value: bytes / 1e3,
      unit: "KB",
      baseline: naive / 1e3,
      ratio: bytes / naive,
    });
  }
  return rows;
}
