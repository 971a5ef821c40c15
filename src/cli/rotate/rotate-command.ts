import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { print, standardError } from "../../output/streams";
import { wholeNumber } from "../arguments";
import type { RotateOptions } from "./run-rotate";

const WAIT_MINUTES = 10;
const WAIT_MAX_MINUTES = 24 * 60;

const EXAMPLES = `
KEY is the name of the key's secret, or the secret's ARN. The rotation mints a new vendor key, tests it and puts it into use. The previous
one works until the overlap ends. If the test fails, the one in use stays. If a person creates the vendor keys, use "scoped-keys adopt"
instead. If the one in use must die at once, use "scoped-keys revoke KEY --now".

Examples:
  $ scoped-keys rotate ai-keys/openai/summariser
  $ scoped-keys rotate ai-keys/openai/summariser --wait
  $ scoped-keys rotate ai-keys/openai/summariser --wait 30 --json

Exit codes: 0 started, or with --wait in use; 1 not; 2 wrong arguments. It needs secretsmanager:RotateSecret and DescribeSecret on the
secret. It finds region and credentials as the AWS CLI does.`;

interface Options extends Omit<RotateOptions, "wait"> {
  /** True: without a number. */
  readonly wait?: number | true;
}

export function registerRotateCommand(program: Command): void {
  program
    .command("rotate")
    .description("rotate a key now, through Secrets Manager")
    .argument("<KEY>", "name or ARN of its secret, such as ai-keys/openai/summariser")
    .option(
      "--wait [minutes]",
      `wait until the new value is in use (default: at most ${WAIT_MINUTES} minutes)`,
      wholeNumber("Minutes", 0, WAIT_MAX_MINUTES),
    )
    .option("--region <region>", "AWS region of the stack")
    .option("--json", "print the result as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, { wait, ...options }: Options) => {
      // Loaded late, so that --help answers at once.
      const { runRotate } = await import("./run-rotate.js");
      const minutes = wait === undefined ? {} : { wait: wait === true ? WAIT_MINUTES : wait };
      const waiting = { progress: standardError, sleep: (millis: number) => sleep(millis), now: Date.now };
      print(await runRotate(name, { ...options, ...minutes }, waiting));
    });
}
