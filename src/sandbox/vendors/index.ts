// Written by `npm run vendors` from the folders of src/vendors.
import type { Clock, VendorSimulator } from "../simulator";
import { createFireworksSimulator } from "./fireworks/simulator";
import { createMistralSimulator } from "./mistral/simulator";
import { createOpenAiSimulator } from "./openai/simulator";
import { createOpenRouterSimulator } from "./openrouter/simulator";

/** One simulator of each vendor that the library knows. */
export function createSimulators(clock: Clock): VendorSimulator[] {
  return [
    createFireworksSimulator({ clock }),
    createMistralSimulator({ clock }),
    createOpenAiSimulator({ clock }),
    createOpenRouterSimulator({ clock }),
  ];
}
