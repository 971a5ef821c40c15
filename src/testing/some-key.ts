import type { VendorTimes } from "../model/vendor-descriptor";
import { ConsoleSimulator } from "../sandbox/vendors/console-simulator";
import type { MintedKey } from "../vendors/vendor";
import type { ContractHarness, ContractSubject, VendorFake } from "./fixture";
import type { TestRunner } from "./runner";

const NAME = "ai-keys/x.0badcafe/summariser/0123456789ab";

/** A key that works, however the vendor's keys are made; ledger and secrets know it. */
export async function someKey<Fake extends VendorFake>(
  harness: ContractHarness<Fake>,
  { vendor, grants }: ContractSubject<Fake>,
  expiresInSeconds: number,
): Promise<MintedKey> {
  const owner = await harness.owner();
  const [grant] = grants;
  const made = await harness.mint({ ...owner, name: NAME, grant, expiresInSeconds });
  if (vendor.descriptor.grantAfterMint) await harness.adapter.update?.({ keyId: made.id, ...owner, grant });
  harness.known.set(made.id, made.value);
  return made;
}

/** As a person does in the console of a vendor that has no API for it. */
export function deleteManually<Fake extends VendorFake>({ simulator }: ContractHarness<Fake>, value: string): void {
  if (!(simulator instanceof ConsoleSimulator)) throw new Error("no console");
  for (const [id, stored] of simulator.keys) if (stored === value) simulator.keys.delete(id);
}

/** A time of the descriptor, with where it is known from. */
export function expectTimes({ expect }: TestRunner, times: VendorTimes | undefined): void {
  expect(times?.source ?? "").toMatch(/\S/);
  expect(times?.typicalSeconds ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(times?.worstSeconds ?? -1);
}
