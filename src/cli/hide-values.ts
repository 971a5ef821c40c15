import { KEY_PREFIXES } from "../model/key-formats";
import { isPresentable, withoutValues } from "../model/key-value";

/** Shorter ones are words, and would blot out half of a message. */
const ARGUMENT_MIN = 8;

/**
 * A message for the terminal without what could be a key's value: somebody may have typed one in
 * the place of a key's name, and messages quote what was given.
 * @param given arguments of the program
 */
export function hideValues(message: string, given: readonly string[]): string {
  const hidden = given
    .flatMap((argument) => [argument, argument.slice(argument.indexOf("=") + 1)])
    .filter((argument) => argument.length >= ARGUMENT_MIN && !isPresentable(argument, KEY_PREFIXES))
    .flatMap((argument) => [argument, JSON.stringify(argument).slice(1, -1)])
    .sort((a, b) => b.length - a.length);
  return withoutValues(
    hidden.reduce((text, argument) => text.replaceAll(argument, "[not shown]"), message),
    KEY_PREFIXES,
  );
}
