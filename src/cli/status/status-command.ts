import { type Command, InvalidArgumentError } from "commander";
import { standardError, standardOutput } from "../../output/streams";
import { collect, minutes, repeatableChoice, wholeNumber } from "../arguments";
import type { StatusOptions } from "./run-status";
import { parseSpan } from "./spans";
import { KEY_STATES } from "./states";

const WATCH_SECONDS = 30;
const WATCH_MAX_SECONDS = 86_400;

const EXAMPLES = `
Without KEY and --issuer: every key of the region that ListSecrets shows. KEY is the name of a key's secret, or the secret's ARN.
"last used" is the day on which the secret was last read; AWS keeps no more. "drift" is told from ledger and secrets alone, and can
then be "drift" or "unknown"; --live asks the vendor through each issuer's observer, and only then anything is "in sync".

Examples:
  $ scoped-keys status
  $ scoped-keys status ai-keys/openai/summariser --live
  $ scoped-keys status --issuer ai-keys/openai --expiring-within 7d
  $ scoped-keys status --owner search-team --state due --state expired --json
  $ scoped-keys status --watch 60
  $ scoped-keys status ai-keys/openai/summariser --history

Exit codes: 0 shown, 1 failed, also where --timeout kept something from being known, 2 wrong arguments, 130 ended with Ctrl-C. It only reads, with secretsmanager:ListSecrets (or
DescribeSecret on each key), dynamodb:Query on the ledger and kms:DescribeKey; --live needs lambda:InvokeFunction on the observers. What a
missing right hides is shown as "unknown". Region and credentials are found as the AWS CLI does.`;

interface Options extends Omit<StatusOptions, "watch"> {
  /** True: without a number. */
  readonly watch?: number | true;
}

export function registerStatusCommand(program: Command): void {
  program
    .command("status")
    .description("show all keys: state, age, expiry, next rotation, last use, drift, owner")
    .argument("[KEY...]", "names of secrets, such as ai-keys/openai/summariser, or their ARNs")
    .option("--issuer <prefix>", "keys of this issuer, such as ai-keys/openai; may be given again", collect)
    .option("--owner <text>", "keys whose owner's address has this in it")
    .addOption(repeatableChoice("--state <state>", "keys in this state; may be given again", KEY_STATES))
    .option("--expiring-within <span>", "keys that expire so soon, or have: 45m, 36h, 7d, 2w", span)
    .option("--live", "ask the vendors, through the observers, whether anything has drifted")
    .option("--history", "of each KEY, what was done to it, through which door, and who claims to have ordered it")
    .option("--watch [seconds]", `look again every so many seconds (${WATCH_SECONDS})`, seconds)
    .option("--table <name>", "the ledger's table, where it is not <prefix with hyphens>-ledger", collect)
    .option("--timeout <minutes>", "what a look may take, 15 without it", minutes)
    .option("--region <region>", "AWS region of the stack")
    .option("--json", "print JSON; with --watch a line for each look")
    .addHelpText("after", EXAMPLES)
    .action(async (names: string[], { watch, ...options }: Options) => {
      // Loaded late, so that --help answers at once.
      const { runStatus } = await import("./run-status.js");
      const every = watch === undefined ? {} : { watch: watch === true ? WATCH_SECONDS : watch };
      const streams = { out: standardOutput, progress: standardError };
      process.exitCode = await runStatus(names, { ...options, ...every }, streams);
    });
}

const seconds = wholeNumber("Seconds", 1, WATCH_MAX_SECONDS);

function span(text: string): number {
  const given = parseSpan(text);
  if (given === undefined) throw new InvalidArgumentError("A number with m, h, d or w is allowed, such as 36h or 7d.");
  return given;
}
