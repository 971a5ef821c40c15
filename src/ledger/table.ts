import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import { defined } from "../model/defined";

/**
 * An item of the ledger table: two key attributes, a number that guards writes, and a JSON text.
 */
export interface Item {
  readonly pk: string;
  readonly sk: string;
  /**
   * Revision of a record, or time until which a lease or a pace holds (Unix milliseconds). NaN
   * where what is stored is no number.
   */
  readonly guard: number;
  readonly body: string;
}

/** Condition on the stored item; the write is refused where it does not hold. */
export interface Condition {
  readonly expression: string;
  readonly values?: Readonly<Record<string, number | string>>;
}

/** Holds where `guard` is absent or no number: nothing of ours has written such an item. */
export const NO_TIME = { expression: "NOT attribute_type(guard, :number)", values: { ":number": "N" } } as const;

/** The few DynamoDB calls that ledger and pacing make. */
export class Table {
  constructor(
    private readonly client: DynamoDBClient,
    private readonly name: string,
    /** Ends what is under way. */
    private readonly signal?: AbortSignal,
  ) {}

  async get(pk: string, sk: string): Promise<Item | undefined> {
    const { Item } = await this.client.send(
      new GetItemCommand({ TableName: this.name, Key: keyOf(pk, sk), ConsistentRead: true }),
      this.#options,
    );
    return Item === undefined ? undefined : fromAttributes(Item);
  }

  /** All items whose range key starts so, all pages. */
  async query(pk: string, skPrefix: string): Promise<Item[]> {
    const items: Item[] = [];
    let start: Record<string, AttributeValue> | undefined;
    do {
      const page = await this.client.send(
        new QueryCommand({
          TableName: this.name,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :pk AND begins_with(sk, :sk)",
          ExpressionAttributeValues: { ":pk": { S: pk }, ":sk": { S: skPrefix } },
          ...defined({ ExclusiveStartKey: start }),
        }),
        this.#options,
      );
      items.push(...(page.Items ?? []).map(fromAttributes));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    return items;
  }

  /** False where the condition did not hold. */
  async put(item: Item, condition: Condition): Promise<boolean> {
    return this.#guarded(() =>
      this.client.send(
        new PutItemCommand({
          TableName: this.name,
          Item: { ...keyOf(item.pk, item.sk), guard: { N: String(item.guard) }, body: { S: item.body } },
          ...expressionOf(condition),
        }),
        this.#options,
      ),
    );
  }

  /** False where the condition did not hold. Deleting what is gone is success. */
  async delete(pk: string, sk: string, condition?: Condition): Promise<boolean> {
    return this.#guarded(() =>
      this.client.send(
        new DeleteItemCommand({
          TableName: this.name,
          Key: keyOf(pk, sk),
          ...(condition === undefined ? {} : expressionOf(condition)),
        }),
        this.#options,
      ),
    );
  }

  get #options() {
    return this.signal === undefined ? {} : { abortSignal: this.signal };
  }

  async #guarded(write: () => Promise<unknown>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}

function keyOf(pk: string, sk: string) {
  return { pk: { S: pk }, sk: { S: sk } };
}

function fromAttributes(item: Record<string, AttributeValue>): Item {
  return {
    pk: item["pk"]?.S ?? "",
    sk: item["sk"]?.S ?? "",
    guard: Number(item["guard"]?.N),
    body: item["body"]?.S ?? "",
  };
}

function expressionOf({ expression, values = {} }: Condition) {
  const entries = Object.entries(values).map(
    ([name, value]) => [name, typeof value === "number" ? { N: String(value) } : { S: value }] as const,
  );
  return {
    ConditionExpression: expression,
    ...(entries.length === 0 ? {} : { ExpressionAttributeValues: Object.fromEntries(entries) }),
  };
}
