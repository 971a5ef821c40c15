import { ConsoleSimulator } from "../../../src/sandbox/vendors/console-simulator";
import { createGroqSimulator } from "../../../src/sandbox/vendors/groq/simulator";
import { groq } from "../../../src/vendors/groq/adapter";
import type { ContractSubject } from "../contract/fixture";

export const subject: ContractSubject = {
  vendor: groq,
  createSimulator: (clock) => createGroqSimulator({ clock, seed: "contract" }),
  settingsOf: () => ({}),
  grants: [{}, {}],
  errorBody: (message: string) => ({ error: { message, type: "invalid_request_error" } }),
  mintByHand: async (simulator) => {
    if (!(simulator instanceof ConsoleSimulator)) throw new Error("no console");
    return simulator.make().value;
  },
};
