import * as v from "valibot";
import { redact, shorten } from "../model/redact";
import { NotInTime } from "./status/look";

const EVIDENCE_MAX_LENGTH = 300;

/** What AWS said, in few words and without anything that looks like a secret. */
export function evidenceOf(error: unknown): string {
  return error instanceof Error ? redact(shorten(`${error.name}: ${error.message}`, EVIDENCE_MAX_LENGTH)) : "";
}

const REFUSALS: ReadonlySet<string> = new Set(["AccessDeniedException", "AccessDenied", "UnauthorizedOperation"]);

/** What could not be done, and why: the missing right where it is one. */
export function refusal(action: string, error: unknown): string {
  const name = error instanceof Error ? error.name : "";
  if (error instanceof NotInTime) return `${action}: ${error.message}`;
  return REFUSALS.has(name) ? `these credentials lack ${action}` : `${action}: ${evidenceOf(error)}`;
}

const missingSchema = v.object({ code: v.literal("ENOENT") });

/** A file, or a command, that is not there. */
export function isMissing(error: unknown): boolean {
  return v.is(missingSchema, error);
}
