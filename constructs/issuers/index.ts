// Written by `npm run vendors` from the folders of src/vendors.
export * from "./openai";
export * from "./openrouter";
export * from "./portkey";
