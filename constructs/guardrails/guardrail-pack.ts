import { Duration } from "../duration";
import { Guardrail } from "./guardrail";
import { Severity } from "./severity";

/**
 * Guardrails that belong together.
 *
 * @example
 * KeyGuardrails.of(stack).addPack(GuardrailPack.recommended().without("keyless-preferred"));
 */
export class GuardrailPack {
  /**
   * What hardly anybody has a reason to break, as errors; what takes time to get right, as
   * warnings.
   */
  public static recommended(): GuardrailPack {
    return new GuardrailPack([
      Guardrail.expiryMaximum(Duration.days(180)),
      Guardrail.rotationMaximum(Duration.days(90)),
      Guardrail.overlapBounds({ max: Duration.days(7) }).withSeverity(Severity.WARNING),
      Guardrail.noWildcardScopes(),
      Guardrail.noAdminScopes(),
      Guardrail.spendLimitRequired().withSeverity(Severity.WARNING),
      Guardrail.rateLimitRequired().withSeverity(Severity.WARNING),
      Guardrail.readersNamed().withSeverity(Severity.WARNING),
      Guardrail.noForeignReaders(),
      Guardrail.keylessPreferred(),
      Guardrail.noSharedKeys(),
      Guardrail.adminKeyApart("production"),
    ]);
  }

  /**
   * For environments that matter: shorter lives, limits, readers and KMS keys required, no
   * replicas.
   */
  public static strict(): GuardrailPack {
    return new GuardrailPack([
      Guardrail.expiryMaximum(Duration.days(45)),
      Guardrail.rotationMaximum(Duration.days(30)),
      Guardrail.overlapBounds({ min: Duration.minutes(10), max: Duration.days(2) }),
      Guardrail.noWildcardScopes(),
      Guardrail.noAdminScopes(),
      Guardrail.spendLimitRequired(),
      Guardrail.rateLimitRequired(),
      Guardrail.readersNamed(),
      Guardrail.declaredReadersOnly(),
      Guardrail.noForeignReaders(),
      Guardrail.kmsKeyRequired(),
      Guardrail.replicasAllowed(),
      Guardrail.keylessPreferred().withSeverity(Severity.WARNING),
      Guardrail.noSharedKeys(),
      Guardrail.adminKeyApart("production"),
    ]);
  }

  private constructor(public readonly guardrails: readonly Guardrail[]) {}

  /**
   * The pack without one of its guardrails, e.g. to declare that one with another parameter. An id
   * that is not in it changes nothing.
   */
  public without(id: string): GuardrailPack {
    return new GuardrailPack(this.guardrails.filter((guardrail) => guardrail.id !== id));
  }
}
