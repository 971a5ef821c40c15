import * as v from "valibot";
import { MILLIS_PER_SECOND } from "../../../model/units";
import type { ApiRoute } from "../../../sandbox/vendors/router";
import type { SimulatorResponse } from "../../../sandbox/vendors/simulator";
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

const ACCOUNT_AGE_SECONDS = 31_536_000;
const AUDIO = { "content-type": "audio/mpeg" };
/** Begins as an MP3 does. */
const SOUND = [Buffer.from("ID3\u0004"), Buffer.from("sandbox")];
const SUBSCRIPTION = {
  tier: "enterprise",
  character_count: 0,
  character_limit: 10_000_000,
  max_character_limit_extension: null,
  max_credit_limit_extension: "unlimited",
  can_extend_character_limit: true,
  allowed_to_extend_character_limit: true,
  next_character_count_reset_unix: null,
  voice_slots_used: 0,
  professional_voice_slots_used: 0,
  professional_voice_slots_used_in_workspace: 0,
  voice_limit: 660,
  max_voice_add_edits: null,
  voice_add_edit_counter: 0,
  professional_voice_limit: 10,
  can_extend_voice_limit: true,
  can_use_instant_voice_cloning: true,
  can_use_professional_voice_cloning: true,
  currency: "usd",
  current_overage: { amount: "0", currency: "usd" },
  status: "active",
  billing_period: "monthly_period",
  character_refresh_period: "monthly_period",
};

const speechSchema = v.object({ text: v.pipe(v.string(), v.minLength(1)), model_id: v.optional(v.string()) });
const answers = (permission: string, endpoint: string, body: object): DataRoute => ({
  permission,
  endpoint,
  handle: () => ({ status: 200, body }),
});

export const DATA_ROUTES: readonly DataRoute[] = [
  {
    permission: "user_read",
    endpoint: "GET /v1/user",
    handle: ({ state }) => ({ status: 200, body: shownUser(Math.floor(state.clock.now() / MILLIS_PER_SECOND)) }),
  },
  {
    permission: "user_read",
    endpoint: "GET /v1/user/subscription",
    handle: () => ({ status: 200, body: { ...SUBSCRIPTION, open_invoices: [], has_open_invoices: false } }),
  },
  answers("voices_read", "GET /v1/voices", { voices: [{ voice_id: "21m00Tcm4TlvDq8ikWAM", name: "Rachel" }] }),
  // A list and no object, as there.
  answers("models_read", "GET /v1/models", [{ model_id: "eleven_v3", name: "Eleven v3" }]),
  answers("convai_read", "GET /v1/convai/agents", { agents: [], next_cursor: null, has_more: false }),
  speech("", (audio) => ({ status: 200, headers: AUDIO, body: undefined, events: [Buffer.concat(audio)] })),
  speech("/stream", (audio) => ({ status: 200, headers: AUDIO, body: undefined, events: audio })),
  speech("/with-timestamps", (audio) => ({ status: 200, body: timed(Buffer.concat(audio)) })),
  // A line of JSON for each piece.
  speech("/stream/with-timestamps", (audio) => ({
    status: 200,
    headers: { "content-type": "application/json" },
    body: undefined,
    events: audio.map((piece) => `${JSON.stringify(timed(piece))}\n`),
  })),
];

function speech(way: string, shown: (audio: readonly Buffer[]) => SimulatorResponse): DataRoute {
  return {
    permission: "text_to_speech",
    endpoint: `POST /v1/text-to-speech/{voice}${way}`,
    handle({ state, key }, { body }) {
      const credits = readBody(speechSchema, body).text.length;
      if (key.characterLimit !== null && state.usedBy(key) + credits > key.characterLimit) {
        throw refusal(401, "quota_exceeded", "This request exceeds your API key's quota.");
      }
      state.use(key, credits);
      return shown(SOUND);
    },
  };
}

function timed(audio: Buffer) {
  return { audio_base64: audio.toString("base64"), alignment: null, normalized_alignment: null };
}

function shownUser(now: number) {
  return {
    user_id: "user",
    workspace_id: "workspace",
    subscription: SUBSCRIPTION,
    is_new_user: false,
    xi_api_key: null,
    can_use_delayed_payment_methods: false,
    is_onboarding_completed: true,
    is_onboarding_checklist_completed: true,
    created_at: now - ACCOUNT_AGE_SECONDS,
    seat_type: "workspace_admin",
  };
}
