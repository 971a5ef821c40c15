import { parsePolicy } from "../../src/iam";

const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" };
const written = (value: unknown) => JSON.stringify(value);

describe("a policy document", () => {
  test("of one statement, with texts in place of lists, is the same as with lists", () => {
    const [single, lists] = [
      parsePolicy(written({ Version: "2012-10-17", Statement: statement })),
      parsePolicy(
        written({ Version: "2012-10-17", Statement: [{ ...statement, Action: ["s3:GetObject"], Resource: ["*"] }] }),
      ),
    ];
    expect(single).toEqual(lists);
  });

  test("without a version is of 2008", () => {
    expect(parsePolicy(written({ Statement: statement }))?.version).toBe("2008-10-17");
  });

  test.each([
    ["no JSON", "{"],
    ["a member twice", '{"Statement":[{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}]}'],
    [
      "a member twice, in two spellings",
      '{"Statement":[{"Effect":"Deny","\\u0045ffect":"Allow","Action":"*","Resource":"*"}]}',
    ],
    ["no statement", written({ Version: "2012-10-17" })],
    ["an element that there is not", written({ Statement: { ...statement, Reource: "x" } })],
    ["an effect in lower case", written({ Statement: { ...statement, Effect: "allow" } })],
    ["a version that there is not", written({ Version: "2020-01-01", Statement: statement })],
    ["neither Action nor NotAction", written({ Statement: { Effect: "Allow", Resource: "*" } })],
    ["Action and NotAction", written({ Statement: { ...statement, NotAction: "x" } })],
    ["Resource and NotResource", written({ Statement: { ...statement, NotResource: "x" } })],
    ["Principal and NotPrincipal", written({ Statement: { ...statement, Principal: "*", NotPrincipal: "*" } })],
    ["a principal of a kind that there is not", written({ Statement: { ...statement, Principal: { Aws: "1" } } })],
    ["a text", written("x")],
  ])("with %s cannot be read", (_, text) => {
    expect(parsePolicy(text)).toBeUndefined();
  });
});
