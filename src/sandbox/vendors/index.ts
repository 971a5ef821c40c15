// Written by `npm run vendors` from the folders of src/vendors.
import type { Clock, VendorSimulator } from "../simulator";
import { createOpenAiSimulator } from "./openai/simulator";
import { createOpenRouterSimulator } from "./openrouter/simulator";
import { createPortkeySimulator } from "./portkey/simulator";

/** One simulator of each vendor that the library knows. */
export function createSimulators(clock: Clock): VendorSimulator[] {
  return [createOpenAiSimulator({ clock }), createOpenRouterSimulator({ clock }), createPortkeySimulator({ clock })];
}
