// Written by `npm run vendors` from the folders of src/vendors.
export * from "./litellm";
export * from "./openai";
export * from "./openrouter";
