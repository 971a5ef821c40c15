import { signedHeaders } from "../../src/http/sigv4";
import { expectedSignatures, givenSignature } from "../../src/sandbox/doors/signature";

/** The examples of AWS's documentation and of its test suite for Signature Version 4. */
const CREDENTIALS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const NOW = Date.UTC(2015, 7, 30, 12, 36);

describe("Signature Version 4", () => {
  test("signs as AWS's example of IAM's ListUsers", async () => {
    // GIVEN
    const request = {
      method: "GET",
      url: new URL("https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08"),
      headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
      body: "",
    };
    // WHEN
    const headers = await signedHeaders(CREDENTIALS, { region: "us-east-1", service: "iam" }, request, NOW);
    // THEN
    expect(headers).toEqual({
      "x-amz-date": "20150830T123600Z",
      authorization:
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    });
  });

  test.each([
    ["get-vanilla", "GET", "/", {}, "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
    [
      "get-vanilla-query-order-key-case",
      "GET",
      "/?Param2=value2&Param1=value1",
      {},
      "",
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ],
    [
      "post-x-www-form-urlencoded",
      "POST",
      "/",
      { "content-type": "application/x-www-form-urlencoded" },
      "Param1=value1",
      "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ],
  ])("signs as %s of AWS's test suite", async (_, method, path, headers, body, signature) => {
    const request = { method, url: new URL(`https://example.amazonaws.com${path}`), headers, body };
    const signed = await signedHeaders(CREDENTIALS, { region: "us-east-1", service: "service" }, request, NOW);
    expect(signed["authorization"]).toContain(`Signature=${signature}`);
  });

  test("signs a path and a query with escaped characters as AWS verifies them", async () => {
    // GIVEN
    const url = new URL(
      "https://lambda.us-east-1.amazonaws.com/functions/arn%3Aaws%3Alambda/policy?b=a%20b%2F&a=2&a=1",
    );
    const { pathname: path, searchParams: query, host } = url;
    const request = { method: "GET", url, headers: {}, body: "" };
    // WHEN
    const headers = await signedHeaders(CREDENTIALS, { region: "us-east-1", service: "lambda" }, request, NOW);
    // THEN
    const given = givenSignature({ headers, url: path });
    expect(given?.signedHeaders).toEqual(["host", "x-amz-date"]);
    const received = { method: "GET", path, query, headers, body: Buffer.alloc(0) };
    expect(given && expectedSignatures(received, given, CREDENTIALS.secretAccessKey, host)).toContain(given?.signature);
  });

  test("a session's token is sent and signed, and a fragment is neither", async () => {
    const scope = { region: "us-east-1", service: "iam" };
    const request = (url: string) => ({ method: "POST", url: new URL(url), headers: {}, body: "a=b" });
    const credentials = { ...CREDENTIALS, sessionToken: "token" };
    const plain = await signedHeaders(credentials, scope, request("https://iam.amazonaws.com/"), NOW);
    expect(plain["x-amz-security-token"]).toBe("token");
    expect(plain["authorization"]).toContain("SignedHeaders=host;x-amz-date;x-amz-security-token,");
    expect(await signedHeaders(credentials, scope, request("https://iam.amazonaws.com/#CreateUser"), NOW)).toEqual(
      plain,
    );
  });
});
