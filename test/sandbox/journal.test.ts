import { Journal, type JournalRecord } from "../../src/sandbox/journal/journal";
import { summarise } from "../../src/sandbox/journal/summary";
import { SimulatedClock } from "../../src/sandbox/time-and-faults/clock";

const SECRET = 'sk-svcacct-"quoted"+slash/0123456789';
const entry = (changes: Partial<JournalRecord>): JournalRecord => ({
  kind: "aws",
  service: "dynamodb",
  operation: "PutItem",
  caller: "command",
  ...changes,
});

describe("journal", () => {
  test("counts entries and filters by number and kind", () => {
    // GIVEN
    const journal = new Journal(new SimulatedClock(), () => []);
    // WHEN
    journal.record(entry({}));
    journal.record(entry({ kind: "vendor" }));
    journal.record(entry({}));
    // THEN
    expect(journal.read().map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(journal.read({ since: 1, kind: "aws" }).map(({ seq }) => seq)).toEqual([3]);
    journal.clear();
    journal.record(entry({}));
    expect(journal.read().map(({ seq }) => seq)).toEqual([4]);
  });

  test("shows no known value, wherever it stands, in whatever form, even when it became known later", () => {
    // GIVEN
    const secrets: string[] = [];
    const journal = new Journal(new SimulatedClock(), () => secrets);
    journal.record(
      entry({
        operation: `GET /v1/${encodeURIComponent(SECRET)}`,
        request: { list: [SECRET], nested: { text: `Bearer ${SECRET}.` }, [SECRET]: 1 },
        response: Buffer.from(SECRET).toString("base64"),
      }),
    );
    journal.record(entry({ response: JSON.stringify({ value: SECRET }) }));
    // WHEN
    secrets.push(SECRET);
    const told = JSON.stringify(journal.read());
    // THEN
    expect(told).not.toContain("sk-svcacct");
    expect(told).not.toContain(Buffer.from(SECRET).toString("base64"));
    expect(told.match(/\[redacted\]/g)).toHaveLength(6);
  });
});

describe("summaries", () => {
  test("withhold values and code, and cut what is long", () => {
    expect(summarise('{"SecretId":"a","SecretString":"b","Code":{"ZipFile":"c"}}')).toEqual({
      SecretId: "a",
      SecretString: "[withheld]",
      Code: { ZipFile: "[withheld]" },
    });
    expect(summarise(JSON.stringify({ a: "x".repeat(5_000) }))).toMatch(/… \(5008 characters\)$/);
    expect(summarise("")).toBeUndefined();
  });
});
