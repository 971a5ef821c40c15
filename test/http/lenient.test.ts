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
});
