import { createFireworksSimulator } from "../../../src/sandbox/vendors/fireworks/simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { fireworks } from "../../../src/vendors/fireworks/adapter";

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
  readsFromList: true,
  grants: [{}, {}],
  errorBody: (message) => ({ code: 13, message, details: [] }),
};
