import { nearest } from "../../src/model/nearest";

const KNOWN = ["owner", "purpose", "limits", "models", "a"];

test.each([
  ["ownr", "owner"],
  ["Owner", "owner"],
  ["limit", "limits"],
  ["model", "models"],
  ["purposes", "purpose"],
  ["b", undefined],
  ["colour", undefined],
  ["", undefined],
  ["x".repeat(1_000_000), undefined],
])("the name nearest to %.20s is %s", (given, expected) => {
  expect(nearest(given, KNOWN)).toBe(expected);
});

test.each<[string, string[], string | undefined]>([
  ["bsah", ["bash", "zsh", "fish"], "bash"],
  ["ai-keys/openai/sumariser", ["ai-keys/openai/search", "ai-keys/openai/summariser"], "ai-keys/openai/summariser"],
  ["x", ["bash"], undefined],
  ["STATUS", ["status"], "status"],
])("the name nearest to %j of %j is %j", (given, candidates, expected) => {
  expect(nearest(given, candidates)).toBe(expected);
});

test("of no names none is near", () => {
  expect(nearest("owner", [])).toBeUndefined();
});
