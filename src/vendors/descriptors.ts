// Written by `npm run vendors` from the folders of src/vendors.
import { openAiDescriptor } from "./openai/descriptor";
import { openRouterDescriptor } from "./openrouter/descriptor";
import type { VendorDescriptor } from "./vendor";
import { xAiDescriptor } from "./xai/descriptor";

/** Plain data of every vendor, without code: constructs and documentation are made from it. */
export const vendorDescriptors: readonly VendorDescriptor[] = [openAiDescriptor, openRouterDescriptor, xAiDescriptor];
