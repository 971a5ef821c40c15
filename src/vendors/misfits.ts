import type { VerifyResult } from "../model/verify-result";

/**
 * What a look says of a key that lives and is not as declared.
 * @param known how the vendor showed that it lives, as a clause
 */
export function misfits(known: string): Readonly<Record<"wider" | "narrower", (evidence: string) => VerifyResult>> {
  const told = (outcome: "wider" | "narrower") => (evidence: string) => ({
    outcome,
    evidence: `${known}, but ${evidence}`,
    scopeProven: true,
  });
  return { wider: told("wider"), narrower: told("narrower") };
}
