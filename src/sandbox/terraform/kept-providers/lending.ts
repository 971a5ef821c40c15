import * as v from "valibot";
import { whenEnded } from "../../processes/running";
import type { KeptProviders } from "./kept-providers";

/** `ProviderWanted`, as a call of the guard asks its run for it. */
export const lendingRequestSchema = v.object({
  binary: v.string(),
  folder: v.string(),
  /** The process that becomes Terraform; with it the loan ends. */
  pid: v.number(),
  environment: v.record(v.string(), v.string()),
});
export type LendingRequest = v.InferOutput<typeof lendingRequestSchema>;

/** @returns what leads that call to its provider; undefined where it is to start its own. */
export async function lendProvider(
  providers: KeptProviders,
  { pid, ...wanted }: LendingRequest,
): Promise<Readonly<Record<string, string>> | undefined> {
  const lent = await providers.lend(wanted);
  if (lent === undefined) return undefined;
  whenEnded(pid, () => lent.release());
  return lent.environment;
}
