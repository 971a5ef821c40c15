import { Argument, type Command } from "commander";
import { script } from "../../output/shell";
import { standardOutput } from "../../output/streams";
import { bashCompletion } from "./bash";
import { fishCompletion } from "./fish";
import { completionWords } from "./words";
import { zshCompletion } from "./zsh";

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };
type Shell = keyof typeof SHELLS;

const EXAMPLES = `
Prints a script for the shell. The script completes commands, options and choices, and does not call AWS.

Examples:
  $ source <(scoped-keys completion bash)                                          in ~/.bashrc
  $ scoped-keys completion zsh > "\${fpath[1]}/_scoped-keys"
  $ scoped-keys completion fish > ~/.config/fish/completions/scoped-keys.fish

Exit codes: 0 printed, 2 wrong arguments.`;

export function registerCompletionCommand(program: Command): void {
  program
    .command("completion")
    .description("print a shell completion script")
    .addArgument(new Argument("<SHELL>", "bash, zsh or fish").choices(Object.keys(SHELLS)))
    .addHelpText("after", EXAMPLES)
    .action((shell: Shell) => {
      standardOutput.write(script(SHELLS[shell](completionWords(program))));
    });
}
