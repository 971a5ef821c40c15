import { type Command, InvalidArgumentError } from "commander";
import { standardError, standardOutput } from "../../output/streams";
import { collect, minutes } from "../arguments";
import { formatOf } from "./formats";
import type { DriftOptions } from "./run-drift";

const EXAMPLES = `
DIR is the output folder of cdktf synth, one of its folders stacks/<stack>, or a folder with Terraform code. The command plans each
stack without a lock and writes no state. It initialises a folder that was never initialised. Drift is any difference between the last
apply and the vendor, a secret or AWS. Changes in the code that nobody has applied yet are listed separately; they are not drift.

Examples:
  $ scoped-keys drift
  $ scoped-keys drift cdktf.out --stack ai-keys
  $ scoped-keys drift --report drift.md --report drift.xml
  $ scoped-keys drift --previous drift.json --report drift.json     remembers since when, from run to run

Exit codes: 0 clean; 2 drift, even if something else could not be checked; 1 something failed or is not known, or wrong arguments.
It needs the permissions of a plan, and terraform or tofu (--terraform, TERRAFORM_BINARY_NAME).`;

export function registerDriftCommand(program: Command): void {
  program
    .command("drift")
    .description("plan all stacks without changing their state, and report drift")
    .argument("[DIR]", "folder of the stacks", "cdktf.out")
    .option("--stack <name>", "only this stack; can be repeated", collect)
    .option("--report <file>", "write a report: .md Markdown, .json JSON, .xml JUnit; can be repeated", reportFile)
    .option("--previous <file>", "JSON report of an earlier run, for the time of first sight; need not exist")
    .option("--terraform <binary>", "terraform or tofu, or a path")
    .option("--timeout <minutes>", "time limit for the plan of a stack (default: 15)", minutes)
    .option("--json", "print JSON")
    .addHelpText("after", EXAMPLES)
    // Elsewhere wrong arguments end with 2, which here would be taken for drift.
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 1))
    .action(async (folder: string, options: DriftOptions) => {
      // Loaded late, so that --help answers at once.
      const { runDrift } = await import("./run-drift.js");
      process.exitCode = await runDrift(folder, options, { out: standardOutput, progress: standardError });
    });
}

function reportFile(file: string, before: string[] | undefined): string[] | undefined {
  if (formatOf(file) === undefined) throw new InvalidArgumentError("Files that end in .md, .json or .xml are allowed.");
  return collect(file, before);
}
