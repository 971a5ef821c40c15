import { createPineconeSimulator } from "../../../src/sandbox/vendors/pinecone/simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { pinecone } from "../../../src/vendors/pinecone/adapter";

export const subject: ContractSubject = {
  vendor: pinecone,
  createSimulator: (clock) => createPineconeSimulator({ clock, seed: "contract" }),
  settingsOf: ({ environment }) => ({ projectId: environment["PINECONE_PROJECT_ID"] }),
  grants: [{ scopes: ["ControlPlaneViewer"] }, { scopes: ["DataPlaneEditor", "DataPlaneViewer"] }],
  isTokenExchange: (url) => url === "https://login.pinecone.io/oauth/token",
  onePage: true,
  errorBody: (message) => ({ status: 400, error: { code: "UNKNOWN", message } }),
};
