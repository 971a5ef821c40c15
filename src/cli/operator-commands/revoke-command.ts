import { type Command, InvalidArgumentError } from "commander";
import type { RevokeOptions } from "./run-revoke";

const WAIT_MINUTES = 15;
const WAIT_MAX_MINUTES = 24 * 60;

const EXAMPLES = `
KEY is the name of the key's secret, or the secret's ARN. The command revokes every vendor key of the key now, without overlap. It first
replaces the one in use, and programs get the successor when they read the secret again. It retries whatever the vendor does not confirm.
If the command is interrupted, the hourly sweep continues the work, and so does the same command.

Some vendors have no API for creating keys (Anthropic, Cohere, Groq, Hugging Face, Together). There a person has to hand over the
successor. The command then stops, changes nothing, and names the ways out: --no-successor, or "scoped-keys adopt" first and
--keep-current after it.

Examples:
  $ scoped-keys revoke ai-keys/openai/summariser --now
  $ scoped-keys revoke ai-keys/openai/summariser --now --no-successor   a leak: no key is issued until an apply
  $ scoped-keys revoke ai-keys/anthropic/chat --now --keep-current      all except the one just handed over
  $ scoped-keys revoke --issuer ai-keys/openai --now                    every key of the issuer
  $ scoped-keys revoke --issuer ai-keys/old --now --no-successor --account-gone   a closed account; then terraform destroy

A vendor may accept a revoked key for some minutes. The command then shows until when, and tests the key with real calls until the vendor
refuses it.

Exit codes: 0 every vendor key is confirmed dead; 1 some are not; 2 wrong arguments; 3 all are revoked, but some are retained or may work
for a while; 4 a person has to create a successor first, and nothing was changed. It needs lambda:InvokeFunction on the alias "operator"
of the issuer's controller, and finds region and credentials as the AWS CLI does.`;

interface Options extends RevokeOptions {
  readonly now?: true;
}

export function registerRevokeCommand(program: Command): void {
  program
    .command("revoke")
    .description("revoke every vendor key of a key, or of a whole issuer, now")
    .argument("[KEY...]", "names or ARNs of secrets, such as ai-keys/openai/summariser")
    .option("--now", "confirm: revoke without overlap")
    .option("--no-successor", "issue no successor")
    .option("--keep-current", 'keep the vendor key in use; for use after "scoped-keys adopt"')
    .option("--account-gone", "ask the vendor whether the account is closed; if so, every vendor key counts as dead")
    .option("--issuer <prefix>", "every key of this issuer, such as ai-keys/openai")
    .option("--region <region>", "AWS region of the stack")
    .option("--wait <minutes>", "how long to retry until every vendor key is confirmed dead", minutes, WAIT_MINUTES)
    .option("--no-wait", "do not retry; exit code 3 if all are revoked but not all are confirmed dead")
    .option("--json", "print the results as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (names: string[], options: Options, self: Command) => {
      if (names.length > 0 === (options.issuer !== undefined)) {
        self.error("error: name one or more KEYs, or an --issuer");
      }
      if (options.keepCurrent === true && !options.successor) {
        self.error("error: --keep-current and --no-successor exclude each other");
      }
      if (options.accountGone === true && options.successor) {
        self.error("error: --account-gone needs --no-successor, because a closed account cannot issue a key");
      }
      if (options.now !== true) self.error(`error: ${warning(names, options)}. Nothing was done. Add --now to confirm`);
      // Loaded late, so that --help answers at once.
      const { runRevoke } = await import("./run-revoke.js");
      process.exit(await runRevoke(names, options));
    });
}

function warning(names: readonly string[], { issuer, successor, keepCurrent }: Options): string {
  const what = issuer === undefined ? names.join(", ") : `each key of ${issuer}`;
  if (keepCurrent) return `this revokes every vendor key of ${what} except the one in use, without overlap`;
  return `this revokes every vendor key of ${what} without overlap, and ${successor ? "puts a successor into use" : "issues no successor"}`;
}

function minutes(text: string): number {
  const given = Number(text);
  if (text.trim() === "" || !(given >= 0 && given <= WAIT_MAX_MINUTES)) {
    throw new InvalidArgumentError(`Minutes from 0 to ${WAIT_MAX_MINUTES} are allowed.`);
  }
  return given;
}
