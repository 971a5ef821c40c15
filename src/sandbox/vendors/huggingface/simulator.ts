import { huggingFaceDescriptor } from "../../../vendors/huggingface/descriptor";
import type { Clock } from "../../simulator";
import { ConsoleSimulator } from "../console-simulator";

/** One account at Hugging Face, with the calls that a key is tried with; keys are made at `POST /console/api_keys`, see `ConsoleSimulator`. */
export function createHuggingFaceSimulator({ clock, seed }: { clock: Clock; seed?: string }): ConsoleSimulator {
  return new ConsoleSimulator({
    clock,
    ...(seed === undefined ? {} : { seed }),
    id: huggingFaceDescriptor.id,
    hosts: ["huggingface.co", "router.huggingface.co"],
    basePath: "/api",
    valuePrefix: "hf_",
    look: { endpoint: "GET /api/whoami-v2", body: { type: "user", name: "service-account" } },
    chat: "POST /v1/chat/completions",
    unknownKey: "Invalid credentials in Authorization header",
    errorBody: (message) => ({ error: message }),
    revokes: "POST /api/credentials/revoke",
  });
}
