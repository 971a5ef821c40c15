import { prefixesOf } from "../../model/key-formats";
import type { VendorDescriptor } from "../../model/vendor-descriptor";

const RATES = "project.rateLimits";

/**
 * OpenAI as its Admin API of November 2026 answers (npm `openai` 7.57,
 * `resources/admin/organization`).
 *
 * Enforcement: scopes and expiry live on the key, and scopes decide which endpoints open; endpoints
 * cannot be named by themselves. Models, rate limits and the monthly spend limit can be set per
 * project only, where an issuer declares them. An IP allow-list exists for an organisation in the
 * dashboard; no API sets it. Unverified: what is answered for a project without a list of models or
 * a spend limit (a 404 and a list of nothing denied both mean none), whether rates are shown of
 * models that the project may not use (they are read again after a list of models was set), and
 * whether OpenAI keeps models' names as they were sent.
 */
export const openAiDescriptor: VendorDescriptor = {
  id: "openai",
  displayName: "OpenAI",
  strategy: "additive",
  baseUrls: ["https://api.openai.com/v1", "https://us.api.openai.com/v1", "https://eu.api.openai.com/v1"],
  enforcement: {
    permissions: "key",
    endpoints: "nobody",
    models: "project",
    requestsPerMinute: "project",
    tokensPerMinute: "project",
    spend: "project",
    characters: "nobody",
    expiry: "key",
    sourceIp: "nobody",
  },
  account: { models: "project.models", requestsPerMinute: RATES, tokensPerMinute: RATES, spend: "project.spend" },
  inPlace: { grant: true, expiry: true },
  // OpenAI publishes no list. These are named by its own texts and error messages. `api.all.read`
  // is a wildcard, so it needs `custom`.
  scopes: {
    "api.model.read": "List models",
    "api.model.request": "Chat completions, embeddings, audio, images, moderations",
    "api.responses.read": "Read responses",
    "api.responses.write": "Create responses; needs api.model.request as well",
    "api.files.read": "List and read files",
    "api.files.write": "Upload and delete files",
    "api.assistants.read": "Read assistants",
    "api.assistants.write": "Create and change assistants",
    "api.threads.read": "Read threads, messages and runs",
    "api.threads.write": "Create and change threads, messages and runs",
    "api.fine_tuning.jobs.read": "Read fine-tuning jobs",
    "api.fine_tuning.jobs.write": "Create and cancel fine-tuning jobs",
  },
  maxExpirySeconds: 31_536_000,
  activation: { typicalSeconds: 5, worstSeconds: 3_600, source: "reports of minutes; OpenAI documents none" },
  revocation: {
    typicalSeconds: 5,
    worstSeconds: 900,
    source: "scope changes pass an auth cache; OpenAI documents no time",
  },
  accountGone: {
    proof: "the project is archived",
    reversal: "OpenAI documents no way back: an archived project can be neither used nor changed",
  },
  // Not documented; measured in the field at 7 to 10 a minute and endpoint, refilling over about 60
  // seconds.
  adminCallsPerMinute: 7,
  // Not documented; what our names need, and no more.
  keyNamePattern: /^[\x20-\x7e]{1,256}$/,
  adminPermission: "Organization Administration: Write (scope api.management.write)",
  valuePrefixes: prefixesOf("openai"),
};
