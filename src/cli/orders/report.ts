import { type TerminalText, terminal } from "../../output/terminal";
import { because, isDone, type Revoked } from "./revoke";

/** One line for each key: what is confirmed dead, what is not, and what happens next. */
export function reportOf(revoked: Revoked): TerminalText {
  const { name, result, failure } = revoked;
  if (result === undefined)
    return terminal`${name}: NOTHING IS CONFIRMED. ${failure?.message ?? "It was not waited for an answer."}`;
  const { dead, alive, retained, successor } = result;
  const sentences = [isDone(revoked) ? "revoked." : "NOT FINISHED."];
  sentences.push(dead.length === 0 ? "No vendor key was left to revoke." : `Dead: ${dead.join(", ")}.`);
  if (alive.length > 0) sentences.push(`Alive, or not confirmed dead: ${alive.join(", ")}${because(result.reasons)}.`);
  else if (result.reasons.length > 0) sentences.push(`Not certain${because(result.reasons)}.`);
  if (retained.length > 0) sentences.push(`Left alone, because marked to be retained: ${retained.join(", ")}.`);
  if (successor !== undefined) sentences.push(`In use now: ${successor}.`);
  if (failure !== undefined) sentences.push(failure.message);
  if (!isDone(revoked)) sentences.push("The hourly sweep goes on with it, and so does the same command.");
  return terminal`${name}: ${sentences.join(" ")}`;
}
