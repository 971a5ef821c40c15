import type { IConstruct } from "../terraform";

/** One guardrail that one key need not keep, for a time. */
export interface GuardrailExceptionProps {
  /** Id of the guardrail, e.g. `spend-limit-required`. */
  readonly rule: string;
  /**
   * Name of the key's secret, e.g. `ai-keys/openai/summariser`; of guardrails on issuers: the
   * issuer's prefix.
   */
  readonly key: string;
  /** Why the key cannot keep it yet. */
  readonly reason: string;
  /** E-mail address of who answers for it. */
  readonly approver: string;
  /** Last day on which it holds, UTC: `2027-03-31`. On the next one the synthesis fails. */
  readonly until: string;
}

/** @internal An exception and where it is declared. */
export interface Exemption extends GuardrailExceptionProps {
  readonly declaredAt: IConstruct;
}
