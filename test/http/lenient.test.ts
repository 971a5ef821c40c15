import * as v from "valibot";
import { lenient } from "../../src/http/lenient";

const schema = lenient(
  v.object({ id: v.string(), name: v.string(), disabled: v.boolean(), at: v.pipe(v.string(), v.isoTimestamp()) }),
  "id",
);
const FULL = { id: "k", name: "somebody's", disabled: false, at: "2026-11-01T00:00:00Z" };

describe("an item of a listing", () => {
  test.each([
    ["without a name", { ...FULL, name: null }, { ...FULL, name: "" }],
    ["without a time", { ...FULL, at: undefined }, { ...FULL, at: "1970-01-01T00:00:00Z" }],
    ["with an odd flag", { ...FULL, disabled: "perhaps" }, FULL],
  ])("of somebody else's, %s, is read", (_, item, read) => {
    expect(v.parse(schema, item)).toEqual(read);
  });

  test.each([
    [
      "a name of this library's and an odd flag",
      { ...FULL, name: "ai/x.0badcafe/key/0123456789ab", disabled: "perhaps" },
    ],
    ["an owner of this library's and no name", { ...FULL, name: null, owner: { name: "ai/x.0badcafe/key" } }],
    ["no id", { ...FULL, id: null }],
    ["no fields", {}],
    ["no object", "k"],
  ])("with %s is refused", (_, item) => {
    expect(v.safeParse(schema, item).success).toBe(false);
  });

  describe("that says what a key may do", () => {
    const limits = lenient(
      v.object({
        id: v.string(),
        limit: v.nullish(v.pipe(v.number(), v.minValue(0))),
        rates: v.nullish(v.array(v.object({ unit: v.string(), value: v.number() }))),
        scopes: v.nullish(v.array(v.string())),
      }),
      "id",
      { limit: "spend", rates: "requestsPerMinute", scopes: "scopes" },
    );

    test.each<[string, object, object]>([
      ["numbers as texts", { id: "k", limit: "5", rates: [{ unit: "rpm", value: "60" }] }, { limit: 5 }],
      ["less than nothing for no limit", { id: "k", limit: -1 }, { limit: null }],
      ["no limits", { id: "k", limit: null, scopes: undefined }, { limit: null }],
    ])("is read with %s", (_, item, read) => {
      expect(v.parse(limits, item)).toMatchObject(read);
      expect(v.parse(limits, item).odd).toBeUndefined();
    });

    test("is not taken for one without limits where a limit is not understood", () => {
      const item = { id: "k", limit: { usd: 5 }, rates: "60 a minute", scopes: { read: true } };
      expect(v.parse(limits, item).odd).toEqual([
        { of: "spend", shown: 'limit {"usd":5}', reason: "it has a form that is not known" },
        { of: "requestsPerMinute", shown: 'rates "60 a minute"', reason: "it has a form that is not known" },
        { of: "scopes", shown: 'scopes {"read":true}', reason: "it has a form that is not known" },
      ]);
    });
  });
});
