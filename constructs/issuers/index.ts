// Written by `npm run vendors` from the folders of src/vendors.
export * from "./anthropic";
export * from "./azure-openai";
export * from "./cloudflare";
export * from "./cohere";
export * from "./elevenlabs";
export * from "./fireworks";
export * from "./gemini";
export * from "./groq";
export * from "./huggingface";
export * from "./litellm";
export * from "./mistral";
export * from "./openai";
export * from "./openrouter";
export * from "./pinecone";
export * from "./portkey";
export * from "./together";
export * from "./xai";
