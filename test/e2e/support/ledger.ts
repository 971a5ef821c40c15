import * as v from "valibot";
import { defined } from "../../../src/model/defined";
import type { Deployment } from "./deployment";

export interface LedgerItem {
  readonly pk: string;
  readonly sk: string;
  readonly body: string;
}

const text = v.pipe(
  v.object({ S: v.string() }),
  v.transform(({ S }) => S),
);
const pageSchema = v.object({
  Items: v.array(v.looseObject({ pk: text, sk: text, body: text })),
  LastEvaluatedKey: v.optional(v.unknown()),
});

const tablesSchema = v.object({ TableNames: v.array(v.string()) });

/** Every item of the ledgers of the deployment's issuers, as DynamoDB holds them. */
export async function ledgerItems({ world, stackId }: Pick<Deployment, "world" | "stackId">): Promise<LedgerItem[]> {
  const listed = await world.client.aws("dynamodb", "DynamoDB_20120810.ListTables", {});
  const tables = v
    .parse(tablesSchema, listed.body)
    .TableNames.filter((name) => name.startsWith(`${stackId}-`) && name.endsWith("-ledger"));
  return (await Promise.all(tables.map((table) => itemsOf(world, table)))).flat();
}

async function itemsOf(world: Deployment["world"], table: string): Promise<LedgerItem[]> {
  const items: LedgerItem[] = [];
  let start: unknown;
  do {
    const { status, body } = await world.client.aws("dynamodb", "DynamoDB_20120810.Scan", {
      TableName: table,
      ConsistentRead: true,
      ...defined({ ExclusiveStartKey: start }),
    });
    if (status !== 200) throw new Error(`The ledger could not be scanned: ${status} ${JSON.stringify(body)}`);
    const page = v.parse(pageSchema, body);
    items.push(...page.Items);
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return items;
}
