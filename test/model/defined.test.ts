import { defined } from "../../src/model/defined";

describe("defined", () => {
  it("leaves out what is undefined, and nothing else", () => {
    // GIVEN values that are falsy, and one that is undefined
    const given = { no: undefined, zero: 0, empty: "", off: false, nothing: null, list: [] };

    // WHEN
    const kept = defined(given);

    // THEN an absent property is absent, not undefined
    expect("no" in kept).toBe(false);
    expect(kept).toStrictEqual({ zero: 0, empty: "", off: false, nothing: null, list: [] });
  });

  it("keeps a property that is named __proto__ as data", () => {
    const kept = defined(JSON.parse('{"__proto__": {"polluted": true}}') as object);

    expect(Object.keys(kept)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
  });
});
