import { type Command, Option } from "commander";
import { print } from "../../output/streams";
import type { RetainOptions } from "./run-retain";

const EXAMPLES = `
KEY is the name of the key's secret, or the secret's ARN. Nothing revokes a marked vendor key: no sweep, apply, destroy or
"scoped-keys revoke". Only its own expiry ends it. While an emergency revoke of the key is open, the command refuses a mark without
--over-emergency.

Examples:
  $ scoped-keys retain ai-keys/openai/summariser                       the vendor key in use
  $ scoped-keys retain ai-keys/openai/summariser --version previous    the previous one
  $ scoped-keys retain ai-keys/openai/summariser --release             removes all marks of the key

Exit codes: 0 done, 1 failed, 2 wrong arguments. It needs lambda:InvokeFunction on the alias "operator"
of the issuer's controller, and finds region and credentials as the AWS CLI does.`;

export function registerRetainCommand(program: Command): void {
  program
    .command("retain")
    .description("mark a vendor key so that nothing revokes it")
    .argument("<KEY>", "name or ARN of its secret, such as ai-keys/openai/summariser")
    .addOption(
      new Option("--version <version>", "version of the secret").choices(["current", "previous"]).default("current"),
    )
    .option("--release", "remove all marks of the key")
    .option("--over-emergency", "mark it even while an emergency revoke is open, which then ends without it")
    .option("--region <region>", "AWS region of the stack")
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, options: RetainOptions) => {
      // Loaded late, so that --help answers at once.
      const { runRetain } = await import("./run-retain.js");
      print(await runRetain(name, options));
    });
}
