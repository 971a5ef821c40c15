import type { GuardrailSeverity } from "../../src/model/guardrail-rules";

/**
 * What a broken guardrail does to the synthesis.
 *
 * @example
 * Guardrail.readersNamed().withSeverity(Severity.WARNING);
 */
export class Severity {
  /** It fails. */
  public static readonly ERROR = new Severity("error");
  /** It says so. */
  public static readonly WARNING = new Severity("warning");
  /** It mentions it. */
  public static readonly INFO = new Severity("info");

  /** @internal */
  public static _of(severity: GuardrailSeverity): Severity {
    return { error: Severity.ERROR, warning: Severity.WARNING, info: Severity.INFO }[severity];
  }

  private constructor(
    /** @internal */
    public readonly _value: GuardrailSeverity,
  ) {}

  /** `error`, `warning` or `info`. */
  public toString(): string {
    return this._value;
  }
}
