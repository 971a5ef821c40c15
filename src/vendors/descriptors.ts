// Written by `npm run vendors` from the folders of src/vendors.
import { liteLlmDescriptor } from "./litellm/descriptor";
import { openAiDescriptor } from "./openai/descriptor";
import { openRouterDescriptor } from "./openrouter/descriptor";
import type { VendorDescriptor } from "./vendor";

/** Plain data of every vendor, without code: constructs and documentation are made from it. */
export const vendorDescriptors: readonly VendorDescriptor[] = [
  liteLlmDescriptor,
  openAiDescriptor,
  openRouterDescriptor,
];
