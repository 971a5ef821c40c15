import { createOpenAiSimulator, type OpenAiSimulator } from "../../../src/sandbox/vendors/openai/simulator";
import { openAi } from "../../../src/vendors/openai/adapter";
import type { ContractSubject } from "../contract/fixture";

export const subject: ContractSubject = {
  vendor: openAi,
  createSimulator: (clock) => createOpenAiSimulator({ clock, seed: "contract" }),
  settingsOf: (simulator) => ({ projectId: (simulator as OpenAiSimulator).projectId }),
  grants: [{ scopes: ["api.model.read"] }, { scopes: ["api.files.read", "api.model.request"] }],
};
