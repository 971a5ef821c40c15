import { inspect } from "node:util";
import { type Command, Option } from "commander";
import { script } from "../output/shell";
import { print, tell } from "../output/streams";
import { line, lines, terminal } from "../output/terminal";
import type { Sandbox } from "../sandbox";
import { exportLines, SHELLS, type Shell } from "./export-lines";
import { withRoute } from "./route";
import { exitCodeOfSignal, runInSandbox, Signals } from "./run-in-sandbox";

type Routes = Readonly<Record<string, string>>;

interface GivenOptions {
  readonly route?: Routes;
  readonly keepProvider?: boolean;
  readonly shell: Shell;
}

interface SandboxCommandOptions {
  readonly routes: Routes;
  readonly keepProvider: boolean;
  readonly shell: Shell;
}

const EXAMPLES = `
The sandbox sets these variables for CMD:
  AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, …    AWS, for every SDK, the AWS CLI and Terraform
  SANDBOX_URL                               clock, faults, journal, logs
  SANDBOX_<VENDOR>_URL, SANDBOX_<VENDOR>_ADMIN_KEY, OPENAI_PROJECT_ID, XAI_TEAM_ID, …
The secrets ai/admin/<vendor> hold the admin keys, such as ai/admin/openai.

Examples:
  $ scoped-keys sandbox -- npx cdktf deploy --auto-approve
  $ scoped-keys sandbox -- sh -c 'terraform init && terraform apply'
  $ scoped-keys sandbox --route api.acme.example=http://127.0.0.1:4010 -- npx cdktf deploy --auto-approve
  $ scoped-keys sandbox                     keeps running, and prints variables to source in another shell
  $ curl -X POST $SANDBOX_URL/clock -d '{"advance":"P10D"}'
  $ curl $SANDBOX_URL/journal?kind=vendor

Exit codes: that of CMD; 127 if there is no such command, 126 if it cannot run, 128 plus the signal's number if a signal ended it, 1 if the
sandbox does not start.`;

export function registerSandboxCommand(program: Command): void {
  program
    .command("sandbox")
    .description("run a command against a local stand-in for AWS and the vendors")
    .usage("[options] [-- CMD...]")
    .argument("[CMD...]", "command to run, after --; without it the sandbox runs until Ctrl-C")
    .option(
      "--route <host=url>",
      "route the functions' calls to a host to a server on this machine, for vendors without a simulator; can be repeated",
      withRoute,
    )
    .option(
      "--keep-provider",
      "keep Terraform's AWS provider running between terraform calls, so that each call after the first starts faster",
    )
    .addOption(
      new Option("--shell <shell>", "shell for the variables that are printed without CMD; sh includes bash and zsh")
        .choices(SHELLS)
        .default("sh"),
    )
    .addHelpText("after", EXAMPLES)
    .action(async (command: string[], { route = {}, keepProvider = false, shell }: GivenOptions, self: Command) => {
      if (command.length > 0 && !process.argv.includes("--")) {
        self.error(`error: put -- before the command: scoped-keys sandbox -- ${command.join(" ")}`);
      }
      process.exit(await sandboxCommand(command, { routes: route, keepProvider, shell }));
    });
}

/** @returns the exit code. */
async function sandboxCommand(command: readonly string[], options: SandboxCommandOptions): Promise<number> {
  const signals = new Signals();
  let sandbox: Sandbox | undefined;
  const fail = async (error: unknown) => {
    tell(lines(`scoped-keys: the sandbox failed: ${error instanceof Error ? error.stack : String(error)}`));
    await sandbox?.stop();
    process.exit(1);
  };
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);

  // Loaded late, so that --help answers at once.
  const { startSandbox } = await import("../sandbox/index.js");
  const { localToolchain } = await import("./local-toolchain.js");
  sandbox = await startSandbox({
    tools: await localToolchain(process.cwd()),
    inherited: process.env,
    routes: options.routes,
    guardTerraform: true,
    keepProvider: options.keepProvider,
    onError: (error) => tell(lines(`scoped-keys: ${inspect(error)}`)),
  });
  if (sandbox.withheld.length > 0) {
    const names = sandbox.withheld.join(", ");
    tell(terminal`scoped-keys: removed from the command's environment, because it looks like a vendor's key: ${names}`);
  }
  try {
    if (command.length === 0) return await stay(sandbox, options.shell, signals);
    if (signals.missed !== undefined) return exitCodeOfSignal(signals.missed);
    return await runInSandbox(sandbox, command, signals);
  } finally {
    await sandbox.stop();
  }
}

async function stay(sandbox: Sandbox, shell: Shell, signals: Signals): Promise<number> {
  print(script(exportLines(sandbox, shell).join("\n")));
  tell(line("The sandbox is running. Use the lines above in another shell; Ctrl-C ends it."));
  await new Promise((resolve) => signals.listen(resolve));
  return 0;
}
