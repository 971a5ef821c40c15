import { Command } from "commander";
import { packageVersion } from "../model/function-hashes";
import { standardError, standardOutput } from "../output/streams";
import { lines } from "../output/terminal";
import { suggestChoices } from "./arguments";
import { registerCompletionCommand } from "./completion/completion-command";
import { registerDemoCommand } from "./demo-command";
import { registerDriftCommand } from "./drift/drift-command";
import { registerExplainCommand } from "./explain-command";
import { hideValues } from "./hide-values";
import { registerImportCommand } from "./import-command";
import { insideSandbox } from "./inside-sandbox";
import { registerAdoptCommand } from "./operator-commands/adopt-command";
import { registerRetainCommand } from "./operator-commands/retain-command";
import { registerRevokeCommand } from "./operator-commands/revoke-command";
import { registerReviewCommand } from "./review/review-command";
import { registerRotateCommand } from "./rotate/rotate-command";
import { registerSandboxCommand } from "./sandbox-command";
import { registerStatusCommand } from "./status/status-command";

/** Exit code for arguments that are not understood. */
export const EXIT_USAGE = 2;

export function createProgram(): Command {
  const program = new Command("scoped-keys")
    .description("Scoped AI API keys as infrastructure code")
    .version(packageVersion())
    // Otherwise "retain KEY --version previous" would print the program's own version.
    .enablePositionalOptions()
    .showHelpAfterError("(use --help for usage)")
    // What commander says quotes what was typed, or pasted.
    .configureOutput({
      writeOut: (text) => void standardOutput.write(lines(text)),
      writeErr: (text) => void standardError.write(lines(hideValues(text, process.argv.slice(2)))),
    })
    .exitOverride((error) => {
      // commander ends with 1 on wrong arguments, which a command's own failure would be taken for.
      process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE);
    });
  registerStatusCommand(program);
  registerDriftCommand(program);
  registerRotateCommand(program);
  registerRevokeCommand(program);
  registerRetainCommand(program);
  registerAdoptCommand(program);
  registerExplainCommand(program);
  registerImportCommand(program);
  registerReviewCommand(program);
  registerSandboxCommand(program);
  registerCompletionCommand(program);
  registerDemoCommand(program);
  suggestChoices(program);
  program.hook("preAction", (_program, command) => {
    // They make a sandbox, or call nobody.
    if (!["sandbox", "demo", "completion"].includes(command.name())) insideSandbox(process.env);
  });
  return program;
}
