import { Argument, type Command } from "commander";
import { GUARDRAIL_RULE_IDS } from "../model/guardrail-rules";
import { json as jsonOf } from "../output/json";
import { print } from "../output/streams";
import { joined, lines } from "../output/terminal";

const EXAMPLES = `
Of RULE it says what it demands, why that matters, what to change, and which controls it keeps a part of. Without RULE it lists all of
them. Rules of your own are explained by the errors that they raise.

Examples:
  $ scoped-keys explain no-wildcard-scopes
  $ scoped-keys explain                             all rules, one a line
  $ scoped-keys explain rotation-maximum --json

Exit codes: 0 explained, 2 there is no such rule. It needs neither network nor credentials.`;

export function registerExplainCommand(program: Command): void {
  program
    .command("explain")
    .description("say what a guardrail demands and why")
    .addArgument(new Argument("[RULE]", "id of a guardrail").choices(GUARDRAIL_RULE_IDS))
    .option("--json", "print the rule, or all of them, as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (given: string | undefined, { json }: { readonly json?: true }) => {
      // Loaded late, so that other commands answer at once.
      const { explain, explainAll, explainedRule } = await import("./explain.js");
      const id = GUARDRAIL_RULE_IDS.find((known) => known === given);
      if (id === undefined) {
        print(json ? jsonOf(GUARDRAIL_RULE_IDS.map(explainedRule)) : joined(explainAll(), "\n"));
      } else {
        print(json ? jsonOf(explainedRule(id)) : lines(explain(id)));
      }
    });
}
