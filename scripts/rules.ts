// Writes the head of each page in docs/rules, and the table of docs/guardrails.md, from the rules'
// data. `npm run rules`; with `--check`, changes nothing and fails where something is out of date.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { explainedRule } from "../src/cli/explain";
import {
  GUARDRAIL_RULE_IDS,
  GUARDRAIL_RULES,
  type GuardrailRuleFacts,
  type GuardrailRuleId,
  guardrailPage,
} from "../src/model/guardrail-rules";

const ROOT = join(__dirname, "..");
export const HEAD_END = "<!-- end of what is written by `npm run rules` from src/model/guardrail-rules.ts -->";
const OF = { key: "keys", issuer: "issuers", exception: "exceptions" } as const;

function packsWith(id: GuardrailRuleId): string[] {
  return Object.entries(explainedRule(id).packs).map(([pack, demand]) => `\`${pack}\` (${demand})`);
}

/** One a line. */
function sentences(text: string): string {
  return text.replace(/(?<=[.!?]) (?=[A-Z`])/g, "\n");
}

/** Everything on a rule's page that its data says. */
export function pageHead(id: GuardrailRuleId): string {
  const facts: GuardrailRuleFacts = GUARDRAIL_RULES[id];
  const { title, of, severity, why, remedy, declaration, mappings } = facts;
  const packs = packsWith(id);
  const rows = [
    ["rule", `\`${id}\``],
    ["of", OF[of]],
    ["severity", severity],
    ["packs", declaration === undefined ? "holds wherever there are exceptions" : packs.join(", ") || "none"],
    ...mappings.map(({ framework, control, keeps }) => [framework, `${control}: ${keeps}`]),
  ];
  return [
    `# ${title}`,
    "",
    "| | |",
    "|---|---|",
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
    "",
    `**Why it matters.**`,
    sentences(why),
    "",
    `**What to change.**`,
    `${sentences(remedy.charAt(0).toUpperCase() + remedy.slice(1))}.`,
    ...(declaration === undefined ? [] : ["", "```ts", `KeyGuardrails.of(stack).add(${declaration});`, "```"]),
    "",
    HEAD_END,
    "",
  ].join("\n");
}

/** The overview in docs/guardrails.md. */
export function rulesTable(): string {
  const rows = GUARDRAIL_RULE_IDS.map((id) => {
    const facts: GuardrailRuleFacts = GUARDRAIL_RULES[id];
    const { title, of, severity, mappings } = facts;
    const packs = Object.keys(explainedRule(id).packs);
    const controls = mappings.map(({ framework, control }) => `${framework} ${control}`);
    return `| [${id}](rules/${id}.md) | ${title} | ${OF[of]} | ${severity} | ${packs.join(", ")} | ${controls.join(", ")} |`;
  });
  return ["| rule | requirement | of | severity | packs | controls |", "|---|---|---|---|---|---|", ...rows].join("\n");
}

const TABLE = /(<!-- table written by `npm run rules` -->\n).*?(<!-- end of table -->)/s;

/** Pages by path, as they should be; what people wrote below the head is kept. */
export function rulePages(): Record<string, string> {
  const pages = GUARDRAIL_RULE_IDS.map((id): [string, string] => {
    const path = guardrailPage(id);
    const text = existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), "utf8") : "";
    const end = text.indexOf(HEAD_END);
    return [path, `${pageHead(id)}${end < 0 ? "" : text.slice(end + HEAD_END.length + 1)}`];
  });
  const overview = "docs/guardrails.md";
  const text = readFileSync(join(ROOT, overview), "utf8");
  if (!TABLE.test(text)) throw new Error(`${overview} has no table to write`);
  return Object.fromEntries([
    ...pages,
    [overview, text.replace(TABLE, (_, start, end) => `${start}${rulesTable()}\n${end}`)],
  ]);
}

function main(): void {
  const check = process.argv.includes("--check");
  for (const [path, text] of Object.entries(rulePages())) {
    const file = join(ROOT, path);
    if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
    if (check) {
      console.error(`${path} is out of date: npm run rules`);
      process.exitCode = 1;
    } else {
      writeFileSync(file, text);
    }
  }
}

if (require.main === module) main();
