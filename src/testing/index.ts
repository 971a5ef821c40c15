/**
 * `cdktf-scoped-keys/testing`: the contract suite that the library's own adapters are held to. See
 * docs/vendors/custom.md.
 */
import { customVendor, readAdapterFile, runAdapterFile } from "../custom";
import type { VendorSimulator } from "../sandbox/vendors/simulator";
import type { Vendor } from "../vendors/vendor";
import { describeContract } from "./contract";
import type { ContractSubject, VendorFake } from "./fixture";

export { ConsoleSimulator, type ConsoleSimulatorOptions } from "../sandbox/vendors/console-simulator";
export type { Clock, SimulatorRequest, SimulatorResponse, VendorSimulator } from "../sandbox/vendors/simulator";
export type { ContractSubject, RefusalSample, Sent, VendorFake } from "./fixture";

/** The vendor by its source, or by the file that is deployed. */
export type VendorContractSubject<Fake extends VendorFake = VendorSimulator> = Omit<ContractSubject<Fake>, "vendor"> &
  ({ readonly vendor: Vendor } | { readonly adapterFile: string });

/**
 * Describes, with the globals of Jest or Vitest (`globals: true`), all that the engine relies on,
 * and holds an adapter to it on a fake of its vendor. An `adapterFile` is loaded as the deployed
 * functions load it, and what it answers is parsed as there; a relative path starts at the working
 * folder. Throws where the file cannot be loaded, or a global is missing.
 */
export function describeVendorContract<Fake extends VendorFake>(subject: VendorContractSubject<Fake>): void {
  const vendor = "adapterFile" in subject ? vendorOf(subject.adapterFile) : subject.vendor;
  describeContract({ ...subject, vendor });
}

function vendorOf(path: string): Vendor {
  return customVendor(runAdapterFile(path, readAdapterFile(path).toString("utf8")));
}
