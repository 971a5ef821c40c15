import * as v from "valibot";
import { type ChatDialect, chatAnswer, chatSchema } from "../../../sandbox/vendors/chat-completions";
import { responseAnswer, responseSchema } from "../../../sandbox/vendors/responses-api";
import { type ApiRoute, bearerIn, Refusal, readJson, routed } from "../../../sandbox/vendors/router";
import type { SimulatorRequest, SimulatorResponse } from "../../../sandbox/vendors/simulator";
import { sse } from "../../../sandbox/vendors/sse";
import type { Settings } from "./settings";
import { type AzureState, SLOTS } from "./state";

/** What a route sees. */
export interface Call {
  readonly state: AzureState;
  readonly settings: Settings;
  readonly request: SimulatorRequest;
  readonly url: URL;
}

/** A refusal with the code that Azure's envelope carries. */
export class AzureRefusal extends Refusal {
  constructor(
    status: number,
    readonly code: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(status, message, headers);
  }
}

const MANAGEMENT_VERSIONS = ["2023-05-01", "2024-10-01", "2025-06-01", "2025-09-01"];
/** Dates, some of them of previews. */
const DATA_VERSIONS = ["2024-06-01", "2024-10-21", "2024-12-01-preview", "2025-03-01-preview", "2025-04-01-preview"];
const MANAGEMENT_SCOPE = "https://management.azure.com/.default";
const ACCOUNT =
  /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.CognitiveServices\/accounts\/([^/]+)(\/\w+)$/i;

const DELETED = /^\/subscriptions\/([^/]+)\/providers\/Microsoft\.CognitiveServices\/deletedAccounts$/i;

const regenerateSchema = v.object({ keyName: v.string() });
const modelSchema = v.looseObject({ model: v.nullish(v.string()) });
const deployedChatSchema = v.omit(chatSchema, ["model"]);
/** A stream begins with what the filter made of the prompt, in an event without choices. */
const DIALECT: ChatDialect = {
  usage: "asked",
  message: { refusal: null },
  before: [
    sse({
      id: "",
      object: "",
      created: 0,
      model: "",
      choices: [],
      prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }],
    }),
  ],
};

const ok = (body: unknown): SimulatorResponse => ({ status: 200, body });

