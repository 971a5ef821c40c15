// Written by `npm run vendors` from the folders of src/vendors.

import type { VendorDescriptor } from "../model/vendor-descriptor";
import { anthropicDescriptor } from "./anthropic/descriptor";
import { azureOpenAiDescriptor } from "./azure-openai/descriptor";
import { bedrockDescriptor } from "./bedrock/descriptor";
import { cloudflareDescriptor } from "./cloudflare/descriptor";
import { cohereDescriptor } from "./cohere/descriptor";
import { elevenLabsDescriptor } from "./elevenlabs/descriptor";
import { fireworksDescriptor } from "./fireworks/descriptor";
import { geminiDescriptor } from "./gemini/descriptor";
import { groqDescriptor } from "./groq/descriptor";
import { huggingFaceDescriptor } from "./huggingface/descriptor";
import { liteLlmDescriptor } from "./litellm/descriptor";
import { mistralDescriptor } from "./mistral/descriptor";
import { openAiDescriptor } from "./openai/descriptor";
import { openRouterDescriptor } from "./openrouter/descriptor";
import { pineconeDescriptor } from "./pinecone/descriptor";
import { portkeyDescriptor } from "./portkey/descriptor";
import { togetherDescriptor } from "./together/descriptor";
import { xAiDescriptor } from "./xai/descriptor";

/** Plain data of every vendor, without code: constructs and documentation are made from it. */
export const vendorDescriptors: readonly VendorDescriptor[] = [
  anthropicDescriptor,
  azureOpenAiDescriptor,
  bedrockDescriptor,
  cloudflareDescriptor,
  cohereDescriptor,
  elevenLabsDescriptor,
  fireworksDescriptor,
  geminiDescriptor,
  groqDescriptor,
  huggingFaceDescriptor,
  liteLlmDescriptor,
  mistralDescriptor,
  openAiDescriptor,
  openRouterDescriptor,
  pineconeDescriptor,
  portkeyDescriptor,
  togetherDescriptor,
  xAiDescriptor,
];
