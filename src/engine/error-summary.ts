import { ScopedKeysRuntimeError } from "../model/errors";
import { redact, shorten } from "../model/redact";
import { VendorError } from "../model/vendor-error";

const REASON_MAX_LENGTH = 200;

/** Why something failed, for the ledger and the plan: one line, free of secrets. */
export function errorSummary(error: unknown): string {
  let text = "unknown";
  // Both are written for people; of others the name says more than the message.
  if (error instanceof ScopedKeysRuntimeError || error instanceof VendorError) text = error.message;
  else if (error instanceof Error) text = `${error.name}: ${error.message}`;
  return shorten(redact(text), REASON_MAX_LENGTH);
}
