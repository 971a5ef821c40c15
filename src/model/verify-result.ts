/**
 * What real calls with a key showed. Whatever else the vendor answers is no verdict, and thrown.
 * `works`: the vendor knows the key, what is inside the scopes is let through, and what is outside
 * is refused. `refused`: the vendor says in its own words, and not by a status alone, that it does
 * not know the key, or that the key has ended. `wider`: the key lives, and a call outside of its
 * grant is let through, whatever it lacks besides. `narrower`: the key lives, a call inside of its
 * grant is refused, and none outside was let through.
 */
export interface VerifyResult {
  readonly outcome: "works" | "refused" | "wider" | "narrower";
  /** One sentence, free of secrets. */
  readonly evidence: string;
  /** Whether a call outside the scopes was made and refused; false where no such call is known. */
  readonly scopeProven: boolean;
}
