import {
  GUARDRAIL_PACKS,
  GUARDRAIL_RULE_IDS,
  GUARDRAIL_RULES,
  type GuardrailRuleFacts,
  type GuardrailRuleId,
  guardrailPage,
} from "../model/guardrail-rules";
import { aligned, type TerminalText } from "../output/terminal";

/** A rule as JSON: the facts, and which packs demand what. */
export interface ExplainedRule extends GuardrailRuleFacts {
  readonly rule: GuardrailRuleId;
  readonly packs: Readonly<Record<string, string>>;
  readonly page: string;
}

export function explainedRule(id: GuardrailRuleId): ExplainedRule {
  const facts: GuardrailRuleFacts = GUARDRAIL_RULES[id];
  const packs = Object.entries(GUARDRAIL_PACKS).flatMap(([pack, rules]: [string, Partial<Record<string, string>>]) => {
    const demand = rules[id];
    return demand === undefined ? [] : [[pack, demand] as const];
  });
  return { rule: id, ...facts, packs: Object.fromEntries(packs), page: guardrailPage(id) };
}

/** One rule, as a terminal shows it. */
export function explain(id: GuardrailRuleId): string {
  const { title, of, severity, why, remedy, declaration, mappings, packs, page } = explainedRule(id);
  const listed = Object.entries(packs).map(([pack, demand]) => `${pack} (${demand})`);
  return [
    `${id}: ${title}`,
    "",
    paragraph("of", `each ${of}`),
    paragraph("severity", severity),
    ...(listed.length === 0 ? [] : [paragraph("packs", listed.join(", "))]),
    paragraph("why", why),
    paragraph("change", `${remedy}.`),
    // Not broken into lines: it is to be copied.
    ...(declaration === undefined ? [] : [`${"declare".padEnd(INDENT)}${declaration}`]),
    ...mappings.map(({ framework, control, keeps }) => paragraph(framework, `${control}: ${keeps}`)),
    paragraph("page", page),
  ].join("\n");
}

/** All rules, one a line. */
export function explainAll(): TerminalText[] {
  return aligned(GUARDRAIL_RULE_IDS.map((id) => [id, GUARDRAIL_RULES[id].severity, GUARDRAIL_RULES[id].title]));
}

const INDENT = 11;
const WIDTH = 100;

function paragraph(name: string, text: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.length - 1;
    const longer = [lines[last], word].filter(Boolean).join(" ");
    if (longer.length > WIDTH - INDENT && lines[last] !== "") lines.push(word);
    else lines[last] = longer;
  }
  return `${name.padEnd(INDENT)}${lines.join(`\n${" ".repeat(INDENT)}`)}`;
}
