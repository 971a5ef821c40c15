import { createCohereSimulator } from "../../../src/sandbox/vendors/cohere/simulator";
import { ConsoleSimulator } from "../../../src/sandbox/vendors/console-simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { cohere } from "../../../src/vendors/cohere/adapter";

export const subject: ContractSubject = {
  vendor: cohere,
  createSimulator: (clock) => createCohereSimulator({ clock, seed: "contract" }),
  settingsOf: () => ({}),
  grants: [{}, {}],
  errorBody: (message: string) => ({ message }),
  mintByHand: async (simulator) => {
    if (!(simulator instanceof ConsoleSimulator)) throw new Error("no console");
    return simulator.make().value;
  },
};
