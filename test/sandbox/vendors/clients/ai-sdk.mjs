// The AI SDK with each vendor's provider, in a process of its own since they are ES modules:
// addresses and keys in, what they understood out.
import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createAzure } from "@ai-sdk/azure";
import { createCohere } from "@ai-sdk/cohere";
import { createFireworks } from "@ai-sdk/fireworks";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createGroq } from "@ai-sdk/groq";
import { createMistral } from "@ai-sdk/mistral";
import { createOpenAI } from "@ai-sdk/openai";
import { createTogetherAI } from "@ai-sdk/togetherai";
import { createXai } from "@ai-sdk/xai";
import { createOpenRouter } from "@openrouter/ai-sdk-provider";
import { generateText, streamText } from "ai";

const at = JSON.parse(process.argv[2]);
const of = (vendor) => ({ apiKey: at[vendor].key, baseURL: at[vendor].url });
const openai = createOpenAI(of("openai"));
const xai = createXai(of("xai"));
const azure = createAzure(of("azure"));
const models = {
  "openai responses": openai("gpt-5.2"),
  "openai chat": openai.chat("gpt-5.2"),
  anthropic: createAnthropic(of("anthropic"))("claude-sonnet-5"),
  google: createGoogleGenerativeAI(of("google"))("gemini-3-flash"),
  "google v1": createGoogleGenerativeAI({ apiKey: at.google.key, baseURL: at.google.v1 })("gemini-3-flash"),
  groq: createGroq(of("groq"))("llama-3.3-70b-versatile"),
  cohere: createCohere(of("cohere"))("command-a-03-2025"),
  mistral: createMistral(of("mistral"))("mistral-small-latest"),
  "xai chat": xai.chat("grok-4.5"),
  "xai responses": xai.responses("grok-4.5"),
  together: createTogetherAI(of("together"))("meta-llama/Llama-3.3-70B-Instruct-Turbo"),
  fireworks: createFireworks(of("fireworks"))("accounts/fireworks/models/gpt-oss-120b"),
  openrouter: createOpenRouter(of("openrouter"))("openai/gpt-5.2"),
  "azure chat": azure.chat("gpt-5-mini"),
  "azure responses": azure("gpt-5-mini"),
  litellm: createOpenAI(of("litellm")).chat("gpt-5.2"),
  portkey: createOpenAI({ ...of("portkey"), headers: { "x-portkey-api-key": at.portkey.key } }).chat("gpt-5.2"),
  cloudflare: createOpenAI(of("cloudflare")).chat("@cf/meta/llama-3.3-70b-instruct-fp8-fast"),
  huggingface: createOpenAI(of("huggingface")).chat("openai/gpt-oss-120b"),
  bedrock: createAmazonBedrock({ ...of("bedrock"), region: "us-east-1" })("amazon.nova-micro-v1:0"),
};

const prompt = "Say hello.";
const understood = {};
for (const [name, model] of Object.entries(models)) {
  if (at.only !== undefined && !at.only.includes(name)) continue;
  const call = { model, prompt, maxRetries: 0 };
  const whole = await generateText(call).then(
    ({ text, finishReason, usage }) => ({
      text,
      finishReason,
      input: usage.inputTokens > 0,
      output: usage.outputTokens > 0,
    }),
    (error) => String(error.message ?? error) + (error.responseBody ?? error.cause ?? ""),
  );
  const streamed = await (async () => {
    const failures = [];
    const stream = streamText({
      ...call,
      onError: ({ error }) => failures.push(String(error.message ?? error) + (error.cause ?? "")),
    });
    const pieces = [];
    for await (const piece of stream.textStream) pieces.push(piece);
    if (failures.length > 0) return failures.join();
    const usage = await stream.usage;
    return {
      text: pieces.join(""),
      finishReason: await stream.finishReason,
      input: usage.inputTokens > 0,
      output: usage.outputTokens > 0,
    };
  })().catch((error) => String(error.message ?? error));
  understood[name] = { whole, streamed };
}
console.log(JSON.stringify(understood));
