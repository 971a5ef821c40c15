import { ConsoleSimulator } from "../../../src/sandbox/vendors/console-simulator";
import type { ContractSubject } from "../../../src/testing/fixture";
import { huggingFace } from "../../../src/vendors/huggingface/adapter";
import { createHuggingFaceSimulator } from "../../../src/vendors/huggingface/simulator/simulator";

export const subject: ContractSubject = {
  vendor: huggingFace,
  createSimulator: (clock) => createHuggingFaceSimulator({ clock, seed: "contract" }),
  settingsOf: () => ({}),
  grants: [{}, {}],
  errorBody: (message: string) => ({ error: message }),
  mintManually: async (simulator) => {
    if (!(simulator instanceof ConsoleSimulator)) throw new Error("no console");
    return simulator.make().value;
  },
  refusals: {
    unknownKey: [
      { status: 401, body: { error: "Invalid credentials in Authorization header" }, source: "huggingface_hub#3368" },
      { status: 401, body: { error: "Invalid username or password." }, source: "reports of deleted tokens" },
    ],
    noVerdict: [
      {
        status: 429,
        body: "<!DOCTYPE html><html><head><title>Hugging Face</title></head><body><h1>429</h1><p>We had to rate limit your IP</p></body></html>",
        source: "huggingface_hub#2843",
      },
      {
        status: 403,
        body: { error: "This organization requires tokens to be approved." },
        source: "Hugging Face's page on tokens of organisations",
      },
      { status: 401, body: { error: "Unauthorized" }, source: "reports of proxies" },
    ],
  },
};
