// Portkey's own client, in a process of its own: URL, admin key and workspace in, what it
// understood out. It has no verb to rotate with.
import { Portkey } from "portkey-ai";

const [baseURL, adminKey, workspace_id] = process.argv.slice(2);
const clientWith = (apiKey) => new Portkey({ baseURL, apiKey });
const { apiKeys } = clientWith(adminKey);
const statusOf = (call) =>
  call.then(
    () => "answered",
    (error) => error.status,
  );

const created = await apiKeys.create({
  type: "workspace",
  "sub-type": "service",
  name: "by the client",
  workspace_id,
  scopes: ["completions.write"],
  rate_limits: [{ type: "requests", unit: "rpm", value: 2 }],
  usage_limits: { type: "cost", credit_limit: 25, periodic_reset: "monthly" },
  expires_at: "2026-12-24T10:00:00Z",
});
const { id } = created;
const found = await apiKeys.retrieve({ id });
const listed = await apiKeys.list({ workspace_id });
const own = clientWith(created.key);
const models = await own.models.list();
const chat = await own.chat.completions.create({
  model: "@openai-prod/gpt-5.2",
  messages: [{ role: "user", content: "Hello" }],
});
const refused = await statusOf(own.apiKeys.list({ workspace_id }));
const ofAdmin = await statusOf(
  clientWith(adminKey).chat.completions.create({
    model: "@openai-prod/gpt-5.2",
    messages: [{ role: "user", content: "Hello" }],
  }),
);
await apiKeys.update({ id, scopes: ["logs.view"], usage_limits: { type: "cost", credit_limit: 5 } });
const updated = await apiKeys.retrieve({ id });
await apiKeys.delete({ id });
const gone = await statusOf(apiKeys.retrieve({ id }));
console.log(
  JSON.stringify({
    created: created.object,
    found: { name: found.name, scopes: found.scopes, limits: found.rate_limits, at: found.expires_at },
    listed: [listed.total, listed.data.length],
    models: models.data.length,
    chat: chat.choices[0].message.content,
    refused,
    ofAdmin,
    updated: { scopes: updated.scopes, budget: updated.usage_limits.credit_limit },
    gone,
  }),
);
