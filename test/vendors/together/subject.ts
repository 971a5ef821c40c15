import { ConsoleSimulator } from "../../../src/sandbox/vendors/console-simulator";
import { createTogetherSimulator } from "../../../src/sandbox/vendors/together/simulator";
import { together } from "../../../src/vendors/together/adapter";
import type { ContractSubject } from "../contract/fixture";

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
