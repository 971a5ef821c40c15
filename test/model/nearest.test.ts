import { nearest } from "../../src/model/nearest";

const KNOWN = ["owner", "purpose", "limits", "models", "a"];

test.each([
  ["ownr", "owner"],
  ["Owner", "owner"],
  ["limit", "limits"],
  ["model", "models"],
  ["purposes", "purpose"],
  ["b", "a"],
  ["colour", undefined],
  ["", "a"],
  ["x".repeat(1_000_000), undefined],
])("the name nearest to %.20s is %s", (given, expected) => {
  expect(nearest(given, KNOWN)).toBe(expected);
});

test("of no names none is near", () => {
  expect(nearest("owner", [])).toBeUndefined();
});
