import type { Duration } from "../duration";

/** Of a key that is replaced again and again. */
export interface RotatingLifetimeProps {
  /** Interval between rotations: 4 to 23 whole hours, or 1 to 1,000 whole days. */
  readonly every: Duration;
  /**
   * How long the superseded vendor key stays valid after its successor is promoted. Shorter than
   * `every`.
   */
  readonly overlap: Duration;
  /**
   * Life of one vendor key from its issue, enforced by the vendor: if rotation ever stops, keys die
   * by themselves. At least `every`, `overlap` and a margin for retries together.
   */
  readonly expiry: Duration;
}

/** Of a key that ends and is not replaced. */
export interface ExpiringLifetimeProps {
  /** Life of the vendor key from its issue. */
  readonly after: Duration;
}

/**
 * How long a key's vendor keys live and when they are replaced.
 *
 * @example
 * Lifetime.rotating({
 *   every: Duration.days(7),
 *   overlap: Duration.hours(24),
 *   expiry: Duration.days(10),
 * });
 * Lifetime.expiring({ after: Duration.days(30) });
 */
export class Lifetime {
  /** A new vendor key at each interval. Renders `aws_secretsmanager_secret_rotation`. */
  public static rotating(props: RotatingLifetimeProps): Lifetime {
    return new Lifetime(props.every, props.overlap, props.expiry);
  }

  /** One vendor key that dies at its expiry and is not replaced. Renders no rotation. */
  public static expiring(props: ExpiringLifetimeProps): Lifetime {
    return new Lifetime(undefined, undefined, props.after);
  }

  private constructor(
    /** @internal undefined: not rotated */
    public readonly _every: Duration | undefined,
    /** @internal undefined: not rotated */
    public readonly _overlap: Duration | undefined,
    /** @internal */
    public readonly _expiry: Duration,
  ) {}
}
