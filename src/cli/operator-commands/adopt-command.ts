import type { Command } from "commander";
import { print, standardError } from "../../output/streams";
import type { TerminalText } from "../../output/terminal";
import type { AdoptOptions } from "./run-adopt";

const EXAMPLES = `
For vendors without an API for creating keys (Anthropic and others). KEY is the name of the key's secret, or the secret's ARN. Create the
key in the vendor's console, under the name in the plan, and hand over its value. The terminal does not show what you type or paste here,
and the value is never an argument. The controller first checks the vendor key: it must work, and its name, workspace, status and expiry
must match the declaration. Then it puts the vendor key into use. The previous one works until the overlap ends. Then it is disabled, and
revoked a day later.

Examples:
  $ scoped-keys adopt ai-keys/anthropic/summariser
  $ pbpaste | scoped-keys adopt ai-keys/anthropic/summariser

Exit codes: 0 in use, 1 refused and nothing was changed, 2 wrong arguments. It needs lambda:InvokeFunction on the alias "operator"
of the issuer's controller, and finds region and credentials as the AWS CLI does.`;

export function registerAdoptCommand(program: Command): void {
  program
    .command("adopt")
    .description("hand over a vendor key that a person created in the vendor's console")
    .argument("<KEY>", "name or ARN of its secret, such as ai-keys/anthropic/summariser")
    .option("--region <region>", "AWS region of the stack")
    .option("--json", "print the result as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, options: AdoptOptions) => {
      // Loaded late, so that --help answers at once.
      const { runAdopt } = await import("./run-adopt.js");
      const ask = (text: TerminalText) => void standardError.write(text);
      print(await runAdopt(name, options, { input: process.stdin, ask }));
      // A terminal that is still read would keep the process.
      process.exit(0);
    });
}
