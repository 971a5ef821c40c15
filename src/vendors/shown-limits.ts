import { defined } from "../model/defined";
import { AMOUNT_MAX, type Limits, SPEND_MAX_USD } from "../model/grant";
import type { Granted, OtherLimit } from "../model/granted";
import { SECONDS_PER_MINUTE } from "../model/units";

type Amounts = Exclude<keyof Limits, "spend">;
type Spend = NonNullable<Limits["spend"]>;

/**
 * What a vendor's 0 says of a limit; less than that is what tools write for none. `unset`: tools
 * write it for "no limit". `nothing`: nothing is let through.
 */
export type MeaningOfZero = "unset" | "nothing";

const REASONS: Readonly<Record<MeaningOfZero, string>> = {
  unset: 'it is what tools write for "no limit"',
  nothing: "a policy cannot say that nothing is let through",
};

/** Limits as a vendor shows them, told apart by whether a policy can say the same. */
export class ShownLimits {
  readonly #limits: { -readonly [name in keyof Limits]?: Limits[name] } = {};
  readonly #others: OtherLimit[] = [];

  /**
   * @param seconds window in which the vendor counts, of a limit that policies have by the minute
   */
  amount(of: Amounts, shown: string, amount: number | null | undefined, zero: MeaningOfZero, seconds?: number): this {
    if (amount == null) return this;
    if (amount <= 0) return this.#zero(of, shown, amount < 0 ? "unset" : zero);
    const sameWindow = seconds === undefined || seconds === SECONDS_PER_MINUTE;
    if (sameWindow && Number.isInteger(amount) && amount <= AMOUNT_MAX && this.#limits[of] === undefined) {
      this.#limits[of] = amount;
      return this;
    }
    const why = sameWindow ? `policies have whole numbers up to ${AMOUNT_MAX}` : "policies have it by the minute";
    return this.other({ of, shown, reason: why, within: { amount, seconds: seconds ?? SECONDS_PER_MINUTE } });
  }

  /**
   * @param per the period that a policy has for it; else `seconds`: its window, none of which is
   * altogether
   */
  budget(
    shown: string,
    usd: number | null | undefined,
    window: { readonly per: Spend["per"] } | { readonly seconds?: number | undefined },
    zero: MeaningOfZero,
  ): this {
    if (usd == null) return this;
    if (usd <= 0) return this.#zero("spend", shown, usd < 0 ? "unset" : zero);
    const per = "per" in window ? window.per : undefined;
    const cents = Math.abs(usd * 100 - Math.round(usd * 100)) < 1e-6 && usd >= 0.01 && usd <= SPEND_MAX_USD;
    if (per !== undefined && cents && this.#limits.spend === undefined) {
      this.#limits.spend = { usd, per };
      return this;
    }
    const reason =
      per === undefined
        ? "a policy has limits per day, week, month or in total"
        : cents
          ? "policies have one budget"
          : `policies have whole cents up to ${SPEND_MAX_USD} USD`;
    const seconds = "per" in window ? WINDOW_SECONDS[window.per] : window.seconds;
    return this.other({
      of: "spend",
      shown,
      reason,
      within: { amount: usd, ...defined({ seconds }) },
    });
  }

  other(other: OtherLimit): this {
    this.#others.push(other);
    return this;
  }

  get shown(): { readonly limits: Limits | null } & Pick<Granted, "others"> {
    return {
      limits: Object.keys(this.#limits).length === 0 ? null : this.#limits,
      ...(this.#others.length === 0 ? {} : { others: this.#others }),
    };
  }

  #zero(of: keyof Limits, shown: string, zero: MeaningOfZero): this {
    return this.other({ of, shown, reason: REASONS[zero], ...(zero === "unset" ? { unset: true } : {}) });
  }
}

/** A month at its longest. */
export const WINDOW_SECONDS: Readonly<Record<Spend["per"], number | undefined>> = {
  day: 86_400,
  week: 604_800,
  month: 31 * 86_400,
  lifetime: undefined,
};
