import type { ContractSubject } from "../../../src/testing/fixture";
import { mistral } from "../../../src/vendors/mistral/adapter";
import { createMistralSimulator } from "../../../src/vendors/mistral/simulator/simulator";

export const subject: ContractSubject = {
  vendor: mistral,
  createSimulator: (clock) => createMistralSimulator({ clock, seed: "contract" }),
  settingsOf: ({ environment }) => ({
    workspaceId: environment["MISTRAL_WORKSPACE_ID"],
    userId: environment["MISTRAL_USER_ID"],
  }),
  // Nothing is enforced per key.
  readsFromList: true,
  grants: [{}, {}],
  strangers: { keyId: "019b2bd7-96e7-7219-8c0b-45a73da50088", ownerId: "owner-1" },
  errorBody: (detail) => ({ detail }),
  closeAccount: (simulator) => simulator.configure({ workspaceArchived: true }),
  refusals: {
    unknownKey: [
      {
        status: 401,
        body: { message: "Unauthorized", request_id: "c61f2f15feca71626a990e3740f99245" },
        source: "cline/cline#1734",
      },
      { status: 401, body: { detail: "Unauthorized" }, source: "nextcloud/integration_openai#332" },
    ],
    noVerdict: [
      {
        status: 401,
        body: { message: "Inactive subscription or usage limit reached", request_id: "c61f" },
        source: "reports of bills",
      },
      { status: 403, body: { detail: "Your workspace is suspended." }, source: "reports of workspaces" },
      { status: 402, body: { message: "Payment required", request_id: "c61f" }, source: "reports of bills" },
    ],
  },
};
