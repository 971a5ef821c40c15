import { VendorError } from "../model/vendor-error";
import type { VerifyResult } from "../model/verify-result";
import { type Answer, type Dialect, failure } from "./exchange";

/**
 * One form in which a vendor says for certain that it does not know a key, or that the key has
 * ended. What is given has to fit.
 */
export interface KeyWords {
  readonly statuses: readonly number[];
  /** Of the error envelope. */
  readonly code?: RegExp;
  readonly message?: RegExp;
}

/**
 * Whether a refusal is in one of those forms. A status alone is none: a proxy, a region or a budget
 * refuses with the same.
 */
export function isSaid(forms: readonly KeyWords[], { status, code, message }: Answer): boolean {
  return forms.some(
    (form) =>
      form.statuses.includes(status) &&
      (form.code !== undefined || form.message !== undefined) &&
      (form.code?.test(code) ?? true) &&
      (form.message?.test(message) ?? true),
  );
}

/**
 * `refused` where the vendor says for certain that it does not know the key. Throws where its
 * answer is no verdict.
 */
export function refusal(
  dialect: Dialect,
  unknownKey: readonly KeyWords[],
  endpoint: string,
  answer: Answer,
): VerifyResult {
  if (!isSaid(unknownKey, answer)) throw noVerdict(dialect, endpoint, answer);
  const { displayName } = dialect;
  const evidence = `${displayName} refuses the key: ${answer.status} to ${endpoint}: ${answer.message || answer.code}`;
  return { outcome: "refused", evidence, scopeProven: false };
}

/**
 * An answer that says nothing certain of the key that was sent: a region, a bill, a budget, an
 * account, a proxy. It holds the vendor's words.
 */
export function noVerdict(dialect: Dialect, endpoint: string, answer: Answer): VendorError {
  const failed = failure(dialect, endpoint, answer);
  // A pause, or another attempt, is what helps.
  if (failed.kind === "throttled" || failed.kind === "unavailable") return failed;
  const { status, message } = answer;
  const words = message === "" ? `: no words of ${dialect.displayName}'s` : "";
  return new VendorError("no_verdict", endpoint, `${failed.message}${words}`, { status });
}

/**
 * A second call contradicts the first, which showed that the vendor knows the key: as vendors do
 * whose parts learn of a key one by one.
 */
export function contradiction(dialect: Dialect, endpoint: string, answer: Answer): VendorError {
  const { displayName } = dialect;
  const words = answer.message === "" ? `no words of ${displayName}'s` : answer.message;
  const why = `${displayName} knows the key, and answers ${answer.status} to ${endpoint}, which says nothing of what it may do: ${words}`;
  return new VendorError("no_verdict", endpoint, why, { status: answer.status });
}

/** A value that no header can carry. */
export function noKey({ displayName }: Pick<Dialect, "displayName">): VerifyResult {
  const evidence = `${displayName} refuses the key: the value holds characters that no key has`;
  return { outcome: "refused", evidence, scopeProven: false };
}
