// Written by `npm run vendors` from the folders of src/vendors.
import type { Clock, VendorSimulator } from "../simulator";
import { createElevenLabsSimulator } from "./elevenlabs/simulator";
import { createOpenAiSimulator } from "./openai/simulator";
import { createOpenRouterSimulator } from "./openrouter/simulator";
import { createPineconeSimulator } from "./pinecone/simulator";

/** One simulator of each vendor that the library knows. */
export function createSimulators(clock: Clock): VendorSimulator[] {
  return [
    createElevenLabsSimulator({ clock }),
    createOpenAiSimulator({ clock }),
    createOpenRouterSimulator({ clock }),
    createPineconeSimulator({ clock }),
  ];
}
