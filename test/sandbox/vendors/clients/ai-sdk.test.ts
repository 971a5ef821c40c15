import { join } from "node:path";
import { outputOf } from "../../support/vendor-endpoint";
import { ClientWorld } from "./keys";

/**
 * Each call whole and as a stream, as the AI SDK's providers understand what the simulators answer.
 */

const PROVIDERS = [
  "openai responses",
  "openai chat",
  "anthropic",
  "google",
  "google v1",
  "groq",
  "cohere",
  "mistral",
  "xai chat",
  "xai responses",
  "together",
  "fireworks",
  "openrouter",
  "azure chat",
  "azure responses",
  "litellm",
  "portkey",
  "cloudflare",
  "huggingface",
  "bedrock",
];

let world: ClientWorld;
let understood: Readonly<Record<string, { readonly whole: unknown; readonly streamed: unknown }>>;
beforeAll(async () => {
  world = await ClientWorld.start();
  understood = (await outputOf(join(__dirname, "ai-sdk.mjs"), world.addresses)) as typeof understood;
}, 60_000);
afterAll(() => world?.close());

test.each(PROVIDERS)("%s", (provider) => {
  const heard = { text: expect.stringMatching(/^(Hello\.|Simulated answer of .*)$/), finishReason: "stop" };
  // Some vendors' providers ask for no usage in a stream; where it is asked for, it comes.
  expect(understood[provider]).toEqual({
    whole: { ...heard, input: true, output: true },
    streamed: { ...heard, input: true, output: true },
  });
});
