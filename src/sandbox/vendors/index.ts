// Written by `npm run vendors` from the folders of src/vendors.
import type { Clock, VendorSimulator } from "../simulator";
import { createLiteLlmSimulator } from "./litellm/simulator";
import { createOpenAiSimulator } from "./openai/simulator";
import { createOpenRouterSimulator } from "./openrouter/simulator";

/** One simulator of each vendor that the library knows. */
export function createSimulators(clock: Clock): VendorSimulator[] {
  return [createLiteLlmSimulator({ clock }), createOpenAiSimulator({ clock }), createOpenRouterSimulator({ clock })];
}
