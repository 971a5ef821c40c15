import * as v from "valibot";
import {
  askedDimensions,
  canonicalGrant,
  describeGrant,
  grantEntries,
  isNetwork,
  sameGrant,
} from "../../src/model/grant";
import { grantOf, keyPolicySchema, mintedFacts, policyDigest } from "../../src/model/key-policy";
import { policyOf } from "../support/engine";

const GRANT = v.object(grantEntries);
const FULL = {
  scopes: ["b", "a"],
  models: ["m/2", "m/1"],
  endpoints: ["/v1/x"],
  limits: { spend: { usd: 25, per: "month" as const }, tokensPerMinute: 1_000, requestsPerMinute: 60 },
  networks: ["203.0.113.0/24"],
};

describe("what a key may do", () => {
  test("is the same text however it is written", () => {
    const other = { ...FULL, models: ["m/1", "m/2"], scopes: ["a", "b"] };
    expect(JSON.stringify(canonicalGrant(other))).toBe(JSON.stringify(canonicalGrant(FULL)));
    expect(sameGrant(FULL, other)).toBe(true);
    expect(sameGrant(FULL, { ...FULL, limits: { requestsPerMinute: 61 } })).toBe(false);
    expect(sameGrant({}, { limits: {} })).toBe(true);
  });

  test("is told in words", () => {
    expect(describeGrant(FULL)).toBe(
      "scopes a, b; models m/1, m/2; endpoints /v1/x; 60 requests a minute; 1000 tokens a minute; 25 USD a month; networks 203.0.113.0/24",
    );
    expect(describeGrant({ limits: { spend: { usd: 1.5, per: "lifetime" } } })).toBe("1.5 USD in total");
  });

  test("asks for the dimensions that are in it, and for no other", () => {
    expect(askedDimensions({ models: ["a"], limits: { spend: { usd: 1, per: "day" } } })).toEqual(["models", "spend"]);
    expect(askedDimensions({})).toEqual([]);
  });

  test.each<[string, object]>([
    ["an empty list", { models: [] }],
    ["a blank in a name", { models: ["a b"] }],
    ["a name twice", { endpoints: ["/a", "/a"] }],
    ["no limit at all", { limits: {} }],
    ["half a request", { limits: { requestsPerMinute: 0.5 } }],
    ["nothing to spend", { limits: { spend: { usd: 0, per: "day" } } }],
    ["fractions of a cent", { limits: { spend: { usd: 0.005, per: "day" } } }],
    ["another period", { limits: { spend: { usd: 1, per: "year" } } }],
    ["an address without a length", { networks: ["203.0.113.7"] }],
  ])("is refused with %s", (_, grant) => {
    expect(v.is(GRANT, grant)).toBe(false);
  });

  test.each([
    ...["0.0.0.0/0", "10.1.2.3/32", "10.0.0.128/25", "2001:db8::/32", "::1/128", "::/0", "2001:db8:0:8000::/49"],
    ...["1:2:3:4:5:6:7:8/128", "fe80::1:0:0:1/128"],
  ])("knows the network %s", (text) => {
    expect(isNetwork(text)).toBe(true);
  });

  test.each([
    "256.0.0.1/8",
    "10.0.0.0/33",
    "2001:db8::/129",
    "10.0.0.0",
    "::g/64",
    "1:2/64",
    "",
    "a/8",
    "10.0.0.0/8/8",
    // Spelled in another way than vendors show them.
    ...["10.0.0.1/24", "010.0.0.0/8", "2001:db8::1/64", "2001:0db8::/32", "2001:db8:0:0::/64", "2001:DB8::/32"],
    ...["2001:db8:0:8000::/48", "0:0:0:0:0:0:0:0/0"],
  ])("takes %j for no network", (text) => {
    expect(isNetwork(text)).toBe(false);
  });
});

describe("policies of before there were other dimensions than scopes", () => {
  test("keep their digests and their facts, so that an update changes no key", () => {
    expect(policyDigest(policyOf())).toBe("ae0ba5910053");
    expect(mintedFacts(policyOf())).toBe("8fdf2b0816a3");
  });

  test("have a grant of scopes alone; more of it is another policy", () => {
    expect(grantOf(policyOf())).toEqual({ scopes: ["api.model.read", "api.model.request"] });
    const more = v.parse(keyPolicySchema, policyOf({ models: ["m"] }));
    expect(policyDigest(more)).not.toBe(policyDigest(policyOf()));
    expect(mintedFacts(more)).not.toBe(mintedFacts(policyOf()));
  });
});
