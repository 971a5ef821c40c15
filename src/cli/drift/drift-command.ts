import { type Command, InvalidArgumentError } from "commander";
import { standardError, standardOutput } from "../../output/streams";
import { collect, minutes } from "../arguments";
import { formatOf } from "./formats";
import type { DriftOptions } from "./run-drift";

const EXAMPLES = `
DIR is what cdktf synth writes, one of its folders stacks/<stack>, or a folder with Terraform code. Each stack is planned without a lock, and
no state is written; a folder that was never initialised is initialised first. Drift is what the vendor, a secret or AWS has other than it was
applied. What the code declares and nobody has applied yet is told apart from it, and is no drift.

Examples:
  $ scoped-keys drift
  $ scoped-keys drift cdktf.out --stack ai-keys
  $ scoped-keys drift --report drift.md --report drift.xml
  $ scoped-keys drift --previous drift.json --report drift.json     since when, over many runs

Exit codes: 0 clean; 2 drift was seen, also where something else could not be looked at; 1 something failed or is not known, or wrong
arguments. It needs what a plan needs, and terraform or tofu (--terraform, TERRAFORM_BINARY_NAME).`;

export function registerDriftCommand(program: Command): void {
  program
    .command("drift")
    .description("plan all stacks without touching their state, and report what has drifted")
    .argument("[DIR]", "folder of the stacks", "cdktf.out")
    .option("--stack <name>", "only this stack; may be given again", collect)
    .option("--report <file>", "write a report: .md Markdown, .json JSON, .xml JUnit; may be given again", reportFile)
    .option("--previous <file>", "JSON report of an earlier run, to know since when; need not exist")
    .option("--terraform <binary>", "terraform or tofu, or a path")
    .option("--timeout <minutes>", "what a stack's plan may take, 15 without it", minutes)
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
