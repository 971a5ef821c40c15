import type { Command } from "commander";

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
    .argument("[RULE]", "id of a guardrail, such as no-wildcard-scopes")
    .option("--json", "print the rule, or all of them, as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (given: string | undefined, { json }: { readonly json?: true }, self: Command) => {
      // Loaded late, so that other commands answer at once.
      const { explain, explainAll, explainedRule } = await import("./explain.js");
      const { GUARDRAIL_RULE_IDS } = await import("../model/guardrail-rules.js");
      if (given === undefined) {
        console.log(json ? JSON.stringify(GUARDRAIL_RULE_IDS.map(explainedRule), undefined, 2) : explainAll());
        return;
      }
      const id = GUARDRAIL_RULE_IDS.find((known) => known === given);
      if (id === undefined) {
        const { nearest } = await import("./nearest.js");
        const meant = nearest(given, GUARDRAIL_RULE_IDS);
        self.error(`error: there is no rule '${given}'${meant === undefined ? "" : `; did you mean ${meant}?`}`);
      }
      console.log(json ? JSON.stringify(explainedRule(id), undefined, 2) : explain(id));
    });
}
