import * as v from "valibot";
import { descriptorSchema } from "../../src/custom/descriptor-schema";
import { vendorDescriptors } from "../../src/vendors/descriptors";
import { openAiDescriptor } from "../../src/vendors/openai/descriptor";

/** A custom issuer has no property to declare it with. */
const { account: _, ...OPENAI } = openAiDescriptor;

const problemOf = (change: object): string => {
  const parsed = v.safeParse(descriptorSchema, { ...OPENAI, ...change });
  if (parsed.success) return "taken";
  const [issue] = parsed.issues;
  return `${v.getDotPath(issue)}: ${issue.message}`;
};

describe("the schema of descriptors", () => {
  test.each(vendorDescriptors)(
    "takes $displayName's as it is, but for what is declared for the whole account",
    ({ account: _, ...descriptor }) => {
      expect(v.parse(descriptorSchema, descriptor)).toEqual(descriptor);
    },
  );

  test("takes a dimension that is not named for one that nobody enforces, and undefined for nothing", () => {
    const { expiry, ...enforcement } = OPENAI.enforcement;
    expect(v.parse(descriptorSchema, { ...OPENAI, enforcement, keysMax: undefined })).toEqual({
      ...OPENAI,
      enforcement: { ...enforcement, expiry: "nobody" },
    });
    expect(expiry).toBe("key");
  });

  test.each<[string, object, string]>([
    ["an id in capitals", { id: "Acme" }, "id:"],
    ["an id that no policy takes", { id: "a".repeat(33) }, "id:"],
    ["a path for an id", { id: "../acme" }, "id:"],
    ["no name", { displayName: " " }, "displayName:"],
    ["a strategy that there is not", { strategy: "twice" }, "strategy:"],
    ["no base URL", { baseUrls: [] }, "baseUrls: at least one"],
    ["a base URL without encryption", { baseUrls: ["http://api.acme.example"] }, "baseUrls.0: an https URL"],
    ["a base URL with a slash at its end", { baseUrls: ["https://api.acme.example/"] }, "baseUrls.0:"],
    ["an address", { baseUrls: ["https://169.254.169.254"] }, "baseUrls.0:"],
    ["a star in a base URL", { baseUrls: ["https://*.acme.example"] }, "baseUrls.0:"],
    ["a star for everybody", { otherUrls: ["https://*"] }, "otherUrls.0:"],
    ["a star for a whole domain", { otherUrls: ["https://*.example"] }, "otherUrls.0:"],
    ["a star in the domain itself", { otherUrls: ["https://api.*acme.example"] }, "otherUrls.0:"],
    ["a star in a path", { otherUrls: ["https://api.acme.example/*"] }, "otherUrls.0:"],
    ["an enforcer that there is not", { enforcement: { models: "sometimes" } }, "enforcement.models:"],
    ["a dimension that there is not", { enforcement: { colour: "key" } }, "enforcement.colour:"],
    ["a field that there is not", { namless: true }, "namless:"],
    ["a limit of spend without periods", { enforcement: { spend: "key" } }, "spendPeriods:"],
    ["a grace without the strategy", { grace: { minSeconds: 0, maxSeconds: 60 } }, "grace:"],
    ["the strategy without a grace", { strategy: "in_place" }, "grace:"],
    ["a pair of three", { strategy: "slot_pair", vendorKeysMax: 3, keysMax: 1 }, "vendorKeysMax:"],
    [
      "a pair that any number of keys would share",
      { strategy: "slot_pair", vendorKeysMax: 2 },
      'keysMax: one key with the strategy "slot_pair"',
    ],
    ["a pair that two keys would share", { strategy: "slot_pair", vendorKeysMax: 2, keysMax: 2 }, "keysMax: one key"],
    [
      "an update that it does not have",
      { grantAfterMint: true, inPlace: { grant: false, expiry: false } },
      "grantAfterMint:",
    ],
    ["no life at all", { maxExpirySeconds: 0 }, "maxExpirySeconds:"],
    ["a pattern that is a text", { keyNamePattern: ".*" }, "keyNamePattern:"],
    ["a prefix that every text begins with", { valuePrefixes: [""] }, "valuePrefixes.0:"],
    ["a scope with blanks", { scopes: { "models read": "reads" } }, "scopes.models read:"],
  ])("refuses %s", (_, change, words) => {
    expect(problemOf(change)).toContain(words);
  });

  test.each([
    "https://*.acme.example",
    "https://*.eu.acme.example/v1",
    "https://x-*.acme.example",
    "https://acme.example:8443",
  ])("lets %s be another URL", (url) => expect(problemOf({ otherUrls: [url] })).toBe("taken"));
});
