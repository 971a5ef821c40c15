import { type CodeFacts, codeChange, type IssuerCode } from "../../../src/review/owned/code";

const code = (release: string | undefined, vendor = "openai", adapter?: string): IssuerCode => {
  const words = release === undefined ? "code nobody knows" : `release ${release} (${vendor})`;
  const facts: CodeFacts = { words, vendor: release === undefined ? undefined : vendor, release, adapter };
  return { controller: facts, observer: facts };
};
const direction = (before: IssuerCode, after: IssuerCode) => codeChange(before, after)?.direction;

describe("a change of the functions' code", () => {
  test("to a later release of the same vendor is harmless", () => {
    expect(direction(code("1.0.0"), code("1.1.0"))).toBe("same");
  });

  test.each([
    ["to an earlier release", code("1.1.0"), code("1.0.0")],
    ["to another vendor's", code("1.0.0"), code("1.1.0", "groq")],
    ["to what nobody knows", code("1.0.0"), code(undefined)],
    ["to what was built in a working copy", code("1.0.0"), code("1.0.0-unreleased")],
    ["of the adapter beside it", code("1.0.0", "custom", "aa"), code("1.1.0", "custom", "bb")],
  ])("%s is nothing that anybody can tell", (_, before, after) => {
    expect(direction(before, after)).toBe("unknown");
  });
});
