import { candidateValues, parseSecretPayload } from "../../src/model/secret-payload";

const payload = {
  apiKey: "sk-svcacct-0123456789",
  vendor: "openai",
  keyId: "key_1",
  baseUrl: "https://api.openai.com/v1",
  issuedAt: "2026-11-24T10:20:00.000Z",
  expiresAt: "2026-12-24T10:20:00Z",
};
const parse = (change: object) => parseSecretPayload(JSON.stringify({ ...payload, ...change }));

describe("a secret's text", () => {
  test("is a payload, with whatever else stands in it", () => {
    expect(parse({ team: "search" })).toEqual({ ...payload, team: "search" });
  });

  test.each<[string, object]>([
    ["no value", { apiKey: "" }],
    ["no id of a vendor key", { keyId: undefined }],
    ["an id that the ledger cannot hold", { keyId: "k".repeat(257) }],
    ["a time in words", { issuedAt: "yesterday" }],
    ["a time that no calendar has", { expiresAt: "2026-99-24T10:20:00.000Z" }],
    ["a time before 1970", { issuedAt: "1969-12-31T23:59:59.000Z" }],
    ["a year of six digits", { expiresAt: "+010000-01-01T00:00:00.000Z" }],
  ])("is none with %s", (_what, change) => {
    expect(parse(change)).toBeUndefined();
  });

  test.each(["", "{", "null", "[]", '"text"'])("is none where it is %j", (text) => {
    expect(parseSecretPayload(text)).toBeUndefined();
  });

  test("is none where a name stands twice in it, and has no value to propose", () => {
    const twice = JSON.stringify(payload).replace('"apiKey"', '"apiKey":"sk-svcacct-9999999999","apiKey"');
    expect(JSON.parse(twice)).toEqual(payload);
    expect(parseSecretPayload(twice)).toBeUndefined();
    expect(candidateValues(twice)).toEqual([]);
  });
});
