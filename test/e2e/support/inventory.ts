import type { World } from "./world";

const JSON_LISTINGS = [
  ["dynamodb", "DynamoDB_20120810.ListTables", "TableNames"],
  ["logs", "Logs_20140328.DescribeLogGroups", "logGroups"],
  ["events", "AWSEvents.ListRules", "Rules"],
  ["secretsmanager", "secretsmanager.ListSecrets", "SecretList"],
] as const;
const QUERY_LISTINGS = [
  ["iam", "ListRoles", "2010-05-08", "RoleName"],
  ["monitoring", "DescribeAlarms", "2010-08-01", "AlarmName"],
] as const;

/**
 * Everything in the AWS account, of every kind that our constructs render:
 * `dynamodb ai-keys-openai-ledger`.
 */
export async function inventory(world: World): Promise<string[]> {
  const found: string[] = [];
  for (const [service, target, member] of JSON_LISTINGS) {
    const { status, body } = await world.client.aws(service, target, {});
    if (status !== 200) throw new Error(`${target} was answered ${status}`);
    found.push(...names(body, member).map((name) => `${service} ${name}`));
  }
  const functions = await world.client.lambda("GET", "/2015-03-31/functions");
  found.push(...names(functions.body, "Functions").map((name) => `lambda ${name}`));
  for (const [service, action, version, element] of QUERY_LISTINGS) {
    const { status, text } = await world.client.query(service, { Action: action, Version: version });
    if (status !== 200) throw new Error(`${action} was answered ${status}: ${text}`);
    const elements = text.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, "g"));
    for (const [, name] of elements) found.push(`${service} ${name}`);
  }
  return found.sort();
}

/** Names of the listed things, whatever the service calls them. */
function names(body: unknown, member: string): string[] {
  const list: unknown = typeof body === "object" && body !== null ? Reflect.get(body, member) : undefined;
  if (!Array.isArray(list)) throw new Error(`There is no list ${member} in the answer.`);
  return list.map((item: unknown) => {
    if (typeof item === "string") return item;
    const fields = new Map(Object.entries(Object(item)));
    return String(fields.get("Name") ?? fields.get("FunctionName") ?? fields.get("logGroupName"));
  });
}
