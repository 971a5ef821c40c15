import { ConsoleSimulator } from "../../../src/sandbox/vendors/console-simulator";
import { createHuggingFaceSimulator } from "../../../src/sandbox/vendors/huggingface/simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { huggingFace } from "../../../src/vendors/huggingface/adapter";

export const subject: ContractSubject = {
  vendor: huggingFace,
  createSimulator: (clock) => createHuggingFaceSimulator({ clock, seed: "contract" }),
  settingsOf: () => ({}),
  grants: [{}, {}],
  errorBody: (message: string) => ({ error: message }),
  mintByHand: async (simulator) => {
    if (!(simulator instanceof ConsoleSimulator)) throw new Error("no console");
    return simulator.make().value;
  },
};
