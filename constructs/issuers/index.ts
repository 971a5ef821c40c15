// Written by `npm run vendors` from the folders of src/vendors.
export * from "./elevenlabs";
export * from "./openai";
export * from "./openrouter";
export * from "./pinecone";
