// Written by `npm run vendors` from the folders of src/vendors.
import { anthropic } from "./anthropic/adapter";
import { azureOpenAi } from "./azure-openai/adapter";
import { bedrock } from "./bedrock/adapter";
import { cloudflare } from "./cloudflare/adapter";
import { cohere } from "./cohere/adapter";
import { elevenLabs } from "./elevenlabs/adapter";
import { fireworks } from "./fireworks/adapter";
import { gemini } from "./gemini/adapter";
import { groq } from "./groq/adapter";
import { huggingFace } from "./huggingface/adapter";
import { liteLlm } from "./litellm/adapter";
import { mistral } from "./mistral/adapter";
import { openAi } from "./openai/adapter";
import { openRouter } from "./openrouter/adapter";
import { pinecone } from "./pinecone/adapter";
import { portkey } from "./portkey/adapter";
import { together } from "./together/adapter";
import type { Vendor } from "./vendor";
import { xAi } from "./xai/adapter";

const vendors: readonly Vendor[] = [
  anthropic,
  azureOpenAi,
  bedrock,
  cloudflare,
  cohere,
  elevenLabs,
  fireworks,
  gemini,
  groq,
  huggingFace,
  liteLlm,
  mistral,
  openAi,
  openRouter,
  pinecone,
  portkey,
  together,
  xAi,
];

/**
 * For the CLI and the sandbox. The functions import their one vendor directly, so that no bundle
 * carries all of them; constructs read `descriptors.ts`, which holds no code.
 */
export function vendorById(id: string): Vendor | undefined {
  return vendors.find((vendor) => vendor.descriptor.id === id);
}
