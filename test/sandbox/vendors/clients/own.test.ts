import { join } from "node:path";
import { outputOf } from "../../support/vendor-endpoint";
import { ClientWorld } from "./keys";

/** Data calls as the vendors' own newest clients understand what the simulators answer. */

let world: ClientWorld;
let understood: Readonly<Record<string, unknown>>;
beforeAll(async () => {
  world = await ClientWorld.start();
  understood = (await outputOf(join(__dirname, "own.mjs"), world.addresses)) as typeof understood;
}, 60_000);
afterAll(() => world?.close());

const ofGoogle = { text: "Hello.", streamed: "Hello.", used: [true, "STOP"], model: "models/gemini-3-flash" };

test.each<[string, unknown]>([
  [
    "openai",
    {
      last: [0, true],
      others: true,
      unasked: true,
      types: [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
      ],
      used: true,
    },
  ],
  [
    "anthropic",
    {
      types: [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
      ],
      text: "Hello.",
      used: true,
      models: ["Claude Sonnet 5", "Claude Haiku 3.5"],
    },
  ],
  ["google", { v1: ofGoogle, v1beta: ofGoogle }],
  ["groq", { text: "Hello.", used: true, model: "Meta" }],
  [
    "cohere",
    {
      text: "Hello.",
      reason: "COMPLETE",
      types: ["message-start", "content-start", "content-delta", "content-end", "message-end"],
      used: true,
      model: "command-a-03-2025",
    },
  ],
  ["huggingface", { type: "user", name: "service-account", made: true, orgs: [] }],
  ["mistral", { text: "Hello.", used: true, reason: "stop" }],
  ["openrouter", { model: "OpenAI: GPT-5.2", text: "Hello.", used: true }],
  ["elevenlabs", { user: ["user", "enterprise", "workspace_admin"], bytes: 11, streamed: 11, timed: 2 }],
  ["pinecone", { index: "sandbox", dimension: 2, matches: [] }],
  [
    "bedrock",
    {
      protocol: "NodeHttp2Handler",
      text: "Hello.",
      events: ["messageStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"],
      used: 3,
      invoked: { claude: [true, true], nova: [true, true], llama: [true, true], mistral: [true, true] },
    },
  ],
])("%s", (vendor, expected) => {
  expect(understood[vendor]).toEqual(expected);
});
