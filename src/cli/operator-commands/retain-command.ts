import { type Command, Option } from "commander";
import { print } from "../../output/streams";
import type { RetainOptions } from "./run-retain";

const EXAMPLES = `
KEY is the name of the key's secret, or the secret's ARN. A vendor key that is marked is revoked by nothing, not by a sweep, an
apply, a destroy or "scoped-keys revoke"; only its own expiry ends it. While an emergency revoke of the key is open, a mark is refused
without --over-emergency.

Examples:
  $ scoped-keys retain ai-keys/openai/summariser                       what is in use now
  $ scoped-keys retain ai-keys/openai/summariser --version previous    what was in use before
  $ scoped-keys retain ai-keys/openai/summariser --release             takes all marks of the key off

Exit codes: 0 done, 1 failed, 2 wrong arguments. It needs lambda:InvokeFunction on the alias "operator" of the issuer's
controller, and finds region and credentials as the AWS CLI does.`;

export function registerRetainCommand(program: Command): void {
  program
    .command("retain")
    .description("mark a vendor key of a key so that nothing revokes it")
    .argument("<KEY>", "name of its secret, such as ai-keys/openai/summariser, or the ARN")
    .addOption(
      new Option("--version <version>", "which of the secret's versions")
        .choices(["current", "previous"])
        .default("current"),
    )
    .option("--release", "take all marks of the key off")
    .option("--over-emergency", "also while an emergency revoke of the key is open: it ends without that vendor key")
    .option("--region <region>", "AWS region of the stack")
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, options: RetainOptions) => {
      // Loaded late, so that --help answers at once.
      const { runRetain } = await import("./run-retain.js");
      print(await runRetain(name, options));
    });
}
