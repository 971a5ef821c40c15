import { createMistralSimulator } from "../../../src/sandbox/vendors/mistral/simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { mistral } from "../../../src/vendors/mistral/adapter";

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
};
