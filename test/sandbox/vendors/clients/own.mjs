// Vendors' own newest clients, in a process of its own since most are ES modules: addresses and
// keys in, what they understood out.

import Anthropic from "@anthropic-ai/sdk";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { ElevenLabsClient } from "@elevenlabs/elevenlabs-js";
import { GoogleGenAI } from "@google/genai";
import { whoAmI } from "@huggingface/hub";
import { Mistral } from "@mistralai/mistralai";
import { OpenRouter } from "@openrouter/sdk";
import { Pinecone } from "@pinecone-database/pinecone";
import { CohereClient, CohereClientV2 } from "cohere-ai";
import Groq from "groq-sdk";
import OpenAI from "openai";

const at = JSON.parse(process.argv[2]);
const messages = [{ role: "user", content: "Hello?" }];
const all = async (stream) => {
  const events = [];
  for await (const event of stream) events.push(event);
  return events;
};
const decoded = (bytes) => JSON.parse(new TextDecoder().decode(bytes));
const length = async (stream) => {
  let bytes = 0;
  for await (const chunk of stream) bytes += chunk.length;
  return bytes;
};

const checks = {
  async openai() {
    const client = new OpenAI({ apiKey: at.openai.key, baseURL: at.openai.url });
    const chat = await all(
      await client.chat.completions.create({
        model: "gpt-5.2",
        messages,
        stream: true,
        stream_options: { include_usage: true },
      }),
    );
    const plain = await all(await client.chat.completions.create({ model: "gpt-5.2", messages, stream: true }));
    const response = await all(await client.responses.create({ model: "gpt-5.2", input: "Hello?", stream: true }));
    return {
      last: [chat.at(-1).choices.length, chat.at(-1).usage.total_tokens > 0],
      others: chat.slice(0, -1).every(({ usage }) => usage === null),
      unasked: plain.every(({ usage }) => usage === undefined),
      types: [...new Set(response.map(({ type }) => type))],
      used: response.at(-1).response.usage.total_tokens > 0,
    };
  },
  async anthropic() {
    const client = new Anthropic({ apiKey: at.anthropic.key, baseURL: at.anthropic.url.replace("/v1", "") });
    const request = { model: "claude-sonnet-5", max_tokens: 10, messages };
    const events = await all(await client.messages.create({ ...request, stream: true }));
    const message = await client.messages.stream(request).finalMessage();
    const models = await all(client.models.list());
    return {
      types: [...new Set(events.map(({ type }) => type))],
      text: message.content[0].text,
      used: message.usage.output_tokens > 0,
      models: models.map(({ display_name }) => display_name),
    };
  },
  async google() {
    const understood = {};
    for (const apiVersion of ["v1", "v1beta"]) {
      const client = new GoogleGenAI({ apiKey: at.google.key, httpOptions: { baseUrl: at.google.admin, apiVersion } });
      const request = { model: "gemini-3-flash", contents: "Hello?" };
      const whole = await client.models.generateContent(request);
      const parts = await all(await client.models.generateContentStream(request));
      const models = await all(await client.models.list({ config: { queryBase: true } }));
      understood[apiVersion] = {
        text: whole.text,
        streamed: parts.map(({ text }) => text).join(""),
        used: [parts.at(-1).usageMetadata.candidatesTokenCount > 0, parts.at(-1).candidates[0].finishReason],
        model: models[0].name,
      };
    }
    return understood;
  },
  async groq() {
    const client = new Groq({ apiKey: at.groq.key, baseURL: at.groq.url.replace("/openai/v1", "") });
    const chunks = await all(
      await client.chat.completions.create({ model: "llama-3.3-70b-versatile", messages, stream: true }),
    );
    const whole = await client.chat.completions.create({ model: "llama-3.3-70b-versatile", messages });
    const models = await client.models.list();
    return {
      text: whole.choices[0].message.content,
      used: chunks.at(-1).x_groq.usage.total_tokens > 0,
      model: models.data[0].owned_by,
    };
  },
  async cohere() {
    const environment = at.cohere.url.replace("/v2", "");
    const client = new CohereClientV2({ token: at.cohere.key, environment });
    const request = { model: "command-a-03-2025", messages };
    const whole = await client.chat(request);
    const events = await all(await client.chatStream(request));
    const models = await new CohereClient({ token: at.cohere.key, environment }).models.list();
    return {
      text: whole.message.content[0].text,
      reason: whole.finishReason,
      types: [...new Set(events.map(({ type }) => type))],
      used: events.at(-1).delta.usage.tokens.outputTokens > 0,
      model: models.models[0].name,
    };
  },
  async huggingface() {
    const me = await whoAmI({ accessToken: at.huggingface.key, hubUrl: at.huggingface.url.replace("/v1", "") });
    return { type: me.type, name: me.name, made: me.auth.accessToken.createdAt instanceof Date, orgs: me.orgs };
  },
  async mistral() {
    const client = new Mistral({ apiKey: at.mistral.key, serverURL: at.mistral.url.replace("/v1", "") });
    const request = { model: "mistral-small-latest", messages };
    const whole = await client.chat.complete(request);
    const events = await all(await client.chat.stream(request));
    return {
      text: whole.choices[0].message.content,
      used: events.at(-1).data.usage.totalTokens > 0,
      reason: events.at(-1).data.choices[0].finishReason,
    };
  },
  async openrouter() {
    const client = new OpenRouter({ apiKey: at.openrouter.key, serverURL: at.openrouter.url });
    const pages = await all(await client.models.list());
    const whole = await client.chat.send({ chatRequest: { model: "openai/gpt-5.2", messages } });
    const chunks = await all(
      await client.chat.send({ chatRequest: { model: "openai/gpt-5.2", messages, stream: true } }),
    );
    return {
      model: pages[0].result.data[0].name,
      text: whole.choices[0].message.content,
      used: chunks.at(-1).usage.totalTokens > 0,
    };
  },
  async elevenlabs() {
    const client = new ElevenLabsClient({ apiKey: at.elevenlabs.key, baseUrl: at.elevenlabs.url });
    const user = await client.user.get();
    const request = { text: "Hello", modelId: "eleven_v3" };
    return {
      user: [user.userId, user.subscription.tier, user.seatType],
      bytes: await length(await client.textToSpeech.convert("21m00Tcm4TlvDq8ikWAM", request)),
      streamed: await length(await client.textToSpeech.stream("21m00Tcm4TlvDq8ikWAM", request)),
      timed: (await all(await client.textToSpeech.streamWithTimestamps("21m00Tcm4TlvDq8ikWAM", request))).length,
    };
  },
  async pinecone() {
    const client = new Pinecone({ apiKey: at.pinecone.key, controllerHostUrl: at.pinecone.url });
    const { indexes } = await client.listIndexes();
    const index = client.index({ host: at.pinecone.url });
    const stats = await index.describeIndexStats();
    await index.upsert({ records: [{ id: "a", values: [1, 2] }] });
    const { matches } = await index.query({ vector: [1, 2], topK: 1 });
    return { index: indexes[0].name, dimension: stats.dimension, matches };
  },
  async bedrock() {
    const client = new BedrockRuntimeClient({
      endpoint: at.bedrock.url,
      region: "us-east-1",
      token: { token: at.bedrock.key },
      authSchemePreference: ["httpBearerAuth"],
    });
    const converse = { modelId: "amazon.nova-lite-v1:0", messages: [{ role: "user", content: [{ text: "Hello?" }] }] };
    const whole = await client.send(new ConverseCommand(converse));
    const events = await all((await client.send(new ConverseStreamCommand(converse))).stream);
    const invoked = {};
    for (const [family, modelId, body] of [
      [
        "claude",
        "anthropic.claude-sonnet-4-5-20250929-v1:0",
        { anthropic_version: "bedrock-2023-05-31", max_tokens: 9, messages },
      ],
      ["nova", "amazon.nova-lite-v1:0", { messages: [{ role: "user", content: [{ text: "Hello?" }] }] }],
      ["llama", "meta.llama3-8b-instruct-v1:0", { prompt: "Hello?" }],
      ["mistral", "mistral.mistral-7b-instruct-v0:2", { prompt: "Hello?" }],
    ]) {
      const input = { modelId, body: JSON.stringify(body), contentType: "application/json" };
      const one = decoded((await client.send(new InvokeModelCommand(input))).body);
      const parts = await all((await client.send(new InvokeModelWithResponseStreamCommand(input))).body);
      invoked[family] = [
        JSON.stringify(one).includes("Hello."),
        parts.map(({ chunk }) => decoded(chunk.bytes)).length > 1,
      ];
    }
    return {
      protocol: client.config.requestHandler.constructor.name,
      text: whole.output.message.content[0].text,
      events: events.map((event) => Object.keys(event)[0]),
      used: events.at(-1).metadata.usage.totalTokens,
      invoked,
    };
  },
};

const understood = {};
for (const [vendor, check] of Object.entries(checks)) {
  understood[vendor] = await check().catch((error) => `${error.name}: ${error.message} ${error.stack}`.slice(0, 1500));
}
console.log(JSON.stringify(understood));
process.exit(0);
