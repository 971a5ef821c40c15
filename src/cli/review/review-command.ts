import { type Command, InvalidArgumentError, Option } from "commander";
import { nearest } from "../../model/nearest";
import { print } from "../../output/streams";
import type { ReviewOptions } from "./review-options";
import { FAIL_ON, type FailOn } from "./review-options";

const EXAMPLES = `
PLAN is the output of terraform show -json FILE for a plan saved with -out=FILE. Without PLAN, or with -, the command reads it from
standard input. BEFORE and AFTER are two output folders of cdktf synth, or two stack folders inside them; without a plan drift is not
known. With --git they are two commits: the command synthesises the app of cdktf.json at both, with the installed dependencies. Without
AFTER it uses the working tree. It invokes no function and needs no credentials.

Examples:
  $ terraform plan -out=plan.bin && terraform show -json plan.bin | scoped-keys review
  $ scoped-keys review plan.json --fail-on loosened,drift
  $ scoped-keys review --git origin/main HEAD --fail-on loosened
  $ scoped-keys review main/cdktf.out cdktf.out --format markdown --name ai-keys > comment.md

Exit codes: 0 reviewed, 1 could not review (and printed nothing half read), 2 wrong arguments, 3 reviewed, but --fail-on matched or
--require-keys found no key.`;

export function registerReviewCommand(program: Command): void {
  program
    .command("review")
    .description("describe what a change does to keys, issuers and guardrails, least safe changes first")
    .argument("[PLAN or BEFORE]", "plan as JSON, - for standard input, a synthesised folder, or a commit")
    .argument("[AFTER]", "synthesised folder, or commit, that contains the change")
    .option("--git", "BEFORE and AFTER are commits; without AFTER the working tree")
    .addOption(
      new Option("--format <format>", "output format")
        .choices(["terminal", "markdown", "json", "sarif"])
        .default("terminal"),
    )
    .option(
      "--fail-on <what>",
      `exit with 3 on any of ${FAIL_ON.join(", ")}; several with commas; can be repeated`,
      failOn,
      [],
    )
    .option("--require-keys", "exit with 3 if neither side has a key or an issuer; for gates")
    .option("--name <name>", "markdown: identifies this comment in its first line", "")
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
