import { resolve } from "node:path";

/** A call of Terraform, as far as it decides on the state that is touched. */
export interface Invocation {
  /** Working folder, after `-chdir`. */
  readonly folder: string;
  /** First word that is no option; undefined where there is none. */
  readonly command: string | undefined;
  /** What stands after the command, `TF_CLI_ARGS` and `TF_CLI_ARGS_<command>` included. */
  readonly args: readonly string[];
}

/**
 * https://developer.hashicorp.com/terraform/cli/config/environment-variables#tf_cli_args-and-tf_cli_args_name
 */
export function parseInvocation(
  given: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string | undefined>>,
): Invocation {
  const at = given.findIndex((arg) => !arg.startsWith("-"));
  const global = at < 0 ? given : given.slice(0, at);
  const folder = global.flatMap((arg) => (arg.startsWith("-chdir=") ? [arg.slice("-chdir=".length)] : [])).at(0);
  const command = at < 0 ? undefined : given[at];
  const own = command === undefined ? [] : given.slice(at + 1);
  const added = Object.entries(environment).flatMap(([name, value = ""]) =>
    command !== undefined && isForCommand(name, command) ? words(value) : [],
  );
  return { folder: resolve(cwd, folder ?? "."), command, args: [...added, ...own] };
}

/** A variable for a subcommand (`TF_CLI_ARGS_state_list`) counts for all of its family. */
function isForCommand(name: string, command: string): boolean {
  const own = `TF_CLI_ARGS_${command.replaceAll("-", "_")}`;
  return name === "TF_CLI_ARGS" || name === own || name.startsWith(`${own}_`);
}

/** Splits as a shell does, without its variables. An open quote goes on to the end. */
export function words(text: string): string[] {
  const found: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i] ?? "";
    if (char === "\\" && quote !== "'") {
      i += 1;
      word = (word ?? "") + (text[i] ?? "");
    } else if (quote === char) {
      quote = undefined;
    } else if (quote === undefined && (char === '"' || char === "'")) {
      quote = char;
      word ??= "";
    } else if (quote === undefined && /\s/.test(char)) {
      if (word !== undefined) found.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + char;
    }
  }
  return word === undefined ? found : [...found, word];
}

/** Values of an option in every spelling: `-state=x`, `--state=x`, `-state x`. */
export function optionValues(args: readonly string[], name: string): string[] {
  return args.flatMap((arg, at) => {
    const [, option, value] = /^--?([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (option !== name) return [];
    return [value ?? args[at + 1] ?? ""];
  });
}

/** `-backend=false`, as Go's `strconv.ParseBool` reads it. The last one counts. */
export function isSwitchedOff(args: readonly string[], name: string): boolean {
  const values = args.flatMap((arg) => {
    const [, option, value = "true"] = /^--?([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    return option === name ? [value] : [];
  });
  return ["0", "f", "F", "false", "FALSE", "False"].includes(values.at(-1) ?? "true");
}
