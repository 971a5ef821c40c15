import { ConsoleSimulator } from "../../../src/sandbox/vendors/console-simulator";
import { createTogetherSimulator } from "../../../src/sandbox/vendors/together/simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { together } from "../../../src/vendors/together/adapter";

export const subject: ContractSubject = {
  vendor: together,
  createSimulator: (clock) => createTogetherSimulator({ clock, seed: "contract" }),
  settingsOf: () => ({}),
  grants: [{}, {}],
  errorBody: (message: string) => ({ error: { message, type: "invalid_request_error" } }),
  mintByHand: async (simulator) => {
    if (!(simulator instanceof ConsoleSimulator)) throw new Error("no console");
    return simulator.make().value;
  },
};
