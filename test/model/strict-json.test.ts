import fc from "fast-check";
import * as v from "valibot";
import { DuplicateMemberError, parseStrictJson, strictJson } from "../../src/model/strict-json";

const error = (text: string): unknown => {
  try {
    return parseStrictJson(text);
  } catch (thrown) {
    return thrown;
  }
};

describe("strict JSON", () => {
  test("is what JSON.parse reads, whatever is in its texts and names", () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), (text) => {
        const expected: unknown = JSON.parse(text);
        expect(parseStrictJson(text)).toEqual(expected);
        expect(parseStrictJson(JSON.stringify(expected, null, 2))).toEqual(expected);
        expect(parseStrictJson(JSON.stringify([text, { [text]: text }]))).toEqual([text, { [text]: text }]);
      }),
    );
  });

  test.each([
    ['{"a":1,"a":1}', 7],
    ['{"a":1,"\\u0061":2}', 7],
    ['{"x":[{"a":{"b":":","b":2}}]}', 20],
    ['{"a":{"a":1},"b":{"a":1},"a":0}', 25],
    ['[{"":1,"":2}]', 7],
    ['{"__proto__":1,"__proto__":2}', 15],
    ['{"a\\"":1,"a\\"":2}', 9],
    ['{"a\\\\":"\\\\","a\\\\":2}', 12],
    ['{"a":"x,","b":1,"a":[]}', 16],
  ])("refuses %s, and says where", (text, position) => {
    expect(error(text)).toBeInstanceOf(DuplicateMemberError);
    expect(error(text)).toMatchObject({ position });
  });

  test.each([
    '{"a":1,"b":{"a":1}}',
    '[{"a":1},{"a":1}]',
    '{"a":":","b":"\\":"}',
    '{"__proto__":{"a":1}}',
    "1",
    '"a:a"',
  ])("takes %s", (text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  test("quotes nothing of a text that it refuses", () => {
    expect(String(error('{"sk-secret":1,"sk-secret":2}'))).not.toContain("sk-secret");
  });

  test("is an action of a schema, for which both kinds of refusal are issues", () => {
    const schema = v.pipe(v.string(), strictJson(), v.object({ a: v.number() }));
    expect(v.safeParse(schema, '{"a":1}').output).toEqual({ a: 1 });
    expect(v.safeParse(schema, '{"a":1,"a":1}').issues?.[0].message).toBe("Duplicate member");
    expect(v.safeParse(schema, "{").issues?.[0].message).toBe("Invalid JSON");
  });
});
