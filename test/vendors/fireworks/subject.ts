import type { ContractSubject } from "../../../src/testing/fixture";
import { fireworks } from "../../../src/vendors/fireworks/adapter";
import { createFireworksSimulator } from "../../../src/vendors/fireworks/simulator/simulator";

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
  refusals: {
    unknownKey: [
      {
        status: 401,
        body: { code: 16, message: "The API key you provided is invalid.", details: [] },
        source: "Fireworks' page on errors",
      },
    ],
    noVerdict: [
      {
        status: 403,
        body: {
          code: 7,
          message: "Account is suspended, possibly due to reaching the monthly spending limit.",
          details: [],
        },
        source: "reports of bills",
      },
      {
        status: 412,
        body: { code: 9, message: "Account is not in good standing.", details: [] },
        source: "reports of bills",
      },
      {
        status: 401,
        body: { code: 16, message: "No credentials were sent.", details: [] },
        source: "reports of proxies",
      },
    ],
  },
};
