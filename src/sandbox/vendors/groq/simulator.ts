import { groqDescriptor } from "../../../vendors/groq/descriptor";
import type { Clock } from "../../simulator";
import { ConsoleSimulator } from "../console-simulator";

/** One account at Groq, with the calls that a key is tried with; keys are made at `POST /console/api_keys`, see `ConsoleSimulator`. */
export function createGroqSimulator({ clock, seed }: { clock: Clock; seed?: string }): ConsoleSimulator {
  return new ConsoleSimulator({
    clock,
    ...(seed === undefined ? {} : { seed }),
    id: groqDescriptor.id,
    hosts: ["api.groq.com"],
    basePath: "/openai/v1",
    valuePrefix: "gsk_",
    look: { endpoint: "GET /openai/v1/models", body: { object: "list", data: [{ id: "llama-3.3-70b-versatile" }] } },
    chat: "POST /openai/v1/chat/completions",
    errorBody: (message) => ({ error: { message, type: "invalid_request_error" } }),
  });
}
