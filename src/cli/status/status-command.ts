import { type Command, InvalidArgumentError } from "commander";
import { standardError, standardOutput } from "../../output/streams";
import { collect, minutes, repeatableChoice, wholeNumber } from "../arguments";
import type { StatusOptions } from "./run-status";
import { parseSpan } from "./spans";
import { KEY_STATES } from "./states";

const WATCH_SECONDS = 30;
const WATCH_MAX_SECONDS = 86_400;

const EXAMPLES = `
Without KEY and --issuer it shows every key of the region that ListSecrets returns. KEY is the name of a key's secret, or the secret's ARN.
"last used" is the day on which the secret was last read; AWS records no more. Without --live the command judges "drift" only from ledger
and secrets, and shows "drift" or "unknown". With --live it asks each vendor through the issuer's observer, and can show "in sync".

Examples:
  $ scoped-keys status
  $ scoped-keys status ai-keys/openai/summariser --live
  $ scoped-keys status --issuer ai-keys/openai --expiring-within 7d
  $ scoped-keys status --owner search-team --state due --state expired --json
  $ scoped-keys status --watch 60
  $ scoped-keys status ai-keys/openai/summariser --history

Exit codes: 0 shown, 1 failed or --timeout was too short, 2 wrong arguments, 130 ended with Ctrl-C. It only reads, with
secretsmanager:ListSecrets (or DescribeSecret on each key), dynamodb:Query on the ledger and kms:DescribeKey; --live needs
lambda:InvokeFunction on the observers. Without a permission it shows "unknown". It finds region and credentials as the AWS CLI does.`;

interface Options extends Omit<StatusOptions, "watch"> {
  /** True: without a number. */
  readonly watch?: number | true;
}

export function registerStatusCommand(program: Command): void {
  program
    .command("status")
    .description("show all keys: state, age, expiry, next rotation, last use, drift, owner")
    .argument("[KEY...]", "names or ARNs of secrets, such as ai-keys/openai/summariser")
    .option("--issuer <prefix>", "keys of this issuer, such as ai-keys/openai; can be repeated", collect)
    .option("--owner <text>", "keys whose owner's address contains this text")
    .addOption(repeatableChoice("--state <state>", "keys in this state; can be repeated", KEY_STATES))
    .option("--expiring-within <span>", "keys that expire within this time, or have expired: 45m, 36h, 7d, 2w", span)
    .option("--live", "ask the vendors for drift, through the observers")
    .option("--history", "show what was done to each KEY, by which caller, and who claims to have ordered it")
    .option("--watch [seconds]", `repeat every so many seconds (default: ${WATCH_SECONDS})`, seconds)
    .option("--table <name>", "table of the ledger, if not <prefix with hyphens>-ledger; can be repeated", collect)
    .option("--timeout <minutes>", "time limit (default: 15)", minutes)
    .option("--region <region>", "AWS region of the stack")
    .option("--json", "print JSON; with --watch one line per repetition")
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
