import type { ContractSubject } from "../../src/testing/fixture";
import { vendorDescriptors } from "../../src/vendors/descriptors";

/**
 * One of each vendor. The path is written so that a bundler takes all files in that it can mean.
 */
export const subjects: readonly ContractSubject[] = vendorDescriptors.map(({ id }) => {
  const { subject }: { subject: ContractSubject } = require(`./${id}/subject.ts`);
  return subject;
});
