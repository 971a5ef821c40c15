// Written by `npm run vendors` from the folders of src/vendors.
export * from "./anthropic";
export * from "./azure-openai";
export * from "./cohere";
export * from "./groq";
export * from "./huggingface";
export * from "./openai";
export * from "./openrouter";
export * from "./together";
