import type { Exception } from "./difference";

/** Documents that must be there, where their vendors are here. */
export const DOCUMENTS: readonly string[] = [
  "litellm-keys.json",
  "mistral-admin.json",
  "openai-admin.json",
  "openrouter-keys.json",
  "pinecone-admin.yaml",
  "portkey-api-keys.json",
];

const OPENAI_KEYS = "/organization/projects/{project_id}/api_keys";
const OPENAI_MINT = "POST /organization/projects/{project_id}/service_accounts/{service_account_id}/api_keys";
const OPENAI_EXPIRY = "npm openai 7.57 has the expiry of keys, which is newer than the document of August 2026";
const ERRORS = "the document declares hardly an error of any operation";
const OPENROUTER_NEWER = "npm @openrouter/sdk 1.3 requires it, and is newer than the document of August 2026";

/** Where a document is behind its vendor. One that matches nothing any more fails the command. */
export const EXCEPTIONS: readonly Exception[] = [
  {
    vendor: "litellm",
    operation: "*",
    at: "credentials",
    reason:
      "LiteLLM's pages on virtual keys send every call with `Authorization: Bearer`, its document only knows the other header",
  },
  { vendor: "litellm", operation: "*", at: "status 403", reason: ERRORS },
  { vendor: "litellm", operation: "*", at: "status 404", reason: ERRORS },

  { vendor: "mistral", operation: "GET /v1/admin/api-keys", at: "status 403", reason: ERRORS },
  { vendor: "mistral", operation: "DELETE /v1/admin/api-keys/{key_id}", at: "status 404", reason: ERRORS },

  { vendor: "openai", operation: OPENAI_MINT, at: "body /expires_in_seconds", reason: OPENAI_EXPIRY },
  { vendor: "openai", operation: OPENAI_MINT, at: "answer 200 /expires_at", reason: OPENAI_EXPIRY },
  { vendor: "openai", operation: `GET ${OPENAI_KEYS}`, at: "answer 200 /data/N/expires_at", reason: OPENAI_EXPIRY },
  {
    vendor: "openai",
    operation: `GET ${OPENAI_KEYS}/{api_key_id}`,
    at: "answer 200 /expires_at",
    reason: OPENAI_EXPIRY,
  },
  {
    vendor: "openai",
    operation: `POST ${OPENAI_KEYS}/{api_key_id}`,
    at: "operation",
    reason: "npm openai has it since 7.33; a test holds the body against the client's types",
  },
  {
    vendor: "openai",
    operation: "GET /organization/audit_logs",
    at: "answer 200 /data/N/api_key.updated/changes_requested/expires_in_seconds",
    reason: OPENAI_EXPIRY,
  },
  { vendor: "openai", operation: "*", at: "status 401", reason: ERRORS },
  { vendor: "openai", operation: "*", at: "status 404", reason: ERRORS },

  { vendor: "openrouter", operation: "POST /keys", at: "answer 201 /data/external_user", reason: OPENROUTER_NEWER },
  { vendor: "openrouter", operation: "GET /keys", at: "answer 200 /data/N/external_user", reason: OPENROUTER_NEWER },
  { vendor: "openrouter", operation: "*", at: "answer 200 /data/external_user", reason: OPENROUTER_NEWER },
  { vendor: "openrouter", operation: "GET /key", at: "answer 200 /data/workspace_id", reason: OPENROUTER_NEWER },
  { vendor: "openrouter", operation: "GET /key", at: "answer 200 /data/organization_id", reason: OPENROUTER_NEWER },
  {
    vendor: "openrouter",
    operation: "GET /key",
    at: "answer 200 /data/allowed_data_regions",
    reason: OPENROUTER_NEWER,
  },
  {
    vendor: "openrouter",
    operation: "GET /key",
    at: "answer 200 /data/free_model_daily_requests",
    reason: OPENROUTER_NEWER,
  },
  {
    vendor: "openrouter",
    operation: "GET /keys",
    at: "status 403",
    reason: "the document has it, in these words, of POST /keys",
  },

  { vendor: "portkey", operation: "*", at: "status 403", reason: ERRORS },
  { vendor: "portkey", operation: "*", at: "status 404", reason: ERRORS },
  {
    vendor: "portkey",
    operation: "GET /v1/admin/workspaces",
    at: "operation",
    reason: "the document is of keys alone; Portkey's page of its Admin API on listing workspaces has it",
  },
];
