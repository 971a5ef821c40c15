// Anthropic's own client, in a process of its own: URL, Admin key, a key's id and value in, what it
// understood out.
import Anthropic from "@anthropic-ai/sdk";

const [baseURL, adminKey, keyId, value, workspace] = process.argv.slice(2);
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
const { rateLimits } = client(adminKey).organization.workspaces;
const { spendLimits } = client(adminKey).beta.organization;
const inherited = [];
for await (const entry of rateLimits.list(workspace, { include_inherited: true, limit: 1 })) inherited.push(entry);
const [{ rate_limit_id }] = inherited;
const limited = await rateLimits.update(rate_limit_id, {
  workspace_id: workspace,
  limits: [{ type: "requests_per_minute", value: 3 }],
});
const own = [];
for await (const { group, limits } of rateLimits.list(workspace)) own.push([group.type, limits]);
const spend = await spendLimits.set({ amount: "5000", scope: { type: "workspace", workspace_id: workspace } });
const spends = [];
for await (const limit of spendLimits.list({ workspace_id: workspace })) spends.push(limit.amount);
const unspent = await spendLimits.delete(spend.id);
const { workspaces } = client(adminKey).organization;
const open = await workspaces.retrieve(workspace);
const closed = await workspaces.archive(workspace);
const again = await workspaces.retrieve(workspace);
console.log(
  JSON.stringify({
    groups: inherited.map(({ group, models }) => [group.type, models?.[0] ?? null]),
    sources: [...new Set(inherited.flatMap(({ limits }) => limits.map(({ source }) => source.type)))],
    limited: limited.limits,
    own,
    spend: [spend.scope.workspace_id === workspace, spend.amount, spend.currency, spend.period, spends, unspent.type],
    workspace: [
      open.id === workspace,
      open.archived_at,
      again.archived_at === closed.archived_at,
      typeof again.archived_at,
    ],
    strange: await failure(
      rateLimits.update("rl_other", { workspace_id: workspace, limits: [{ type: "requests_per_minute", value: 3 }] }),
    ),
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
