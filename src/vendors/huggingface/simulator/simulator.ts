import { defined } from "../../../model/defined";
import { ConsoleSimulator, chatCall } from "../../../sandbox/vendors/console-simulator";
import type { Clock } from "../../../sandbox/vendors/simulator";
import { huggingFaceDescriptor } from "../descriptor";

const MODEL = "openai/gpt-oss-120b";
const MADE_AT = "2026-11-01T00:00:00.000Z";

/** Whose token it is, and what the token may do. */
function whoAmI(keyId: string) {
  return {
    type: "user",
    id: "6560a1b2c3d4e5f607182930",
    name: "service-account",
    fullname: "Service account",
    email: "service-account@example.com",
    emailVerified: true,
    canPay: false,
    isPro: false,
    periodEnd: null,
    avatarUrl: "/avatars/service-account.svg",
    orgs: [],
    auth: {
      type: "access_token",
      accessToken: {
        displayName: keyId,
        role: "fineGrained",
        createdAt: MADE_AT,
        fineGrained: { global: [], scoped: [] },
      },
    },
  };
}

/**
 * One account at Hugging Face, with the calls that a key is tried with; keys are made at
 * `POST /console/api_keys`, see `ConsoleSimulator`.
 */
export function createHuggingFaceSimulator({ clock, seed }: { clock: Clock; seed?: string }): ConsoleSimulator {
  return new ConsoleSimulator({
    clock,
    ...defined({ seed }),
    id: huggingFaceDescriptor.id,
    hosts: ["huggingface.co", "router.huggingface.co"],
    basePath: "/api",
    valuePrefix: "hf_",
    calls: {
      "GET /api/whoami-v2": ({ keyId }) => ({ status: 200, body: whoAmI(keyId) }),
      "GET /v1/models": ({ seconds: created }) => ({
        status: 200,
        body: { object: "list", data: [{ id: MODEL, object: "model", created, owned_by: "openai" }] },
      }),
      "POST /v1/chat/completions": chatCall({ usage: "asked", more: { system_fingerprint: "fp_sandbox" } }),
    },
    unknownKey: "Invalid credentials in Authorization header",
    errorBody: (message) => ({ error: message }),
    revokes: "POST /api/credentials/revoke",
  });
}
