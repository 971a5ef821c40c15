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
      expect(descriptor.baseUrls.length).toBeGreaterThan(0);
      for (const url of descriptor.baseUrls) expect(url).toMatch(/^https:\/\/[a-z0-9.-]+(\/[a-z0-9]+)*$/);
      for (const scope of Object.keys(descriptor.scopes)) expect(scope).not.toMatch(/\*|\ball\b/);
      const longest = `${"a".repeat(41)}/${"b".repeat(41)}/${"c".repeat(41)}/${"d".repeat(41)}.01234567/${"k".repeat(64)}/0123456789ab`;
      expect(longest).toMatch(descriptor.keyNamePattern);
    }
  });
});
