import * as v from "valibot";
import { type Dialect, parseAnswer } from "../../src/http/exchange";
import { VendorError } from "../../src/model/vendor-error";

const dialect: Dialect = {
  displayName: "Acme",
  authorize: () => ({}),
  errorIn: () => undefined,
  valuePrefixes: ["acme-"],
};
const schema = v.object({ limits: v.record(v.string(), v.number()) });

describe("an answer that does not follow its schema", () => {
  const messageOf = (body: unknown): string => {
    try {
      parseAnswer(dialect, schema, body, "GET /keys", 200);
    } catch (error) {
      if (error instanceof VendorError) return error.message;
    }
    throw new Error("no VendorError");
  };

  test("is told by the field, and not by what stands there", () => {
    expect(messageOf({ limits: { day: "a secret" } })).toBe(
      'Acme\'s answer to GET /keys does not follow its schema at "limits.day"',
    );
    expect(messageOf("a secret")).toBe('Acme\'s answer to GET /keys does not follow its schema at "the answer"');
  });

  test.each([
    ["a key's value", "acme-0123456789abcdef", "limits.[redacted]"],
    ["what steers a terminal", "\u001b[2J\u0000x", "limits.\\u{1b}[2J\\u{0}x"],
  ])("keeps %s out, where the answer names its fields itself", (_, name, shown) => {
    expect(messageOf({ limits: { [name]: "x" } })).toContain(`"${shown}"`);
  });

  test("is told in few words, however long a field's name", () => {
    expect(messageOf({ limits: { ["x".repeat(10_000)]: "x" } }).length).toBeLessThan(400);
  });
});
