import { textsOf } from "../../../../src/sandbox/aws/secrets-manager/value";

const PAYLOAD = {
  apiKey: "sk-svcacct-0123456789",
  vendor: "openai",
  keyId: "key_abcdef",
  baseUrl: "https://api.openai.com/v1",
  issuedAt: "2026-11-23T00:00:00.000Z",
  expiresAt: "2026-12-03T00:00:00.000Z",
};

describe("what of a secret's value must not be seen", () => {
  test("of a payload of ours: the vendor key's value, and whatever somebody put beside it; not what stands in paths and logs", () => {
    // GIVEN
    const SecretString = JSON.stringify({ ...PAYLOAD, added: "by hand" });

    // WHEN
    const texts = textsOf({ SecretString });

    // THEN
    expect(texts).toEqual([SecretString, PAYLOAD.apiKey, "by hand"]);
  });

  test("of any other JSON: every string in it", () => {
    // GIVEN
    const SecretString = JSON.stringify({ user: "admin", nested: [{ password: "hunter22" }] });

    // WHEN, THEN
    expect(textsOf({ SecretString })).toEqual([SecretString, "admin", "hunter22"]);
  });

  test("of a credential: every string but its type, a word that stands in paths", () => {
    // GIVEN
    const SecretString = JSON.stringify({ type: "service_account", private_key: "key-one" });

    // WHEN, THEN
    expect(textsOf({ SecretString })).toEqual([SecretString, "key-one"]);
  });

  test("of a text that is no JSON: the text; of bytes: both forms", () => {
    // WHEN, THEN
    expect(textsOf({ SecretString: "plain" })).toEqual(["plain"]);
    expect(textsOf({ SecretBinary: Buffer.from("bytes").toString("base64") })).toEqual(["Ynl0ZXM=", "bytes"]);
  });
});
