import { shorten } from "../../model/redact";

const REASON_MAX_LENGTH = 300;

/**
 * Something is missing that could not be installed; the message is one sentence that says what to
 * install.
 */
export class ToolchainError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ToolchainError";
  }
}

/** The reason of a failure as a clause without a full stop. */
export function reasonOf(error: unknown): string {
  const cause = member(error, "cause");
  const parts = [messageOf(error), cause === undefined ? undefined : (codeOf(cause) ?? messageOf(cause))];
  const text = parts.filter((part) => part !== undefined).join(": ");
  return shorten(text.replace(/[.\s]+$/, "").replace(/[.!?](?=\s)/g, ";"), REASON_MAX_LENGTH);
}

/** `ENOENT`, `ECONNREFUSED`, … of an error of the system. */
export function codeOf(error: unknown): string | undefined {
  const code = member(error, "code");
  return typeof code === "string" ? code : undefined;
}

function messageOf(error: unknown): string {
  const message = member(error, "message");
  return typeof message === "string" ? message : String(error);
}

// Not `instanceof`: an error of Node's own modules can come from another realm than ours.
function member(error: unknown, name: string): unknown {
  return typeof error === "object" && error !== null && name in error ? Reflect.get(error, name) : undefined;
}
