// OpenRouter's own client is an ES module, so it runs in a process of its own: URL and management
// key in, what it understood out.
import { OpenRouter } from "@openrouter/sdk";

const [serverURL, managementKey] = process.argv.slice(2);
const admin = new OpenRouter({ serverURL, apiKey: managementKey });
const { apiKeys, guardrails } = admin;
const expiresAt = new Date("2026-12-24T10:00:00Z");

const created = await apiKeys.create({
  requestBody: { name: "by the client", limit: 25, limitReset: "monthly", expiresAt },
});
const { hash } = created.data;
const guardrail = await guardrails.create({ createGuardrailRequest: { name: "g", allowedModels: ["openai/gpt-5.2"] } });
const assigned = await guardrails.bulkAssignKeys({
  id: guardrail.data.id,
  bulkAssignKeysRequest: { keyHashes: [hash] },
});
const own = await new OpenRouter({ serverURL, apiKey: created.key }).apiKeys.getCurrentKeyMetadata();
const listed = await apiKeys.list();
const updated = await apiKeys.update({ hash, requestBody: { limit: 5, limitReset: "daily" } });
const deleted = await apiKeys.delete({ hash });
const gone = await apiKeys.get({ hash }).then(
  () => "found",
  (error) => error.statusCode,
);
const refused = await new OpenRouter({ serverURL, apiKey: created.key }).apiKeys.list().then(
  () => "listed",
  (error) => error.statusCode,
);
console.log(
  JSON.stringify({
    created: {
      name: created.data.name,
      limit: created.data.limit,
      reset: created.data.limitReset,
      at: created.data.expiresAt,
    },
    assigned: assigned.assignedCount,
    own: { limit: own.data.limit, isManagementKey: own.data.isManagementKey },
    listed: listed.data.length,
    updated: { limit: updated.data.limit, reset: updated.data.limitReset },
    deleted: deleted.deleted,
    gone,
    refused,
  }),
);
