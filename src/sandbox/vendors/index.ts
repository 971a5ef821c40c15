// Written by `npm run vendors` from the folders of src/vendors.
import type { Clock, VendorSimulator } from "../simulator";
import { createAnthropicSimulator } from "./anthropic/simulator";
import { createAzureOpenAiSimulator } from "./azure-openai/simulator";
import { createBedrockSimulator } from "./bedrock/simulator";
import { createCloudflareSimulator } from "./cloudflare/simulator";
import { createCohereSimulator } from "./cohere/simulator";
import { createElevenLabsSimulator } from "./elevenlabs/simulator";
import { createFireworksSimulator } from "./fireworks/simulator";
import { createGeminiSimulator } from "./gemini/simulator";
import { createGroqSimulator } from "./groq/simulator";
import { createHuggingFaceSimulator } from "./huggingface/simulator";
import { createLiteLlmSimulator } from "./litellm/simulator";
import { createMistralSimulator } from "./mistral/simulator";
import { createOpenAiSimulator } from "./openai/simulator";
import { createOpenRouterSimulator } from "./openrouter/simulator";
import { createPineconeSimulator } from "./pinecone/simulator";
import { createPortkeySimulator } from "./portkey/simulator";
import { createTogetherSimulator } from "./together/simulator";
import { createXAiSimulator } from "./xai/simulator";

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
