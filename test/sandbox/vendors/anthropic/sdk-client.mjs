// Anthropic's own client, in a process of its own: URL, Admin key, a key's id and value in, what it understood out.
import Anthropic from "@anthropic-ai/sdk";

const [baseURL, adminKey, keyId, value] = process.argv.slice(2);
const client = (apiKey) => new Anthropic({ baseURL, apiKey, maxRetries: 0 });
const { apiKeys } = client(adminKey).organization;
const failure = (call) =>
  call.then(
    () => "none",
    (error) => ({ name: error.constructor.name, status: error.status, code: error.errorCode ?? null }),
  );

const listed = [];
for await (const key of apiKeys.list({ limit: 2 })) listed.push(key.name);
const models = (await client(value).models.list()).data.length;
const found = await apiKeys.retrieve(keyId);
const inactive = await apiKeys.update(keyId, { status: "inactive" });
const stopped = await failure(client(value).models.list());
const full = await failure(apiKeys.update(keyId, { status: "active" }));
const archived = await apiKeys.update(keyId, { status: "archived" });
console.log(
  JSON.stringify({
    listed,
    models,
    found: {
      name: found.name,
      status: found.status,
      scope: found.scope.type,
      fits: value.startsWith(found.partial_key_hint.slice(0, 16)),
    },
    statuses: [inactive.status, archived.status],
    stopped,
    full,
    missing: await failure(apiKeys.retrieve("apikey_01stranger")),
    refused: await failure(client(value).organization.apiKeys.list()),
  }),
);
