import { createOpenAiSimulator, type OpenAiSimulator } from "../../src/sandbox/vendors/openai/simulator";
import { createOpenRouterSimulator } from "../../src/sandbox/vendors/openrouter/simulator";
import { vendorDescriptors } from "../../src/vendors/descriptors";
import { openAi } from "../../src/vendors/openai/adapter";
import { openRouter } from "../../src/vendors/openrouter/adapter";
import { describeContract } from "./contract/contract";
import type { ContractSubject } from "./contract/fixture";

const SUBJECTS: readonly ContractSubject[] = [
  {
    vendor: openAi,
    createSimulator: (clock) => createOpenAiSimulator({ clock, seed: "contract" }),
    settingsOf: (simulator) => ({ projectId: (simulator as OpenAiSimulator).projectId }),
    grants: [{ scopes: ["api.model.read"] }, { scopes: ["api.files.read", "api.model.request"] }],
  },
  {
    vendor: openRouter,
    createSimulator: (clock) => createOpenRouterSimulator({ clock, seed: "contract" }),
    settingsOf: () => ({}),
    grants: [
      { models: ["openai/gpt-5.2"], limits: { spend: { usd: 25, per: "month" } } },
      { models: ["anthropic/claude-sonnet-5"], limits: { spend: { usd: 1.5, per: "day" } } },
    ],
  },
];

test("every vendor is held to the contract", () => {
  expect(SUBJECTS.map(({ vendor }) => vendor.descriptor.id)).toEqual(vendorDescriptors.map(({ id }) => id));
});

for (const subject of SUBJECTS) describeContract(subject);
