// Written by `npm run vendors` from the folders of src/vendors.
import { liteLlm } from "./litellm/adapter";
import { openAi } from "./openai/adapter";
import { openRouter } from "./openrouter/adapter";
import type { Vendor } from "./vendor";

const vendors: readonly Vendor[] = [liteLlm, openAi, openRouter];

/**
 * For the CLI and the sandbox. The functions import their one vendor directly, so that no bundle carries all of them;
 * constructs read `descriptors.ts`, which holds no code.
 */
export function vendorById(id: string): Vendor | undefined {
  return vendors.find((vendor) => vendor.descriptor.id === id);
}
