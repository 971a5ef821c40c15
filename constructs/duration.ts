import { describeSeconds, SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE } from "../src/model/units";

/**
 * A length of time. Whether it is allowed is judged where it is used, so that the error can name
 * the construct.
 *
 * @example
 * Duration.days(7);
 */
export class Duration {
  /** @param amount whole days, at least 0 */
  public static days(amount: number): Duration {
    return new Duration(amount, SECONDS_PER_DAY);
  }

  /** @param amount whole hours, at least 0 */
  public static hours(amount: number): Duration {
    return new Duration(amount, SECONDS_PER_HOUR);
  }

  /** @param amount whole minutes, at least 0 */
  public static minutes(amount: number): Duration {
    return new Duration(amount, SECONDS_PER_MINUTE);
  }

  /** @param amount whole seconds, at least 0 */
  public static seconds(amount: number): Duration {
    return new Duration(amount, 1);
  }

  private constructor(
    /** @internal as given: the product with the unit would hide a token */
    public readonly _amount: number,
    private readonly unitSeconds: number,
  ) {}

  /** Seconds. */
  public toSeconds(): number {
    return this._amount * this.unitSeconds;
  }

  /** "7 days", "36 hours": the largest unit that divides the length. */
  public toString(): string {
    return describeSeconds(this.toSeconds());
  }
}
