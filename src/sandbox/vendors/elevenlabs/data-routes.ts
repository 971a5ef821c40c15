import * as v from "valibot";
import type { ApiRoute } from "../router";
import { readBody, refusal } from "./errors";
import type { ElevenLabsState, StoredKey } from "./state";

/** A data call and the key that makes it. */
export interface Caller {
  readonly state: ElevenLabsState;
  readonly key: StoredKey;
}

export interface DataRoute extends ApiRoute<Caller> {
  readonly permission: string;
}

const speechSchema = v.object({ text: v.pipe(v.string(), v.minLength(1)), model_id: v.optional(v.string()) });
const answers = (permission: string, endpoint: string, body: object): DataRoute => ({
  permission,
  endpoint,
  handle: () => ({ status: 200, body }),
});

export const DATA_ROUTES: readonly DataRoute[] = [
  answers("user_read", "GET /v1/user", { user_id: "user", subscription: { tier: "enterprise" }, xi_api_key: null }),
  answers("voices_read", "GET /v1/voices", { voices: [{ voice_id: "21m00Tcm4TlvDq8ikWAM", name: "Rachel" }] }),
  // A list and no object, as there.
  answers("models_read", "GET /v1/models", [{ model_id: "eleven_v3", name: "Eleven v3" }]),
  answers("convai_read", "GET /v1/convai/agents", { agents: [], next_cursor: null, has_more: false }),
  {
    permission: "text_to_speech",
    endpoint: "POST /v1/text-to-speech/{voice}/with-timestamps",
    handle({ state, key }, { body }) {
      const credits = readBody(speechSchema, body).text.length;
      if (key.characterLimit !== null && state.usedBy(key) + credits > key.characterLimit) {
        throw refusal(401, "quota_exceeded", "This request exceeds your API key's quota.");
      }
      state.use(key, credits);
      return { status: 200, body: { audio_base64: "SUQz", alignment: null, normalized_alignment: null } };
    },
  },
];
