import * as v from "valibot";
import { ledgerTableName } from "../../../src/model/names";
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

/** Every item of the deployment's ledger, as DynamoDB holds them. */
export async function ledgerItems({ world, stackId }: Pick<Deployment, "world" | "stackId">): Promise<LedgerItem[]> {
  const items: LedgerItem[] = [];
  let start: unknown;
  do {
    const { status, body } = await world.client.aws("dynamodb", "DynamoDB_20120810.Scan", {
      TableName: ledgerTableName(stackId),
      ConsistentRead: true,
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    });
    if (status !== 200) throw new Error(`The ledger could not be scanned: ${status} ${JSON.stringify(body)}`);
    const page = v.parse(pageSchema, body);
    items.push(...page.Items);
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return items;
}
