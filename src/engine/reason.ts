import { ScopedKeysRuntimeError } from "../model/errors";
import { redact, shorten } from "../model/redact";

const REASON_MAX_LENGTH = 200;

/** Why something failed, for the ledger and the plan: one line, free of secrets. */
export function reasonOf(error: unknown): string {
  const text =
    error instanceof Error
      ? error instanceof ScopedKeysRuntimeError
        ? error.message
        : `${error.name}: ${error.message}`
      : "unknown";
  return shorten(redact(text), REASON_MAX_LENGTH);
}
