import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command } from "commander";
import * as v from "valibot";
import { registerDemoCommand } from "./demo-command";
import { registerExplainCommand } from "./explain-command";
import { registerAdoptCommand } from "./orders/adopt-command";
import { registerRetainCommand } from "./orders/retain-command";
import { registerRevokeCommand } from "./orders/revoke-command";
import { registerSandboxCommand } from "./sandbox-command";

/** Exit code for arguments that are not understood. */
export const EXIT_USAGE = 2;

export function createProgram(): Command {
  const program = new Command("scoped-keys")
    .description("Scoped AI API keys as infrastructure code")
    .version(packageVersion())
    .showHelpAfterError("(add --help for what there is)")
    .exitOverride((error) => {
      // commander ends with 1 on wrong arguments, which a command's own failure would be taken for.
      process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE);
    });
  registerRevokeCommand(program);
  registerRetainCommand(program);
  registerAdoptCommand(program);
  registerExplainCommand(program);
  registerSandboxCommand(program);
  registerDemoCommand(program);
  return program;
}

function packageVersion(): string {
  const content: unknown = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8"));
  return v.parse(v.object({ version: v.string() }), content).version;
}

/** Folder of this package's package.json: the sources and the build lie at different depths. */
export function packageRoot(folder: string = __dirname): string {
  try {
    readFileSync(join(folder, "package.json"));
    return folder;
  } catch (error) {
    if (dirname(folder) === folder) throw error;
    return packageRoot(dirname(folder));
  }
}
