import { type Answer, exchange, isSuccess, isToken, type Transport } from "../../http/exchange";
import { contradiction, isSaid, type KeyWords, noKey, noVerdict, refusal } from "../../http/verdict";
import { defined } from "../../model/defined";
import { VendorError } from "../../model/vendor-error";
import type { VerifyResult } from "../../model/verify-result";
import { misfits } from "../misfits";
import type { VerifyRequest } from "../vendor";
import { openAiDialect } from "./client";

const { wider, narrower } = misfits("OpenAI knows the key");
const LACKS_MODELS = "GET /models is refused although the scopes open it";

interface Probe {
  readonly endpoint: string;
  readonly query?: ReadonlyArray<readonly [string, string]>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The scope that opens it. */
  readonly scope: string;
  /** Starts of scopes that may open it as well; then its answer proves nothing. */
  readonly related: readonly string[];
}

/** Read-only calls that cost nothing, in the order in which they are tried. */
const MODELS: Probe = {
  endpoint: "GET /models",
  scope: "api.model.read",
  // The dashboard lists /v1/models among the endpoints that the Assistants and Threads permissions
  // open.
  related: ["api.model.read", "model.read", "api.assistants.", "api.threads."],
};
const PROBES: readonly Probe[] = [
  MODELS,
  { endpoint: "GET /files", query: [["limit", "1"]], scope: "api.files.read", related: ["api.files.", "files."] },
  {
    endpoint: "GET /fine_tuning/jobs",
    query: [["limit", "1"]],
    scope: "api.fine_tuning.jobs.read",
    related: ["api.fine_tuning.", "fine_tuning."],
  },
  {
    endpoint: "GET /assistants",
    query: [["limit", "1"]],
    headers: { "openai-beta": "assistants=v2" },
    scope: "api.assistants.read",
    related: ["api.assistants.", "assistants."],
  },
];

/** OpenAI's reference of error codes, and answers to keys that were deleted or have ended. */
const UNKNOWN_KEY: readonly KeyWords[] = [
  { statuses: [401], code: /^(?:invalid_api_key|expired_api_key|api_key_expired|revoked_api_key)$/ },
  { statuses: [401], message: /^incorrect api key provided/i },
];

/**
 * `api.all`, `api.all.read` and whatever else speaks of everything: no call is known to lie
 * outside.
 */
const WILDCARD = /(^|\.)all(\.|$)|\*/;

/**
 * At most two calls. OpenAI answers 401 both to a dead key and to a missing scope; only the message
 * tells them apart.
 */
export async function verify(transport: Transport, request: VerifyRequest): Promise<VerifyResult> {
  const { value, grant } = request;
  const { scopes = [] } = grant;
  if (!isToken(value)) return noKey(transport.dialect);

  const answer = await send(transport, MODELS, request);
  const first = judge(MODELS.endpoint, answer);
  if (first === "other") return refusal(openAiDialect, UNKNOWN_KEY, MODELS.endpoint, answer);
  const inside = scopes.includes(MODELS.scope);
  const lacks = first === "missing_scope" && inside;
  const outside = probesOutside(scopes);
  if (outside.includes(MODELS)) return first === "missing_scope" ? proven(MODELS) : letThrough(MODELS);

  const probe = outside[0];
  if (probe === undefined && lacks) return narrower(LACKS_MODELS);
  if (probe === undefined) return unproven("no free call is known to lie outside these scopes");
  const beyond = await send(transport, probe, request);
  const second = judge(probe.endpoint, beyond);
  if (second === "let_through") return letThrough(probe);
  if (lacks && (second === "missing_scope" || isAbsent(beyond))) return narrower(LACKS_MODELS);
  if (second === "missing_scope") return proven(probe);
  if (isAbsent(beyond)) return unproven(`${probe.endpoint} is not there to be tried`);
  throw contradiction(openAiDialect, probe.endpoint, beyond);
}

function probesOutside(scopes: readonly string[]): Probe[] {
  if (scopes.length === 0 || scopes.some((scope) => WILDCARD.test(scope))) return [];
  return PROBES.filter((probe) => !scopes.some((scope) => probe.related.some((start) => scope.startsWith(start))));
}

type Judgement = "let_through" | "missing_scope" | "other";

async function send(transport: Transport, probe: Probe, { value, signal }: VerifyRequest): Promise<Answer> {
  const { endpoint, query, headers } = probe;
  return exchange(transport, value, {
    endpoint,
    ...defined({ query, headers }),
    signal,
  });
}

function judge(endpoint: string, answer: Answer): Judgement {
  const { status } = answer;
  if (isSuccess(status)) {
    // A proxy's welcome page is not OpenAI's word.
    if (typeof answer.body === "object" && answer.body !== null) return "let_through";
    throw new VendorError("unexpected", endpoint, `OpenAI's answer to ${endpoint} is not JSON`, { status });
  }
  if (status === 429 || status === 408 || status >= 500) throw noVerdict(openAiDialect, endpoint, answer);
  const isMissing = (status === 401 || status === 403) && /missing scopes/i.test(answer.message);
  return isMissing ? "missing_scope" : "other";
}

/** Said of the call, in OpenAI's words: of the key it says nothing. */
function isAbsent(answer: Answer): boolean {
  const { status, message } = answer;
  if (status === 401 || isSaid(UNKNOWN_KEY, answer)) return false;
  return status !== 403 || message !== "";
}

function proven(probe: Probe): VerifyResult {
  const evidence = `OpenAI knows the key and refuses ${probe.endpoint}, which is outside its scopes`;
  return { outcome: "works", evidence, scopeProven: true };
}

function unproven(why: string): VerifyResult {
  return { outcome: "works", evidence: `OpenAI knows the key; ${why}`, scopeProven: false };
}

function letThrough(probe: Probe): VerifyResult {
  return wider(`${probe.endpoint} is let through although it needs ${probe.scope}`);
}
