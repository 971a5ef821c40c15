import { defined } from "../../src/model/defined";
import type { Limits, SPEND_PERIODS } from "../../src/model/grant";

/**
 * How much a key may spend at its vendor, in US dollars and whole cents; the vendor refuses calls
 * beyond it.
 *
 * @example
 * Spend.perMonth(50);
 */
export class Spend {
  /** @param usd US dollars a day in whole cents, as the vendor's day runs */
  public static perDay(usd: number): Spend {
    return new Spend(usd, "day");
  }

  /** @param usd US dollars a week in whole cents, as the vendor's week runs */
  public static perWeek(usd: number): Spend {
    return new Spend(usd, "week");
  }

  /** @param usd US dollars a month in whole cents, as the vendor's month runs */
  public static perMonth(usd: number): Spend {
    return new Spend(usd, "month");
  }

  /** Never starts anew for one vendor key; a rotation's successor begins at zero. */
  public static lifetime(usd: number): Spend {
    return new Spend(usd, "lifetime");
  }

  private constructor(
    /** @internal */
    public readonly _usd: number,
    /** @internal */
    public readonly _per: (typeof SPEND_PERIODS)[number],
  ) {}
}

/** How much a key may do, where its vendor enforces it per key. At least one. */
export interface LimitProps {
  /** @default - not limited by the key */
  readonly requestsPerMinute?: number;
  /** @default - not limited by the key */
  readonly tokensPerMinute?: number;
  /**
   * Characters of text a month, or what the vendor counts in their place.
   * @default - not limited by the key
   */
  readonly charactersPerMonth?: number;
  /** @default - not limited by the key */
  readonly spend?: Spend;
}

/** @internal as the policy has it */
export function limitsOf({ requestsPerMinute, tokensPerMinute, charactersPerMonth, spend }: LimitProps): Limits {
  return {
    ...defined({ requestsPerMinute, tokensPerMinute, charactersPerMonth }),
    ...(spend === undefined ? {} : { spend: { usd: spend._usd, per: spend._per } }),
  };
}
