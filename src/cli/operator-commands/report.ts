import type { RevokeResult } from "../../model/events";
import { type TerminalText, terminal } from "../../output/terminal";
import { because, changedNothing, isDone, type Revoked } from "./revoke";

/** One line for each key: what is confirmed dead, what is not, and what happens next. */
export function reportOf(revoked: Revoked): TerminalText {
  const { name, result, failure } = revoked;
  if (changedNothing(revoked)) return terminal`${name}: NOTHING WAS CHANGED. ${failure?.message ?? ""}`;
  if (result === undefined)
    return terminal`${name}: NOTHING IS CONFIRMED. ${failure?.message ?? "Stopped before an answer arrived."}`;
  const { dead, alive, retained, successor } = result;
  const sentences = [isDone(revoked) ? headline(retained) : "NOT FINISHED."];
  if (result.accountGone !== undefined)
    sentences.push(`No vendor key had to be revoked: ${result.accountGone}, so none can work.`);
  sentences.push(dead.length === 0 ? "There was no vendor key left to revoke." : `Dead: ${dead.join(", ")}.`);
  for (const { keyIds, why } of byReason(result.untried ?? []))
    sentences.push(`Not tested with a real call: ${keyIds.join(", ")}, no longer on the vendor's list (${why}).`);
  for (const { keyId, until } of result.revoked ?? [])
    sentences.push(`${keyId} is revoked, and may work until ${until}.`);
  if (alive.length > 0) sentences.push(`Alive, or not confirmed dead: ${alive.join(", ")}${because(result.reasons)}.`);
  else if (result.reasons.length > 0) sentences.push(`Not certain${because(result.reasons)}.`);
  sentences.push(...retained.map((keyId) => notDead(keyId, result.marks)));
  if (successor !== undefined) sentences.push(`In use now: ${successor}.`);
  if (failure !== undefined) sentences.push(failure.message);
  if (!isDone(revoked)) sentences.push("The hourly sweep continues the work, and so does the same command.");
  return terminal`${name}: ${sentences.join(" ")}`;
}

function byReason(untried: NonNullable<RevokeResult["untried"]>): Array<{ keyIds: string[]; why: string }> {
  const reasons = new Set(untried.map(({ why }) => why));
  return [...reasons].map((why) => ({
    keyIds: untried.filter((each) => each.why === why).map(({ keyId }) => keyId),
    why,
  }));
}

function headline(retained: readonly string[]): string {
  return retained.length === 0 ? "revoked." : "NOT ALL ARE DEAD.";
}

/** The mark says no more than what was written down with it. */
function notDead(keyId: string, marks: RevokeResult["marks"]): string {
  const { since, by } = marks?.find((mark) => mark.keyId === keyId) ?? {};
  if (since === undefined) return `Not dead: ${keyId}, retained; the mark does not say since when or by whom.`;
  const whom = by === undefined ? "an unknown operator (the command did not name one)" : `${by} (claimed)`;
  return `Not dead: ${keyId}, retained since ${since} by ${whom}.`;
}
