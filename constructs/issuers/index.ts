// Written by `npm run vendors` from the folders of src/vendors.
export * from "./fireworks";
export * from "./mistral";
export * from "./openai";
export * from "./openrouter";
