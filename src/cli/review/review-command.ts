import { type Command, InvalidArgumentError, Option } from "commander";
import { nearest } from "../../model/nearest";
import { print } from "../../output/streams";
import type { ReviewOptions } from "./review-options";
import { FAIL_ON, type FailOn } from "./review-options";

const EXAMPLES = `
PLAN is what terraform show -json FILE prints of a plan saved with -out=FILE; without it, or with -, it is read from standard input. BEFORE
and AFTER are two folders that cdktf synth wrote, or two stacks' folders in them: without a plan nothing is known of drift. With --git they are
two commits, at which the app of cdktf.json is synthesised with the dependencies that are installed; without AFTER, the working tree. No
function is invoked, and no credentials are needed.

Examples:
  $ terraform plan -out=plan.bin && terraform show -json plan.bin | scoped-keys review
  $ scoped-keys review plan.json --fail-on loosened,drift
  $ scoped-keys review --git origin/main HEAD --fail-on loosened
  $ scoped-keys review main/cdktf.out cdktf.out --format markdown --name ai-keys > comment.md

Exit codes: 0 reviewed, 1 not to be reviewed (nothing half read is told), 2 wrong arguments, 3 reviewed, and something is what --fail-on names, or --require-keys found none.`;

export function registerReviewCommand(program: Command): void {
  program
    .command("review")
    .description("say in words what a change does to keys, issuers and guardrails, what loosens them first")
    .argument("[PLAN or BEFORE]", "plan as JSON, - for standard input, a synthesised folder, or a commit")
    .argument("[AFTER]", "synthesised folder, or commit, with the change in it")
    .option("--git", "BEFORE and AFTER are commits; without AFTER: what the working tree changes")
    .addOption(
      new Option("--format <format>", "how it is told")
        .choices(["terminal", "markdown", "json", "sarif"])
        .default("terminal"),
    )
    .option(
      "--fail-on <what>",
      `exit with 3 on any of ${FAIL_ON.join(", ")}; several with commas, or again`,
      failOn,
      [],
    )
    .option("--require-keys", "exit with 3 where neither side has a key or an issuer: for gates")
    .option("--name <name>", "markdown: tells this comment from others in its first line", "")
    .addHelpText("after", EXAMPLES)
    .action(async (first: string | undefined, second: string | undefined, options: ReviewOptions, self: Command) => {
      if (first === undefined && options.git) self.error("error: --git needs a commit to compare with");
      if (first === undefined && process.stdin.isTTY) self.error("error: name a plan, or pipe one in");
      // Loaded late, so that --help answers at once.
      const { runReview } = await import("./run-review.js");
      const { text, exitCode } = await runReview(first ?? "-", second, options);
      if (text !== "") print(text);
      process.exitCode = exitCode;
    });
}

function failOn(text: string, before: readonly FailOn[]): FailOn[] {
  const given = text.split(",").map((each) => each.trim());
  const known = given.map((each) => FAIL_ON.find((word) => word === each));
  const wrong = given.find((_, i) => known[i] === undefined);
  if (wrong !== undefined) {
    const meant = nearest(wrong, FAIL_ON);
    throw new InvalidArgumentError(
      `Allowed are ${FAIL_ON.join(", ")}.${meant === undefined ? "" : ` (Did you mean ${meant}?)`}`,
    );
  }
  return [...before, ...known.filter((each) => each !== undefined)];
}
