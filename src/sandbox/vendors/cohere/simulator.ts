import { cohereDescriptor } from "../../../vendors/cohere/descriptor";
import type { Clock } from "../../simulator";
import { ConsoleSimulator } from "../console-simulator";

/** One account at Cohere, with the calls that a key is tried with; keys are made at `POST /console/api_keys`, see `ConsoleSimulator`. */
export function createCohereSimulator({ clock, seed }: { clock: Clock; seed?: string }): ConsoleSimulator {
  return new ConsoleSimulator({
    clock,
    ...(seed === undefined ? {} : { seed }),
    id: cohereDescriptor.id,
    hosts: ["api.cohere.com"],
    basePath: "/v1",
    valuePrefix: "",
    look: { endpoint: "GET /v1/models", body: { models: [{ name: "command-a-03-2025" }] } },
    chat: "POST /v2/chat",
    unknownKey: "invalid api token",
    errorBody: (message) => ({ message }),
  });
}
