import { vendorDescriptors } from "../../src/vendors/descriptors";
import { vendorById } from "../../src/vendors/registry";

describe("registry", () => {
  test("every descriptor has its vendor, under the id it names", () => {
    expect(vendorDescriptors.length).toBeGreaterThan(0);
    for (const descriptor of vendorDescriptors) {
      expect(vendorById(descriptor.id)?.descriptor).toBe(descriptor);
    }
  });

  test("an unknown id has no vendor", () => {
    for (const id of ["", "OpenAI", "constructor", "__proto__"]) expect(vendorById(id)).toBeUndefined();
  });

  test("descriptors are plain data that keeps what names and hosts promise", () => {
    for (const descriptor of vendorDescriptors) {
      expect(new Set(vendorDescriptors.map(({ id }) => id)).size).toBe(vendorDescriptors.length);
      expect(descriptor.id).toMatch(/^[a-z0-9-]{1,32}$/);
      expect(descriptor.baseUrls.length > 0).toBe(descriptor.ownBaseUrl !== true);
      for (const url of descriptor.baseUrls) expect(url).toMatch(/^https:\/\/[a-z0-9.-]+(\/[a-z0-9]+)*$/);
      for (const scope of Object.keys(descriptor.scopes)) expect(scope).not.toMatch(/\*|\ball\b/);
      for (const url of descriptor.otherUrls ?? []) expect(url).toMatch(/^https:\/\/[a-z0-9.*-]+(\/[a-z0-9.]+)*$/);
      expect("ai-keys/openai.01234567/summariser/0123456789ab").toMatch(descriptor.keyNamePattern);
      expect(descriptor.spendPeriods !== undefined).toBe(descriptor.enforcement.spend === "key");
      expect(descriptor.grace !== undefined).toBe(descriptor.strategy === "in_place");
    }
  });

  test("an issuer declares for a project what the vendor enforces there, under a property of its own", () => {
    const declaring = vendorDescriptors.filter(({ account }) => account !== undefined);
    expect(declaring.map(({ id }) => id)).toEqual(expect.arrayContaining(["anthropic", "openai"]));
    for (const { account = {}, enforcement } of declaring) {
      for (const [dimension, property] of Object.entries(account)) {
        expect(enforcement).toHaveProperty(dimension, "project");
        expect(property).toMatch(/^[a-z]+\.[A-Za-z]+$/);
      }
    }
  });
});
