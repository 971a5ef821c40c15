// Cloudflare's own client in a process of its own: URL, admin token and account in, what it
// understood out.
import Cloudflare from "cloudflare";

const [baseURL, apiToken, account_id] = process.argv.slice(2);
const admin = new Cloudflare({ baseURL, apiToken, maxRetries: 0 });
const { tokens } = admin.accounts;
const statusOf = (call) =>
  call.then(
    () => "done",
    ({ status, errors }) => [status, errors?.[0]?.code],
  );

const groups = [];
for await (const group of tokens.permissionGroups.list({ account_id })) groups.push(group);
const workersAi = groups.find(({ name }) => name === "Workers AI Read");
const gateway = groups.find(({ name }) => name === "AI Gateway Read");
const policies = (group) => [
  {
    effect: "allow",
    permission_groups: [{ id: group.id }],
    resources: { [`com.cloudflare.api.account.${account_id}`]: "*" },
  },
];

const created = await tokens.create({
  account_id,
  name: "by the client",
  policies: policies(workersAi),
  condition: { request_ip: { in: ["192.0.2.0/24"] } },
  not_before: "2026-11-24T10:00:00Z",
  expires_on: "2026-12-24T10:00:00Z",
});
const own = new Cloudflare({ baseURL, apiToken: created.value, maxRetries: 0 });
const verified = await own.accounts.tokens.verify({ account_id });
const models = [];
for await (const model of own.ai.models.list({ account_id })) models.push(model.name);
const ran = await own.ai.run(models[0].replace(/^\//, ""), { account_id, prompt: "Hello" });
const closed = await statusOf(own.aiGateway.list({ account_id }));
const manages = await statusOf(own.accounts.tokens.list({ account_id }));

const updated = await tokens.update(created.id, {
  account_id,
  name: created.name,
  policies: policies(gateway),
  status: "active",
});
const gateways = [];
for await (const { id } of own.aiGateway.list({ account_id })) gateways.push(id);

const listed = [];
for (let n = 0; n < 24; n += 1) await tokens.create({ account_id, name: `more ${n}`, policies: policies(gateway) });
for await (const { name } of tokens.list({ account_id })) listed.push(name);

const deleted = await tokens.delete(created.id, { account_id });
const gone = await statusOf(tokens.get(created.id, { account_id }));
const dead = await statusOf(own.accounts.tokens.verify({ account_id }));

console.log(
  JSON.stringify({
    groups: groups.length,
    created: {
      name: created.name,
      status: created.status,
      at: created.expires_on,
      ip: created.condition.request_ip.in,
    },
    verified: { sameId: verified.id === created.id, status: verified.status },
    models: models.length,
    ran: ran.response,
    closed,
    manages,
    updated: {
      group: updated.policies[0].permission_groups[0].name,
      expires: updated.expires_on ?? null,
      condition: updated.condition ?? null,
    },
    gateways,
    listed: new Set(listed).size,
    deleted: deleted.id === created.id,
    gone,
    dead,
  }),
);
