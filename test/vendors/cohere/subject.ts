import { ConsoleSimulator } from "../../../src/sandbox/vendors/console-simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { cohere } from "../../../src/vendors/cohere/adapter";
import { createCohereSimulator } from "../../../src/vendors/cohere/simulator/simulator";

export const subject: ContractSubject = {
  vendor: cohere,
  createSimulator: (clock) => createCohereSimulator({ clock, seed: "contract" }),
  settingsOf: () => ({}),
  grants: [{}, {}],
  errorBody: (message: string) => ({ message }),
  mintManually: async (simulator) => {
    if (!(simulator instanceof ConsoleSimulator)) throw new Error("no console");
    return simulator.make().value;
  },
  refusals: {
    unknownKey: [{ status: 401, body: { message: "invalid api token" }, source: "Cohere's page on errors" }],
    noVerdict: [
      { status: 401, body: { message: "no api key supplied" }, source: "Cohere's page on errors" },
      {
        status: 402,
        body: { message: "Please add or update your payment method at https://dashboard.cohere.com/billing" },
        source: "Cohere's page on errors",
      },
      { status: 403, body: { message: "Your organization has been blocked." }, source: "reports of accounts" },
    ],
  },
};
