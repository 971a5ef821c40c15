/**
 * Whether plans compare the vendor with what was last applied.
 *
 * @example
 * new OpenRouterIssuer(stack, "openrouter", {
 *   adminKey: AdminKey.fromSecretName("ai/admin/openrouter"),
 *   drift: DriftDetection.off(),
 * });
 */
export class DriftDetection {
  /**
   * Each plan invokes the observer once: drift makes the plan non-empty, says what differs, and the
   * apply heals it.
   */
  public static atPlan(): DriftDetection {
    return new DriftDetection(true);
  }

  /**
   * For those who may not invoke functions when planning. Drift and half-done applies no longer
   * show in plans; the sweep still revokes what is due and enforces expiry.
   */
  public static off(): DriftDetection {
    return new DriftDetection(false);
  }

  private constructor(
    /** @internal */
    public readonly _atPlan: boolean,
  ) {}
}
