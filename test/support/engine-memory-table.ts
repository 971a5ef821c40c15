import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type Condition, type Item, NO_TIME, Table } from "../../src/ledger/table";

/** Never called, and dear to make. */
const NOBODY = new DynamoDBClient({});

/**
 * The ledger's table in memory. `test/ledger/memory-table.test.ts` holds it against DynamoDB as
 * moto answers for it.
 */
export class MemoryTable extends Table {
  readonly items = new Map<string, Item>();

  constructor() {
    super(NOBODY, "memory");
  }

  override async get(pk: string, sk: string): Promise<Item | undefined> {
    return this.items.get(idOf(pk, sk));
  }

  override async query(pk: string, skPrefix: string): Promise<Item[]> {
    const found = [...this.items.values()].filter((item) => item.pk === pk && item.sk.startsWith(skPrefix));
    return found.sort((a, b) => (a.sk < b.sk ? -1 : 1));
  }

  override async put(item: Item, condition: Condition): Promise<boolean> {
    const id = idOf(item.pk, item.sk);
    if (!holds(condition, this.items.get(id))) return false;
    this.items.set(id, { ...item });
    return true;
  }

  override async delete(pk: string, sk: string, condition?: Condition): Promise<boolean> {
    const id = idOf(pk, sk);
    if (condition !== undefined && !holds(condition, this.items.get(id))) return false;
    this.items.delete(id);
    return true;
  }
}

function idOf(pk: string, sk: string): string {
  return `${pk}\n${sk}`;
}

/**
 * Terms joined with OR, and in brackets with AND; each compares one attribute with one value, or
 * asks whether the item is there or has a time.
 */
function holds({ expression, values = {} }: Condition, item: Item | undefined): boolean {
  const termHolds = (term: string) => {
    if (term === "attribute_not_exists(pk)") return item === undefined;
    if (term === "attribute_exists(pk)") return item !== undefined;
    if (term === NO_TIME.expression) return !Number.isFinite(item?.guard);
    const [, attribute, operator, value] = /^(guard|body) (=|<>|<=|<|>) (:\w+)$/.exec(term) ?? [];
    const wanted = value === undefined ? undefined : values[value];
    if (wanted === undefined) throw new Error(`a condition that this table does not know: ${term}`);
    // To DynamoDB an attribute that is not there compares with nothing.
    const stored = attribute === "guard" ? item?.guard : item?.body;
    if (stored === undefined) return false;
    if (operator === "=") return stored === wanted;
    if (operator === "<>") return stored !== wanted;
    if (operator === ">") return stored > wanted;
    return operator === "<" ? stored < wanted : stored <= wanted;
  };
  return expression.split(" OR ").some((either) => {
    const both = /^\((.+)\)$/.exec(either)?.[1] ?? either;
    return both.split(" AND ").every(termHolds);
  });
}
