// Written by `npm run vendors` from the folders of src/vendors.
import { openAiDescriptor } from "./openai/descriptor";
import { openRouterDescriptor } from "./openrouter/descriptor";
import { portkeyDescriptor } from "./portkey/descriptor";
import type { VendorDescriptor } from "./vendor";

/** Plain data of every vendor, without code: constructs and documentation are made from it. */
export const vendorDescriptors: readonly VendorDescriptor[] = [
  openAiDescriptor,
  openRouterDescriptor,
  portkeyDescriptor,
];
