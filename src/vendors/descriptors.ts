// Written by `npm run vendors` from the folders of src/vendors.
import { elevenLabsDescriptor } from "./elevenlabs/descriptor";
import { openAiDescriptor } from "./openai/descriptor";
import { openRouterDescriptor } from "./openrouter/descriptor";
import { pineconeDescriptor } from "./pinecone/descriptor";
import type { VendorDescriptor } from "./vendor";

/** Plain data of every vendor, without code: constructs and documentation are made from it. */
export const vendorDescriptors: readonly VendorDescriptor[] = [
  elevenLabsDescriptor,
  openAiDescriptor,
  openRouterDescriptor,
  pineconeDescriptor,
];
