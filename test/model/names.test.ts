import fc from "fast-check";
import * as v from "valibot";
import { deleteEventSchema } from "../../src/model/events";
import {
  deploymentName,
  functionName,
  iamUserName,
  iamUserStart,
  KEY_NAME,
  keyOfVendorName,
  lineageOf,
  ownerName,
  PREFIX,
  secretName,
  vendorKeyName,
} from "../../src/model/names";
import { openAiDescriptor } from "../../src/vendors/openai/descriptor";

const key = fc.stringMatching(KEY_NAME);
const prefix = fc.stringMatching(PREFIX);
const token = fc.uuid();
const ARN = "arn:aws:lambda:us-east-1:123456789012:function:ai-keys-openai-controller";
const PREFIX_NAME = "ai-keys/openai";

describe("names", () => {
  test("of vendor keys lead back to their key, in their own deployment and in no other", () => {
    fc.assert(
      fc.property(prefix, key, token, (of, declared, id) => {
        const deployment = deploymentName(of, lineageOf(ARN, of));
        const name = vendorKeyName(deployment, declared, id);
        expect(keyOfVendorName(deployment, name)).toBe(declared);
        expect(keyOfVendorName(deployment, ownerName(deployment, declared))).toBe(declared);
        const other = deploymentName(of, lineageOf(ARN.replace("123456789012", "210987654321"), of));
        expect(keyOfVendorName(other, name)).toBeUndefined();
      }),
    );
  });

  test("of two keys, tokens or deployments never are the same", () => {
    fc.assert(
      fc.property(fc.tuple(prefix, key, token), fc.tuple(prefix, key, token), (a, b) => {
        const [first, second] = [a, b].map(([of, declared, id]) =>
          vendorKeyName(deploymentName(of, lineageOf(ARN, of)), declared, id),
        );
        expect(first === second).toBe(a.join("\n") === b.join("\n"));
      }),
    );
  });

  test("fit into what the vendor and AWS take, at their longest as well", () => {
    // GIVEN
    const longest = Array.from({ length: 4 }, () => "p".repeat(41)).join("/");
    const longKey = "k".repeat(64);
    expect(longest).toMatch(PREFIX);
    expect(longKey).toMatch(KEY_NAME);

    // THEN
    const deployment = deploymentName(longest, lineageOf(ARN, longest));
    expect(vendorKeyName(deployment, longKey, "t".repeat(64))).toMatch(openAiDescriptor.keyNamePattern);
    const event = { key: longKey, secret: secretName(longest, longKey), tf: { action: "delete" } };
    expect(v.is(deleteEventSchema, event)).toBe(true);
  });

  test("of other things lead to no key", () => {
    const deployment = "ai-keys/openai.3f9a2c1b";
    for (const name of ["", "web shop", deployment, `${deployment}/`, `${deployment}x/a`, `x${deployment}/a`]) {
      expect(keyOfVendorName(deployment, name)).toBeUndefined();
    }
  });

  test("of keys and prefixes are refused where a path could be built of them", () => {
    for (const name of ["", ".", "..", "a/b", "a b", "-a", "a-", "a\n", "ä", "k".repeat(65)])
      expect(name).not.toMatch(KEY_NAME);
    for (const name of ["", "/a", "a/", "a//b", "a/../b", "a/b/c/d/e", "a b", "a\n"]) expect(name).not.toMatch(PREFIX);
  });

  test("of functions hold only what AWS takes", () => {
    fc.assert(
      fc.property(prefix, (of) => expect(functionName(of, "controller")).toMatch(/^[A-Za-z0-9-]+-controller$/)),
    );
    expect(functionName(PREFIX_NAME, "observer")).toBe("ai-keys-openai-observer");
  });
});

describe("the lineage", () => {
  const own = lineageOf(ARN, PREFIX_NAME);

  test("is the same for both functions, and in every release", () => {
    expect(own).toMatch(/^[0-9a-f]{8}$/);
    expect(lineageOf(ARN.replace("controller", "observer"), PREFIX_NAME)).toBe(own);
    expect(lineageOf(`${ARN}:live`, PREFIX_NAME)).toBe(own);
  });

  test.each([
    ["account", ARN.replace("123456789012", "123456789013"), PREFIX_NAME],
    ["region", ARN.replace("us-east-1", "us-east-2"), PREFIX_NAME],
    ["partition", ARN.replace("arn:aws:", "arn:aws-cn:"), PREFIX_NAME],
    ["prefix", ARN, "ai-keys/openai2"],
  ])("differs by %s", (_, arn, of) => {
    expect(lineageOf(arn, of)).not.toBe(own);
  });

  test("of IAM users fit into 64 characters, start with their issuer's and are never the same", () => {
    fc.assert(
      fc.property(fc.tuple(prefix, key), fc.tuple(prefix, key), ([of, declared], [otherOf, otherDeclared]) => {
        const owner = ownerName(deploymentName(of, "0badcafe"), declared);
        const user = iamUserName(owner);
        expect(user).toMatch(/^[\w+=,.@-]{1,64}$/);
        expect(user.startsWith(iamUserStart(of))).toBe(true);
        const other = iamUserName(ownerName(deploymentName(otherOf, "0badcafe"), otherDeclared));
        // To IAM names that differ in case alone are the same.
        expect(user.toLowerCase() === other.toLowerCase()).toBe(of === otherOf && declared === otherDeclared);
        expect(other.startsWith(iamUserStart(of))).toBe(of === otherOf);
        expect(iamUserName(ownerName(deploymentName(of, "0badcaff"), declared))).not.toBe(user);
      }),
    );
  });
});
