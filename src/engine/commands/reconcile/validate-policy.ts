import { notEnforced } from "../../../model/errors";
import { askedDimensions } from "../../../model/grant";
import type { KeyPolicy } from "../../../model/key-policy";
import type { VendorDescriptor } from "../../../model/vendor-descriptor";

/**
 * A policy that asks for what the vendor does not enforce on a key, or leaves open what it would,
 * is refused before it has an effect.
 */
export function validatePolicy(key: string, policy: KeyPolicy, { displayName, enforcement }: VendorDescriptor): void {
  for (const dimension of askedDimensions(policy)) {
    if (enforcement[dimension] !== "key") throw notEnforced(key, displayName, dimension);
  }
  // To some vendors no permissions mean all of them.
  if (enforcement.permissions === "key" && policy.scopes === undefined) throw notEnforced(key, displayName, "scopes");
}
