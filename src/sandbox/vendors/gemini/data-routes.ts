import * as v from "valibot";
import type { SimulatorRequest, SimulatorResponse } from "../../simulator";
import { contains } from "../networks";
import { Refusal, readJson } from "../router";
import { GoogleRefusal } from "./errors";
import type { Settings } from "./settings";
import type { GeminiState, Restrictions } from "./state";

const SERVICE = "generativelanguage.googleapis.com";
const PACKAGE = "google.ai.generativelanguage.v1beta";
const MODEL = { name: "models/gemini-3-flash", displayName: "Gemini 3 Flash" };

interface DataRoute {
  readonly method: "GET" | "POST";
  readonly path: RegExp;
  /** As restrictions name it, after the package. */
  readonly rpc: string;
  readonly answer: (body: string) => object;
}

const contents = v.looseObject({ contents: v.pipe(v.array(v.unknown()), v.minLength(1)) });

const ROUTES: readonly DataRoute[] = [
  { method: "GET", path: /^\/models$/, rpc: "ModelService.ListModels", answer: () => ({ models: [MODEL] }) },
  { method: "GET", path: /^\/models\/[\w.-]+$/, rpc: "ModelService.GetModel", answer: () => MODEL },
  { method: "GET", path: /^\/files$/, rpc: "FileService.ListFiles", answer: () => ({}) },
  { method: "GET", path: /^\/cachedContents$/, rpc: "CacheService.ListCachedContents", answer: () => ({}) },
  {
    method: "POST",
    path: /^\/models\/[\w.-]+:generateContent$/,
    rpc: "GenerativeService.GenerateContent",
    answer(body) {
      readJson(contents, body);
      return { candidates: [{ content: { role: "model", parts: [{ text: "Hello." }] }, finishReason: "STOP" }] };
    },
  },
  {
    method: "POST",
    path: /^\/models\/[\w.-]+:countTokens$/,
    rpc: "GenerativeService.CountTokens",
    answer(body) {
      readJson(contents, body);
      return { totalTokens: 2 };
    },
  },
];

export function answerData(
  { state, settings }: { readonly state: GeminiState; readonly settings: Settings },
  { method, headers, body }: SimulatorRequest,
  path: string,
  query: URLSearchParams,
): SimulatorResponse {
  const route = ROUTES.find((candidate) => candidate.method === method && candidate.path.test(path));
  if (route === undefined) throw new Refusal(404, "Not found.");
  const [, header] = Object.entries(headers).find(([name]) => name.toLowerCase() === "x-goog-api-key") ?? [];
  const value = header ?? query.get("key");
  if (value == null) throw new GoogleRefusal(403, "Method doesn't allow unregistered callers.", "CREDENTIALS_MISSING");
  const key = state.keyOf(value);
  if (key === undefined) {
    throw new GoogleRefusal(400, "API key not valid. Please pass a valid API key.", "API_KEY_INVALID");
  }
  const rpc = `${PACKAGE}.${route.rpc}`;
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
  return { status: 200, body: route.answer(body) };
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
