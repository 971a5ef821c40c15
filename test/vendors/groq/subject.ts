import { ConsoleSimulator } from "../../../src/sandbox/vendors/console-simulator";
import { createGroqSimulator } from "../../../src/sandbox/vendors/groq/simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { groq } from "../../../src/vendors/groq/adapter";

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
