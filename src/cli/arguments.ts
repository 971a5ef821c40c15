import { type Argument, type Command, InvalidArgumentError, Option } from "commander";
import { nearest } from "../model/nearest";

/** Stands in the description of each option that can be repeated: completion scripts go by it. */
export const REPEATABLE = "can be repeated";

/** For options that can be repeated. */
export function collect(text: string, before: string[] | undefined): string[] | undefined {
  return [...(before ?? []), text];
}

/** One of these, and again another of these. */
export function repeatableChoice(flags: string, description: string, choices: readonly string[]): Option {
  const option = new Option(flags, description).choices(choices);
  const { parseArg } = option;
  return option.argParser((text: string, before: string[] | undefined) =>
    collect(String(parseArg?.(text, undefined) ?? text), before),
  );
}

export function wholeNumber(what: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const given = Number(text);
    if (!/^\d+$/.test(text) || given < min || given > max) {
      throw new InvalidArgumentError(`${what} from ${min} to ${max} are allowed.`);
    }
    return given;
  };
}

/** Of a time limit. */
export function minutes(text: string): number {
  const given = Number(text);
  if (!(given > 0 && given <= 1_440)) throw new InvalidArgumentError("Minutes above 0, at most 1440, are allowed.");
  return given;
}

/**
 * commander names the nearest command and option for a wrong one; this adds the nearest choice, for
 * every command below.
 */
export function suggestChoices(command: Command): void {
  for (const limited of [...command.options, ...command.registeredArguments]) suggestChoice(limited);
  for (const child of command.commands) suggestChoices(child);
}

function suggestChoice(limited: Option | Argument): void {
  const { argChoices, parseArg } = limited;
  if (argChoices === undefined || parseArg === undefined) return;
  limited.argParser((text: string, before: unknown) => {
    try {
      return parseArg(text, before);
    } catch (error) {
      const meant = nearest(text, argChoices);
      if (!(error instanceof InvalidArgumentError) || meant === undefined) throw error;
      throw new InvalidArgumentError(`${error.message} (Did you mean ${meant}?)`);
    }
  });
}
