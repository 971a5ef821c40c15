// Written by `npm run vendors` from the folders of src/vendors.

import { createAnthropicSimulator } from "../../vendors/anthropic/simulator/simulator";
import { createAzureOpenAiSimulator } from "../../vendors/azure-openai/simulator/simulator";
import { createBedrockSimulator } from "../../vendors/bedrock/simulator/simulator";
import { createCloudflareSimulator } from "../../vendors/cloudflare/simulator/simulator";
import { createCohereSimulator } from "../../vendors/cohere/simulator/simulator";
import { createElevenLabsSimulator } from "../../vendors/elevenlabs/simulator/simulator";
import { createFireworksSimulator } from "../../vendors/fireworks/simulator/simulator";
import { createGeminiSimulator } from "../../vendors/gemini/simulator/simulator";
import { createGroqSimulator } from "../../vendors/groq/simulator/simulator";
import { createHuggingFaceSimulator } from "../../vendors/huggingface/simulator/simulator";
import { createLiteLlmSimulator } from "../../vendors/litellm/simulator/simulator";
import { createMistralSimulator } from "../../vendors/mistral/simulator/simulator";
import { createOpenAiSimulator } from "../../vendors/openai/simulator/simulator";
import { createOpenRouterSimulator } from "../../vendors/openrouter/simulator/simulator";
import { createPineconeSimulator } from "../../vendors/pinecone/simulator/simulator";
import { createPortkeySimulator } from "../../vendors/portkey/simulator/simulator";
import { createTogetherSimulator } from "../../vendors/together/simulator/simulator";
import { createXAiSimulator } from "../../vendors/xai/simulator/simulator";
import type { Clock, VendorSimulator } from "./simulator";

/** One simulator of each vendor that the library knows. */
export function createSimulators(clock: Clock): VendorSimulator[] {
  return [
    createAnthropicSimulator({ clock }),
    createAzureOpenAiSimulator({ clock }),
    createBedrockSimulator({ clock }),
    createCloudflareSimulator({ clock }),
    createCohereSimulator({ clock }),
    createElevenLabsSimulator({ clock }),
    createFireworksSimulator({ clock }),
    createGeminiSimulator({ clock }),
    createGroqSimulator({ clock }),
    createHuggingFaceSimulator({ clock }),
    createLiteLlmSimulator({ clock }),
    createMistralSimulator({ clock }),
    createOpenAiSimulator({ clock }),
    createOpenRouterSimulator({ clock }),
    createPineconeSimulator({ clock }),
    createPortkeySimulator({ clock }),
    createTogetherSimulator({ clock }),
    createXAiSimulator({ clock }),
  ];
}
