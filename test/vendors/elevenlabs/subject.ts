import type { ContractSubject } from "../../../src/testing/fixture";
import { elevenLabs } from "../../../src/vendors/elevenlabs/adapter";
import { createElevenLabsSimulator } from "../../../src/vendors/elevenlabs/simulator/simulator";

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
  refusals: {
    unknownKey: [
      {
        status: 401,
        body: { detail: { status: "invalid_api_key", message: "Invalid API key" } },
        source: "ElevenLabs' page on errors",
      },
    ],
    noVerdict: [
      {
        status: 401,
        body: {
          detail: {
            status: "quota_exceeded",
            message: "This request exceeds your quota of 10000. You have 5 credits remaining.",
          },
        },
        source: "carleeno/elevenlabs_tts#123",
      },
      {
        status: 401,
        body: {
          detail: {
            status: "detected_unusual_activity",
            message: "Unusual activity detected. Free Tier usage disabled.",
          },
        },
        source: "carleeno/elevenlabs_tts#123",
      },
      {
        status: 401,
        body: {
          detail: {
            status: "needs_authorization",
            message: "Neither authorization header nor xi-api-key received, please provide one.",
          },
        },
        source: "ElevenLabs' page on errors",
      },
      {
        status: 401,
        body: { detail: { status: "payment_issue", message: "Your subscription has a failed or incomplete payment." } },
        source: "reports of bills",
      },
    ],
  },
};
