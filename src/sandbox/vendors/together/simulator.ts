import { togetherDescriptor } from "../../../vendors/together/descriptor";
import type { Clock } from "../../simulator";
import { ConsoleSimulator } from "../console-simulator";

/** One account at Together AI, with the calls that a key is tried with; keys are made at `POST /console/api_keys`, see `ConsoleSimulator`. */
export function createTogetherSimulator({ clock, seed }: { clock: Clock; seed?: string }): ConsoleSimulator {
  return new ConsoleSimulator({
    clock,
    ...(seed === undefined ? {} : { seed }),
    id: togetherDescriptor.id,
    hosts: ["api.together.xyz"],
    basePath: "/v1",
    valuePrefix: "tgp_",
    look: { endpoint: "GET /v1/models", body: [{ id: "meta-llama/Llama-3.3-70B-Instruct-Turbo" }] },
    chat: "POST /v1/chat/completions",
    errorBody: (message) => ({ error: { message, type: "invalid_request_error" } }),
  });
}
