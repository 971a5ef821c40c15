import type { Argument, Command, Option } from "commander";
import { REPEATABLE } from "../arguments";

/** What can stand on a command line, as far as shells complete it. */
export interface CompletionCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletionOption[];
  /** Of its arguments; files are offered where there are none. */
  readonly choices: readonly string[];
}

export interface CompletionOption {
  /** `--state`, `-V` */
  readonly flags: readonly string[];
  readonly description: string;
  readonly value: "none" | "optional" | "required";
  /** Of its value; files are offered where there are none. */
  readonly choices: readonly string[];
  readonly repeatable: boolean;
}

/** The program itself, with an empty name, and each command that its help shows. */
export function completionWords(program: Command): CompletionCommand[] {
  const commands = program.createHelp().visibleCommands(program);
  return [describe(program, ""), ...commands.map((command) => describe(command, command.name()))];
}

function describe(command: Command, name: string): CompletionCommand {
  return {
    name,
    description: command.description(),
    options: command.createHelp().visibleOptions(command).map(optionOf),
    choices: command.registeredArguments.flatMap(choicesOf),
  };
}

function optionOf(option: Option): CompletionOption {
  return {
    flags: [option.long, option.short].filter((flag) => flag !== undefined),
    description: option.description,
    value: option.required ? "required" : option.optional ? "optional" : "none",
    choices: choicesOf(option),
    repeatable: option.description.includes(REPEATABLE),
  };
}

function choicesOf({ argChoices }: Option | Argument): readonly string[] {
  return argChoices ?? [];
}