/** Entra ID: an application's secret for an access token. */
export function token({ state, settings, request, url }: Call): SimulatorResponse {
  const [, tenant = ""] = /^\/([^/]+)\/oauth2\/v2\.0\/token$/.exec(url.pathname) ?? [];
  const form = new URLSearchParams(request.body);
  const fail = (status: number, error: string, description: string) => ({
    status,
    body: { error, error_description: description, error_codes: [Number(/\d+/.exec(description)?.[0])] },
  });
  if (request.method !== "POST") return fail(400, "invalid_request", "AADSTS900561: The endpoint only accepts POST.");
  if (tenant !== state.tenantId) return fail(400, "invalid_request", `AADSTS90002: Tenant '${tenant}' not found.`);
  for (const name of ["grant_type", "client_id", "scope", "client_secret"]) {
    if (!form.get(name)) return fail(400, "invalid_request", `AADSTS900144: The request must contain '${name}'.`);
  }
  if (form.get("grant_type") !== "client_credentials") {
    return fail(400, "unsupported_grant_type", "AADSTS70003: The grant type is not supported.");
  }
  if (form.get("scope") !== MANAGEMENT_SCOPE) return fail(400, "invalid_scope", "AADSTS70011: The scope is not valid.");
  if (form.get("client_id") !== state.application.clientId) {
    return fail(400, "unauthorized_client", "AADSTS700016: Application not found in the directory.");
  }
  if (form.get("client_secret") !== state.application.clientSecret || settings.adminKeyValid === false) {
    return fail(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.");
  }
  const made = state.addToken();
  return ok({
    token_type: "Bearer",
    expires_in: made.seconds,
    ext_expires_in: made.seconds,
    access_token: made.token,
  });
}

/** Resource Manager: the two calls for the keys of an account. Its paths know no case. */
export function manage({ state, settings, request, url }: Call): SimulatorResponse {
  const [, subscription = DELETED.exec(url.pathname)?.[1], group, account, action = ""] =
    ACCOUNT.exec(url.pathname) ?? [];
  checkToken(state, settings, request);
  checkVersion(url, MANAGEMENT_VERSIONS, "MissingApiVersionParameter", "InvalidApiVersionParameter");
  const is = (given: string | undefined, own: string) => given?.toLowerCase() === own.toLowerCase();
  if (!is(subscription, state.subscriptionId)) {
    throw new AzureRefusal(404, "SubscriptionNotFound", `The subscription '${subscription}' could not be found.`);
  }
  if (settings.permitted !== false && request.method === "GET" && DELETED.test(url.pathname)) {
    const { subscriptionId, resourceGroup, accountName } = state;
    const provider = `/subscriptions/${subscriptionId}/providers/Microsoft.CognitiveServices`;
    const id = `${provider}/locations/westeurope/resourceGroups/${resourceGroup}/deletedAccounts/${accountName}`;
    return ok({ value: settings.account === "recoverable" ? [{ id, name: accountName, location: "westeurope" }] : [] });
  }
  if (!is(group, state.resourceGroup)) {
    throw new AzureRefusal(404, "ResourceGroupNotFound", `Resource group '${group}' could not be found.`);
  }
  if (!is(account, state.accountName) || (settings.account ?? "there") !== "there") {
    throw new AzureRefusal(404, "ResourceNotFound", `The account '${account}' was not found.`);
  }
  if (settings.permitted === false) {
    throw new AzureRefusal(403, "AuthorizationFailed", `The client may not perform 'accounts${action}/action'.`);
  }
  const match = routed(KEY_ROUTES, request.method, action);
  if (match === undefined) throw new AzureRefusal(404, "NotFound", "No such operation");
  if (settings.localAuthDisabled) {
    throw new AzureRefusal(400, "BadRequest", "Failed to list key. disableLocalAuth is set to be true");
  }
  return match.route.handle(state, { ids: match.ids, query: url.searchParams, body: request.body });
}

const KEY_ROUTES: ReadonlyArray<ApiRoute<AzureState>> = [
  { endpoint: "POST /listKeys", handle: (state) => ok(shownKeys(state)) },
  {
    endpoint: "POST /regenerateKey",
    handle(state, { body }) {
      const { keyName } = readJson(regenerateSchema, body);
      const slot = SLOTS.find((name) => name === keyName);
      if (slot === undefined) throw new Refusal(400, "The key name is invalid. Valid values are 'Key1' and 'Key2'.");
      state.regenerate(slot);
      return ok(shownKeys(state));
    },
  },
];

/** The account's own endpoint, with either key: as much as it takes to see one end. */
export function data({ state, settings, request, url }: Call): SimulatorResponse {
  const key = headerOf(request, "api-key") ?? bearerIn(request);
  if ((settings.account ?? "there") !== "there") throw new AzureRefusal(404, "404", "Resource not found");
  if (settings.firewalled) throw new AzureRefusal(403, "403", "Access denied due to Virtual Network/Firewall rules.");
  if (settings.localAuthDisabled) {
    throw new AzureRefusal(
      403,
      "AuthenticationTypeDisabled",
      "Key based authentication is disabled for this resource.",
    );
  }
  if (key === undefined || !state.opens(key)) {
    throw new AzureRefusal(401, "401", "Access denied due to invalid subscription key or wrong API endpoint.");
  }
  const path = url.pathname.replace(/^\/openai/, "");
  if (!path.startsWith("/v1/")) checkVersion(url, DATA_VERSIONS, "404", "404", 404);
  if (request.method === "GET" && (path === "/models" || path === "/v1/models")) {
    return ok({ object: "list", data: state.deployments.map((id) => ({ id, object: "model", status: "succeeded" })) });
  }
  if (request.method !== "POST") throw new AzureRefusal(404, "404", "Resource not found");
  return inference(state, path, request.body);
}

/** The deployment is named in the path; under `/v1`, in the body as the model. */
function inference(state: AzureState, path: string, body: string): SimulatorResponse {
  const [, inPath] = /^\/deployments\/([^/]+)\/chat\/completions$/.exec(path) ?? [];
  const isChat = inPath !== undefined || path === "/v1/chat/completions";
  if (!isChat && path !== "/v1/responses") throw new AzureRefusal(404, "404", "Resource not found");
  const { model } = readJson(modelSchema, body);
  const deployment = inPath ?? model ?? "";
  if (!state.deployments.includes(deployment)) {
    throw new AzureRefusal(404, "DeploymentNotFound", "The API deployment for this resource does not exist.");
  }
  const made = { created: state.seconds, model: deployment, text: "Hello." };
  if (isChat) {
    const request = readJson(deployedChatSchema, body);
    const completion = { id: "chatcmpl-1", ...made, promptTokens: 1, completionTokens: 2 };
    return chatAnswer(request, completion, DIALECT);
  }
  const request = readJson(responseSchema, body);
  const tokens = { inputTokens: 1, outputTokens: 2 };
  const ids = { id: "resp_1", messageId: "msg_1" };
  return responseAnswer(request, { ...made, ...ids, ...tokens, store: request.store ?? true });
}

function checkToken(state: AzureState, settings: Settings, request: SimulatorRequest): void {
  const bearer = bearerIn(request);
  if (bearer === undefined) {
    throw new AzureRefusal(401, "AuthenticationFailed", "The 'Authorization' header is not present or is malformed.");
  }
  const token = settings.adminKeyValid === false ? "unknown" : state.tokenState(bearer);
  if (token === "unknown") throw new AzureRefusal(401, "InvalidAuthenticationToken", "The access token is invalid.");
  if (token === "expired") throw new AzureRefusal(401, "ExpiredAuthenticationToken", "The access token has expired.");
}

function checkVersion(url: URL, known: readonly string[], missing: string, invalid: string, status = 400): void {
  const version = url.searchParams.get("api-version");
  if (version === null) throw new AzureRefusal(status, missing, "The api-version query parameter is required.");
  if (!known.includes(version)) throw new AzureRefusal(status, invalid, `The api-version '${version}' is invalid.`);
}

function shownKeys({ keys }: AzureState): object {
  return { key1: keys.Key1, key2: keys.Key2 };
}

function headerOf({ headers }: SimulatorRequest, wanted: string): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1];
}
