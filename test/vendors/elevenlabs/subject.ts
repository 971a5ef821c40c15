import { createElevenLabsSimulator } from "../../../src/sandbox/vendors/elevenlabs/simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { elevenLabs } from "../../../src/vendors/elevenlabs/adapter";

export const subject: ContractSubject = {
  vendor: elevenLabs,
  createSimulator: (clock) => createElevenLabsSimulator({ clock, seed: "contract" }),
  settingsOf: ({ environment }) => ({ serviceAccountUserId: environment["ELEVENLABS_SERVICE_ACCOUNT_USER_ID"] }),
  grants: [
    {
      scopes: ["models_read", "text_to_speech"],
      limits: { charactersPerMonth: 250_000 },
      networks: ["203.0.113.0/24", "2001:db8::/32"],
    },
    { scopes: ["voices_read"] },
  ],
  onePage: true,
  errorBody: (message) => ({ detail: { status: "refused", message } }),
};
