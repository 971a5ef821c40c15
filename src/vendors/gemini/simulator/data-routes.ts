import * as v from "valibot";
import { defined } from "../../../model/defined";
import { contains } from "../../../sandbox/vendors/networks";
import { Refusal, readJson } from "../../../sandbox/vendors/router";
import type { SimulatorRequest, SimulatorResponse } from "../../../sandbox/vendors/simulator";
import { eventStream, piecesOf, sse } from "../../../sandbox/vendors/sse";
import { tokensOf } from "../../../sandbox/vendors/usage";
import { GoogleRefusal } from "./errors";
import type { Settings } from "./settings";
import type { GeminiState, Restrictions } from "./state";

const SERVICE = "generativelanguage.googleapis.com";
const MODELS = ["gemini-3-flash", "gemini-2.5-flash"].map((id) => ({
  name: `models/${id}`,
  baseModelId: id,
  version: "001",
  displayName: id,
  description: "A model of the sandbox.",
  inputTokenLimit: 1_048_576,
  outputTokenLimit: 65_536,
  supportedGenerationMethods: ["generateContent", "countTokens"],
}));
const TEXT = "Hello.";

/** Versions of the API: what both have, each has under its own name. */
export const VERSIONS = ["v1", "v1beta"] as const;
export type Version = (typeof VERSIONS)[number];

interface DataRoute {
  readonly method: "GET" | "POST";
  readonly path: RegExp;
  /** As restrictions name it, after the package. */
  readonly rpc: string;
  /** @default both */
  readonly onlyIn?: Version;
  readonly answer: (body: string, model: string, query: URLSearchParams) => SimulatorResponse;
}

const contents = v.looseObject({ contents: v.pipe(v.array(v.unknown()), v.minLength(1)) });
const ok = (body: object): SimulatorResponse => ({ status: 200, body });

const ROUTES: readonly DataRoute[] = [
  { method: "GET", path: /^\/models$/, rpc: "ModelService.ListModels", answer: () => ok({ models: MODELS }) },
  { method: "GET", path: /^\/models\/([\w.-]+)$/, rpc: "ModelService.GetModel", answer: (_, id) => ok(modelOf(id)) },
  { method: "GET", path: /^\/files$/, rpc: "FileService.ListFiles", onlyIn: "v1beta", answer: () => ok({}) },
  {
    method: "GET",
    path: /^\/cachedContents$/,
    rpc: "CacheService.ListCachedContents",
    onlyIn: "v1beta",
    answer: () => ok({}),
  },
  {
    method: "POST",
    path: /^\/models\/([\w.-]+):generateContent$/,
    rpc: "GenerativeService.GenerateContent",
    answer(body, model) {
      readJson(contents, body);
      return ok(generated(model, TEXT, body, "STOP"));
    },
  },
  {
    method: "POST",
    path: /^\/models\/([\w.-]+):streamGenerateContent$/,
    rpc: "GenerativeService.StreamGenerateContent",
    answer(body, model, query) {
      readJson(contents, body);
      const pieces = piecesOf(TEXT);
      const parts = pieces.map((text, index) =>
        generated(model, text, body, index === pieces.length - 1 ? "STOP" : undefined),
      );
      // Without `alt=sse` the stream is one JSON array.
      return query.get("alt") === "sse" ? eventStream(parts.map((part) => sse(part))) : { status: 200, body: parts };
    },
  },
  {
    method: "POST",
    path: /^\/models\/([\w.-]+):countTokens$/,
    rpc: "GenerativeService.CountTokens",
    answer(body) {
      readJson(contents, body);
      return ok({ totalTokens: 2 });
    },
  },
];

function modelOf(id: string): object {
  const found = MODELS.find(({ baseModelId }) => baseModelId === id);
  if (found === undefined) throw new Refusal(404, `models/${id} is not found.`);
  return found;
}

/**
 * One answer, or one part of a stream; the last has the reason for the end, and says what was used.
 */
function generated(model: string, text: string, body: string, finishReason: string | undefined): object {
  const promptTokenCount = tokensOf(body);
  const candidatesTokenCount = tokensOf(TEXT);
  const content = { role: "model", parts: [{ text }] };
  return {
    candidates: [{ content, index: 0, ...defined({ finishReason }) }],
    usageMetadata: {
      promptTokenCount,
      ...(finishReason === undefined ? {} : { candidatesTokenCount }),
      totalTokenCount: promptTokenCount + (finishReason === undefined ? 0 : candidatesTokenCount),
    },
    modelVersion: model,
    responseId: "sandbox",
  };
}

export function answerData(
  { state, settings }: { readonly state: GeminiState; readonly settings: Settings },
  { method, headers, body }: SimulatorRequest,
  version: Version,
  path: string,
  query: URLSearchParams,
): SimulatorResponse {
  const route = ROUTES.find(
    (candidate) =>
      candidate.method === method && candidate.path.test(path) && (candidate.onlyIn ?? version) === version,
  );
  if (route === undefined) throw new Refusal(404, "Not found.");
  const [, header] = Object.entries(headers).find(([name]) => name.toLowerCase() === "x-goog-api-key") ?? [];
  const value = header ?? query.get("key");
  if (value == null) throw new GoogleRefusal(403, "Method doesn't allow unregistered callers.", "CREDENTIALS_MISSING");
  const key = state.keyOf(value);
  if (key === undefined) {
    throw new GoogleRefusal(400, "API key not valid. Please pass a valid API key.", "API_KEY_INVALID");
  }
  const rpc = `google.ai.generativelanguage.${version}.${route.rpc}`;
  const { restrictions, serviceAccountEmail } = key;
  const unrestricted = restrictions?.apiTargets === undefined || restrictions.apiTargets.length === 0;
  const isStandard = serviceAccountEmail === undefined;
  const isRefused = isStandard && (unrestricted || !settings.standardKeysAccepted);
  if (isRefused || !(unrestricted || isAllowed(restrictions, rpc))) {
    throw new GoogleRefusal(
      403,
      `Requests to this API ${SERVICE} method ${rpc} are blocked.`,
      "API_KEY_SERVICE_BLOCKED",
    );
  }
  if (!isFrom(restrictions, settings.callerAddress)) {
    const message = "The provided API key has an IP address restriction.";
    throw new GoogleRefusal(403, message, "API_KEY_IP_ADDRESS_BLOCKED");
  }
  return route.answer(body, route.path.exec(path)?.[1] ?? "", query);
}

function isAllowed(restrictions: Restrictions | undefined, rpc: string): boolean {
  const [service = "", last = ""] = [SERVICE, rpc.split(".").at(-1)];
  const names = [rpc, last, `${service}.${last}`].map((name) => name.toLowerCase());
  return (restrictions?.apiTargets ?? []).some(
    (target) =>
      target.service.toLowerCase() === service &&
      (target.methods === undefined ||
        target.methods.length === 0 ||
        target.methods.some((method) => names.some((name) => matches(method.toLowerCase(), name)))),
  );
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function isFrom(restrictions: Restrictions | undefined, address: string): boolean {
  if (restrictions?.browserKeyRestrictions !== undefined) return false;
  const allowed = restrictions?.serverKeyRestrictions?.allowedIps;
  return allowed === undefined || contains(allowed, address);
}
