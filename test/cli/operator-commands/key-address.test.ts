import { parseIssuer, parseKeyAddress } from "../../../src/cli/operator-commands/key-address";

const ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:";

describe("the name of a key on the command line", () => {
  test.each([
    ["a secret's name", "ai-keys/openai/summariser", { prefix: "ai-keys/openai", key: "summariser" }],
    ["a prefix of more parts", "a/b/c/key.v2", { prefix: "a/b/c", key: "key.v2" }],
    [
      "an ARN with its suffix",
      `${ARN}ai-keys/openai/summariser-aB3dE9`,
      { prefix: "ai-keys/openai", key: "summariser", region: "eu-central-1" },
    ],
    [
      "a key whose own name ends like a suffix",
      `${ARN}ai-keys/openai/search-backen-aB3dE9`,
      { prefix: "ai-keys/openai", key: "search-backen", region: "eu-central-1" },
    ],
  ])("is %s", (_what, text, address) => {
    expect(parseKeyAddress(text)).toEqual(address);
  });

  test.each([
    ["nothing", ""],
    ["a key alone", "summariser"],
    ["a prefix alone", "ai-keys/openai/"],
    ["no prefix", "/summariser"],
    ["a way upwards", "ai-keys/../summariser"],
    ["an ARN of something else", "arn:aws:lambda:eu-central-1:123456789012:function:x/y"],
    ["a key that is too long", `ai-keys/openai/${"k".repeat(65)}`],
    ["a prefix whose function has too long a name", `${"p".repeat(41)}/${"q".repeat(41)}/key`],
    ["control characters", "ai-keys/openai/a\nb"],
  ])("is not %s", (_what, text) => {
    expect(() => parseKeyAddress(text)).toThrow("[SK301]");
  });

  test("of an issuer is its prefix", () => {
    expect(parseIssuer("ai-keys/openai")).toBe("ai-keys/openai");
    expect(() => parseIssuer("ai-keys/openai/")).toThrow("[SK302]");
  });
});
