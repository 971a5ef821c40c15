// Writes the policy documents in docs/permissions.md from the code that renders them.
// `npm run permissions`; with `--check`, changes nothing and fails where the page is out of date.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  boundedRoles,
  deployerPolicy,
  type IssuerScope,
  operatorPolicy,
  plannerPolicy,
} from "../constructs/access/role-policies";
import { functionName, ledgerTableName, roleName } from "../src/model/names";

const FILE = join(__dirname, "..", "docs", "permissions.md");
const PREFIX = "ai-keys/openai";
const REGION = "eu-west-1";
const ACCOUNT = "111122223333";

/**
 * The issuer of the examples: stack `ai-keys`, issuer `openai`, in a region and an account that are
 * nobody's.
 */
const EXAMPLE: IssuerScope = {
  here: {
    account: ACCOUNT,
    region: REGION,
    arn: (service, resource) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`,
    iamArn: (resource) => `arn:aws:iam::${ACCOUNT}:${resource}`,
  },
  prefix: PREFIX,
  ledgerTable: ledgerTableName(PREFIX),
  roleArns: (["controller", "observer"] as const).map(
    (role) => `arn:aws:iam::${ACCOUNT}:role/${roleName(functionName(PREFIX, role), REGION)}`,
  ),
};

export const DOCUMENTS = {
  planner: plannerPolicy(EXAMPLE),
  operator: operatorPolicy(EXAMPLE),
  deployer: deployerPolicy(EXAMPLE),
  "deployer's roles": boundedRoles(EXAMPLE, EXAMPLE.here.iamArn("policy/functions-of-keys")),
} as const;

/** The page as it should be; what people wrote around the documents is kept. */
export function permissionsPage(): string {
  let text = readFileSync(FILE, "utf8");
  for (const [role, policy] of Object.entries(DOCUMENTS)) {
    const place = new RegExp(`(<!-- ${role}: written by \`npm run permissions\` -->\\n).*?(<!-- end -->)`, "s");
    if (!place.test(text)) throw new Error(`docs/permissions.md has no place for the ${role}'s policy`);
    const json = `\`\`\`json\n${JSON.stringify(JSON.parse(policy), undefined, 2)}\n\`\`\`\n`;
    text = text.replace(place, (_, start, end) => `${start}${json}${end}`);
  }
  return text;
}

function main(): void {
  const page = permissionsPage();
  if (readFileSync(FILE, "utf8") === page) return;
  if (process.argv.includes("--check")) {
    console.error("docs/permissions.md is out of date: npm run permissions");
    process.exitCode = 1;
  } else {
    writeFileSync(FILE, page);
  }
}

if (require.main === module) main();
