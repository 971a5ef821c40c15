import { defined } from "../../../model/defined";
import { ConsoleSimulator, chatCall } from "../../../sandbox/vendors/console-simulator";
import type { Clock } from "../../../sandbox/vendors/simulator";
import { togetherDescriptor } from "../descriptor";

const MODEL = {
  id: "meta-llama/Llama-3.3-70B-Instruct-Turbo",
  object: "model",
  created: 1_733_447_754,
  type: "chat",
  display_name: "Llama 3.3 70B Instruct Turbo",
  organization: "Meta",
  context_length: 131_072,
  pricing: { hourly: 0, input: 0.88, output: 0.88, base: 0, finetune: 0 },
};

/**
 * One account at Together AI, with the calls that a key is tried with; keys are made at
 * `POST /console/api_keys`, see `ConsoleSimulator`.
 */
export function createTogetherSimulator({ clock, seed }: { clock: Clock; seed?: string }): ConsoleSimulator {
  return new ConsoleSimulator({
    clock,
    ...defined({ seed }),
    id: togetherDescriptor.id,
    hosts: ["api.together.xyz"],
    basePath: "/v1",
    valuePrefix: "tgp_",
    calls: {
      // A list and no object, as there.
      "GET /v1/models": () => ({ status: 200, body: [MODEL] }),
      "POST /v1/chat/completions": chatCall({ usage: "last choice", more: { prompt: [] } }),
    },
    errorBody: (message) => ({ error: { message, type: "invalid_request_error" } }),
  });
}
