import { randomUUID } from "node:crypto";
import { LATEST, SWEEP_ALIAS } from "../src/model/doors";
import { SWEEP_EVENT } from "../src/model/events";
import { EMPTY_HANDLER, naiveBundle, publishedBundle, type Role } from "./fixtures/bundles";
import { FunctionHost } from "./fixtures/function-host";
import { median } from "./median";
import type { BenchRow } from "./row";

const ROUNDS = { cold: 25, warm: 300, warmUp: 50 };

/** The least that each function does with everything connected. */
const CALLS: Readonly<Record<Role, { readonly what: string; readonly qualifier: string; readonly event: unknown }>> = {
  controller: { what: "sweep of an empty ledger", qualifier: SWEEP_ALIAS, event: SWEEP_EVENT },
  observer: { what: "plan without keys", qualifier: LATEST, event: { action: "observe", keys: {} } },
};

/**
 * Cold start and warm invocation in the sandbox's Lambda host, beside an empty handler and the
 * naive bundle, in turns.
 */
export async function benchFunctionStart(count: typeof ROUNDS = ROUNDS): Promise<BenchRow[]> {
  const host = await FunctionHost.start();
  try {
    const rows: BenchRow[] = [];
    for (const role of ["controller", "observer"] as const) {
      const { what, qualifier, event } = CALLS[role];
      const variants = [publishedBundle(role), await naiveBundle(role), EMPTY_HANDLER].map((code, i) =>
        host.function(`${role}-${i}`, qualifier, code),
      );
      const measure = async (rounds: number, fresh: boolean): Promise<number[][]> => {
        const results: number[][] = [];
        for (let round = 0; round < rounds; round++) {
          const millis: number[] = [];
          for (const spec of variants) {
            millis.push(await host.invoke(fresh ? { ...spec, revision: randomUUID() } : spec, event));
          }
          results.push(millis);
        }
        return results;
      };
      const cold = await measure(count.cold, true);
      const warm = (await measure(count.warmUp + count.warm, false)).slice(count.warmUp);
      for (const [kind, rounds] of [
        ["cold start", cold],
        ["warm", warm],
      ] as const) {
        const of = (variant: number) => median(rounds.map((millis) => millis[variant] ?? Number.NaN));
        const beside = (variant: number) =>
          median(rounds.map((millis) => (millis[0] ?? Number.NaN) / (millis[variant] ?? Number.NaN)));
        const name = `${kind} of the ${role} (${what})`;
        rows.push(
          { name: `${name}, by an empty handler`, value: of(0), unit: "ms", baseline: of(2), ratio: beside(2) },
          { name: `${name}, by the naive bundle`, value: of(0), unit: "ms", baseline: of(1), ratio: beside(1) },
        );
      }
    }
    return rows;
  } finally {
    await host.stop();
  }
}
