import { createGeminiSimulator } from "../../../src/sandbox/vendors/gemini/simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { gemini } from "../../../src/vendors/gemini/adapter";

export const subject: ContractSubject = {
  vendor: gemini,
  createSimulator: (clock) => createGeminiSimulator({ clock, seed: "contract" }),
  settingsOf: ({ environment }) => ({ projectId: environment["GEMINI_PROJECT_ID"] }),
  grants: [
    { endpoints: ["GenerateContent", "ListModels"], networks: ["192.0.2.0/24", "2001:db8::/64"] },
    { endpoints: ["google.ai.generativelanguage.v1beta.FileService.*"] },
  ],
  strangers: { keyId: "scoped-unknown", ownerId: "none" },
  isTokenExchange: (url) => url === "https://oauth2.googleapis.com/token",
};
