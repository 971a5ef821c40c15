import { createOpenAiSimulator, type OpenAiSimulator } from "../../../src/sandbox/vendors/openai/simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { openAi } from "../../../src/vendors/openai/adapter";

export const subject: ContractSubject = {
  vendor: openAi,
  createSimulator: (clock) => createOpenAiSimulator({ clock, seed: "contract" }),
  settingsOf: (simulator) => ({ projectId: (simulator as OpenAiSimulator).projectId }),
  grants: [{ scopes: ["api.model.read"] }, { scopes: ["api.files.read", "api.model.request"] }],
};
