import { Argument, type Command } from "commander";
import { GUARDRAIL_RULE_IDS } from "../model/guardrail-rules";
import { json as jsonOf } from "../output/json";
import { print } from "../output/streams";
import { joined, lines } from "../output/terminal";

const EXAMPLES = `
With RULE it shows the requirement, the reason, the remedy, and the controls that the rule supports in part. Without RULE it lists all
rules. The errors of your own rules explain them.

Examples:
  $ scoped-keys explain no-wildcard-scopes
  $ scoped-keys explain                             all rules, one per line
  $ scoped-keys explain rotation-maximum --json

Exit codes: 0 explained, 2 no such rule. It needs neither network nor credentials.`;

export function registerExplainCommand(program: Command): void {
  program
    .command("explain")
    .description("explain what a guardrail requires and why")
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
