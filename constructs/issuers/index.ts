// Written by `npm run vendors` from the folders of src/vendors.
export * from "./anthropic";
export * from "./azure-openai";
export * from "./openai";
export * from "./openrouter";
