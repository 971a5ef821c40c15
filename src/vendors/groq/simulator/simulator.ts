import { defined } from "../../../model/defined";
import { ConsoleSimulator, chatCall } from "../../../sandbox/vendors/console-simulator";
import type { Clock } from "../../../sandbox/vendors/simulator";
import { groqDescriptor } from "../descriptor";

const MODEL = {
  id: "llama-3.3-70b-versatile",
  object: "model",
  created: 1_733_447_754,
  owned_by: "Meta",
  active: true,
  context_window: 131_072,
  max_completion_tokens: 32_768,
  public_apps: null,
};

/**
 * One account at Groq, with the calls that a key is tried with; keys are made at
 * `POST /console/api_keys`, see `ConsoleSimulator`.
 */
export function createGroqSimulator({ clock, seed }: { clock: Clock; seed?: string }): ConsoleSimulator {
  return new ConsoleSimulator({
    clock,
    ...defined({ seed }),
    id: groqDescriptor.id,
    hosts: ["api.groq.com"],
    basePath: "/openai/v1",
    valuePrefix: "gsk_",
    calls: {
      "GET /openai/v1/models": () => ({ status: 200, body: { object: "list", data: [MODEL] } }),
      // Usage is in the last choice's event, in a member of Groq's own.
      "POST /openai/v1/chat/completions": chatCall({
        usage: "asked",
        more: { system_fingerprint: "fp_sandbox", x_groq: { id: "req_1" } },
        moreUsage: { queue_time: 0.001, prompt_time: 0.001, completion_time: 0.001, total_time: 0.002 },
        last: (usage) => ({ x_groq: { id: "req_1", usage } }),
      }),
    },
    errorBody: (message) => ({ error: { message, type: "invalid_request_error" } }),
  });
}
