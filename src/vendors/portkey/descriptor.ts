import type { VendorDescriptor } from "../../model/vendor-descriptor";

/**
 * Portkey (the AI gateway) as its OpenAPI document 2.0.0 describes it (`/api-keys`), its
 * documentation of scopes, rotation and limits, and its own Terraform provider, of November 2026.
 *
 * Enforcement: a key of a workspace has scopes, limits of requests and tokens, a budget and an
 * expiry, all of which can be changed on the living key. Budgets and limits need the Enterprise
 * plan, or an agreement. Models are those of the workspace's integrations. Keys of the organisation
 * are not minted: they open nothing of the gateway, and budgets mean nothing to them.
 *
 * Not verified: the longest transition of a rotation (the shortest is documented; seven days is
 * what xAI has), the status that refuses a rotation during a transition, whether a missing key is
 * answered 404 or, as documented of the wrong workspace, 403, how many admin calls a minute are
 * answered, the largest page.
 */
export const portkeyDescriptor: VendorDescriptor = {
  id: "portkey",
  displayName: "Portkey",
  strategy: "in_place",
  baseUrls: ["https://api.portkey.ai/v1"],
  enforcement: {
    permissions: "key",
    endpoints: "nobody",
    models: "project",
    requestsPerMinute: "key",
    tokensPerMinute: "key",
    spend: "key",
    characters: "nobody",
    expiry: "key",
    sourceIp: "nobody",
  },
  inPlace: { grant: true, expiry: true },
  grace: { minSeconds: 1_800, maxSeconds: 604_800 },
  spendPeriods: ["week", "month", "lifetime"],
  spendStepUsd: 1,
  // Those that manage keys, people, workspaces and integrations are left to `custom`: who holds one
  // can get others.
  scopes: {
    "completions.write": "all of inference: chat, responses, embeddings, images, audio, files, batches, fine-tuning",
    "logs.write": "write logs and feedback",
    "prompts.render": "render prompt templates",
    "mcp.invoke": "call MCP servers through the gateway",
    "agents.invoke": "call agents through the gateway",
    "guardrails.invoke": "run guardrails",
    "analytics.view": "see analytics",
    "logs.export": "export logs",
    "logs.list": "list logs",
    "logs.view": "read logs",
    "prompts.create": "make prompt templates",
    "prompts.read": "read prompt templates",
    "prompts.update": "change prompt templates",
    "prompts.delete": "delete prompt templates",
    "prompts.list": "list prompt templates",
    "prompts.publish": "publish prompt templates",
    "configs.create": "make configs",
    "configs.read": "read configs",
    "configs.update": "change configs",
    "configs.delete": "delete configs",
    "configs.list": "list configs",
    "guardrails.create": "make guardrails",
    "guardrails.read": "read guardrails",
    "guardrails.update": "change guardrails",
    "guardrails.delete": "delete guardrails",
    "guardrails.list": "list guardrails",
    "providers.read": "read providers",
    "providers.list": "list providers",
    "virtual_keys.read": "read providers, by their older name",
    "virtual_keys.list": "list providers, by their older name, and models",
    "policies.read": "read policies",
    "policies.list": "list policies",
    "mcp_servers.read": "read MCP servers",
    "mcp_servers.list": "list MCP servers",
    "agent_servers.read": "read agents",
    "agent_servers.list": "list agents",
  },
  // No maximum is documented but what organisation or workspace set, which refuses the mint; a year
  // is what other vendors have.
  maxExpirySeconds: 31_536_000,
  activation: { typicalSeconds: 5, worstSeconds: 3_600, source: "not documented" },
  revocation: { typicalSeconds: 60, worstSeconds: 900, source: "not documented" },
  accountGone: {
    proof: "the workspace does not exist, while the admin key lists others",
    reversal: "a deletion is permanent, and waits until the keys in the workspace are removed",
  },
  // Not documented; a 429 is.
  adminCallsPerMinute: 60,
  // Its Terraform provider's maximum.
  keyNamePattern: /^[\x20-\x7e]{1,100}$/,
  adminPermission: "workspace_service_api_keys.create, .read, .update, .delete, .list and .rotate",
  // Values have no fixed start.
  valuePrefixes: [],
};
