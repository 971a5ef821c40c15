import type { Clock, VendorSimulator } from "../simulator";
import { createOpenAiSimulator } from "./openai/simulator";

/** One simulator of each vendor that the library knows. */
export function createSimulators(clock: Clock): VendorSimulator[] {
  return [createOpenAiSimulator({ clock })];
}
