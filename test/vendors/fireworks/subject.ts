import { createFireworksSimulator } from "../../../src/sandbox/vendors/fireworks/simulator";
import { fireworks } from "../../../src/vendors/fireworks/adapter";
import type { ContractSubject } from "../contract/fixture";

export const subject: ContractSubject = {
  vendor: fireworks,
  createSimulator: (clock) => {
    const simulator = createFireworksSimulator({ clock, seed: "contract" });
    simulator.configure({ pages: true });
    return simulator;
  },
  settingsOf: ({ environment }) => ({
    accountId: environment["FIREWORKS_ACCOUNT_ID"],
    userId: environment["FIREWORKS_USER_ID"],
  }),
  // Nothing is enforced per key.
  grants: [{}, {}],
  errorBody: (message) => ({ code: 13, message, details: [] }),
};
