import fc from "fast-check";
import { type Condition, NO_TIME } from "../../src/ledger/table";
import { MemoryTable } from "../support/engine-memory-table";
import { startTable, type TableHarness } from "../support/engine-table";

/** A real server on a machine that may be busy. */
jest.setTimeout(60_000);

const time = fc.integer({ min: 0, max: 4 });
const text = fc.constantFrom("run-1", "run-2", "run-3");
const place = fc.record({ pk: fc.constantFrom("a", "a#pace"), sk: fc.constantFrom("key#a", "key#b", "lease#a") });

/** Every condition that ledger and pacing write. */
const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.constant({ expression: "attribute_not_exists(pk)" }),
  fc.constant({ expression: "attribute_exists(pk)" }),
  time.map((rev) => ({ expression: "guard = :rev", values: { ":rev": rev } })),
  time.map((now) => ({ expression: "attribute_not_exists(pk) OR guard <= :now", values: { ":now": now } })),
  text.map((holder) => ({ expression: "body = :holder", values: { ":holder": holder } })),
  fc.tuple(time, text).map(([now, holder]) => ({
    expression: `attribute_not_exists(pk) OR body = :holder OR guard < :now OR guard > :latest OR ${NO_TIME.expression}`,
    values: { ":now": now, ":latest": now + 2, ":holder": holder, ...NO_TIME.values },
  })),
  time.map((latest) => ({
    expression: `guard > :latest OR ${NO_TIME.expression}`,
    values: { ":latest": latest, ...NO_TIME.values },
  })),
  fc.tuple(time, text, text).map(([died, holder, told]) => ({
    expression: "attribute_not_exists(pk) OR body = :holder OR (body <> :told AND guard < :died)",
    values: { ":holder": holder, ":told": told, ":died": died },
  })),
);

const call = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("put" as const), place, guard: time, body: text, condition }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("delete" as const), place, condition: fc.option(condition) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("get" as const), place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("query" as const), pk: fc.constantFrom("a", "a#pace") }) },
);

describe("the table in memory that other tests use", () => {
  let harness: TableHarness;
  let runs = 0;

  beforeAll(async () => {
    harness = await startTable({ now: Date.now });
  }, 100_000);
  afterAll(() => harness.close());

  test("answers any calls as DynamoDB does", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 12 }), async (calls) => {
        // GIVEN
        const memory = new MemoryTable();
        runs += 1;
        const pkOf = (pk: string) => `run${runs}/${pk}`;
        for (const next of calls) {
          // WHEN
          const answers = await Promise.all(
            [memory, harness.table].map((table) => {
              if (next.do === "query") return table.query(pkOf(next.pk), "key#");
              const { sk } = next.place;
              const pk = pkOf(next.place.pk);
              if (next.do === "get") return table.get(pk, sk);
              if (next.do === "delete") return table.delete(pk, sk, next.condition ?? undefined);
              return table.put({ pk, sk, guard: next.guard, body: next.body }, next.condition);
            }),
          );

          // THEN
          expect(answers[0]).toEqual(answers[1]);
        }
      }),
      { numRuns: 40 },
    );
  });
});
