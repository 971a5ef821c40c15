import { join } from "node:path";
import { describeVendorContract } from "../../src/testing";
import type { ContractSubject } from "../../src/testing/fixture";
import { vendorDescriptors } from "../../src/vendors/descriptors";

// A vendor without a subject fails here: there is no file to load.
for (const { id } of vendorDescriptors) {
  const { subject }: { subject: ContractSubject } = require(join(__dirname, id, "subject"));
  test(`the subject of ${id} is that vendor's`, () => expect(subject.vendor.descriptor.id).toBe(id));
  describeVendorContract(subject);
}
