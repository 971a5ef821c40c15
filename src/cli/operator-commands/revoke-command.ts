import { type Command, InvalidArgumentError } from "commander";
import type { RevokeOptions } from "./run-revoke";

const WAIT_MINUTES = 15;
const WAIT_MAX_MINUTES = 24 * 60;

const EXAMPLES = `
KEY is the name of the key's secret, or the secret's ARN. Every vendor key that it has dies without overlap; what is in use is
replaced first, and programs get the successor when they read the secret again. What the vendor does not do at once is tried
again. Cut off at any moment, the hourly sweep goes on with it, and so does the same command.

Where nobody but a person mints vendor keys (Anthropic, Cohere, Groq, Hugging Face, Together) there is no successor until one is
handed over. The command then stops at once, changes nothing, and names what helps: --no-successor, or "scoped-keys adopt" first and
--keep-current after it.

Examples:
  $ scoped-keys revoke ai-keys/openai/summariser --now
  $ scoped-keys revoke ai-keys/openai/summariser --now --no-successor   a leak: nothing is issued until an apply says so
  $ scoped-keys revoke ai-keys/anthropic/chat --now --keep-current      all but what a person has just handed over
  $ scoped-keys revoke --issuer ai-keys/openai --now                    every key of the issuer
  $ scoped-keys revoke --issuer ai-keys/old --now --no-successor --account-gone   an account that was closed; then terraform destroy

A vendor may go on taking a key that it has revoked for minutes: the command then says until when, and tries it with real calls until it
is refused.

Exit codes: 0 everything is seen dead, 1 something is not, 2 wrong arguments, 3 all is revoked, but something is retained or may go on
working for a while, 4 a person has to mint a successor first, and nothing was changed. It needs lambda:InvokeFunction on the
alias "operator" of the issuer's controller, and finds region and credentials as the AWS CLI does.`;

interface Options extends RevokeOptions {
  readonly now?: true;
}

export function registerRevokeCommand(program: Command): void {
  program
    .command("revoke")
    .description("end every vendor key of a key, or of a whole issuer, at once")
    .argument("[KEY...]", "names of secrets, such as ai-keys/openai/summariser, or their ARNs")
    .option("--now", "yes, without overlap")
    .option("--no-successor", "issue nothing in their place")
    .option("--keep-current", 'what is in use stays; for after "scoped-keys adopt"')
    .option("--account-gone", "the vendor is asked whether the account is closed; then all is taken for dead")
    .option("--issuer <prefix>", "every key of this issuer, such as ai-keys/openai")
    .option("--region <region>", "AWS region of the stack")
    .option("--wait <minutes>", "how long to go on until all is confirmed dead", minutes, WAIT_MINUTES)
    .option("--no-wait", "go on at once; exit code 3 where all is revoked and not all is seen dead")
    .option("--json", "print the results as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (names: string[], options: Options, self: Command) => {
      if (names.length > 0 === (options.issuer !== undefined)) {
        self.error("error: name either one KEY or more, or an --issuer");
      }
      if (options.keepCurrent === true && !options.successor) {
        self.error("error: --keep-current and --no-successor exclude each other");
      }
      if (options.accountGone === true && options.successor) {
        self.error("error: --account-gone needs --no-successor: nothing can be issued in an account that is gone");
      }
      if (options.now !== true) self.error(`error: ${warning(names, options)}; nothing was done. Add --now to do it`);
      // Loaded late, so that --help answers at once.
      const { runRevoke } = await import("./run-revoke.js");
      process.exit(await runRevoke(names, options));
    });
}

function warning(names: readonly string[], { issuer, successor, keepCurrent }: Options): string {
  const what = issuer === undefined ? names.join(", ") : `each key of ${issuer}`;
  if (keepCurrent) return `this ends every vendor key of ${what} but the one in use, without overlap`;
  return `this ends every vendor key of ${what} without overlap, and ${successor ? "puts a successor into use" : "issues nothing in its place"}`;
}

function minutes(text: string): number {
  const given = Number(text);
  if (text.trim() === "" || !(given >= 0 && given <= WAIT_MAX_MINUTES)) {
    throw new InvalidArgumentError(`Minutes from 0 to ${WAIT_MAX_MINUTES} are allowed.`);
  }
  return given;
}
