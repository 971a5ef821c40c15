import { type Answer, exchange, isSuccess, isToken, type Transport } from "../../http/exchange";
import { contradiction, type KeyWords, noKey, noVerdict, refusal } from "../../http/verdict";
import { defined } from "../../model/defined";
import { VendorError } from "../../model/vendor-error";
import type { VerifyResult } from "../../model/verify-result";
import { misfits } from "../misfits";
import type { VerifyRequest } from "../vendor";
import { elevenLabsDescriptor } from "./descriptor";
import { elevenLabsDialect } from "./dialect";

const { wider, narrower } = misfits("ElevenLabs knows the key");

interface Probe {
  readonly endpoint: string;
  readonly query?: ReadonlyArray<readonly [string, string]>;
  /** The permission that opens it, as keys without it are told. */
  readonly permission: string;
  /** May open it as well; then its answer proves nothing. */
  readonly related: string;
}

const USER: Probe = { endpoint: "GET /v1/user", permission: "user_read", related: "user_write" };
/** Calls that read and cost nothing, in the order in which they are tried. */
const PROBES: readonly Probe[] = [
  USER,
  { endpoint: "GET /v1/voices", permission: "voices_read", related: "voices_write" },
  { endpoint: "GET /v1/models", permission: "models_read", related: "models_write" },
  {
    endpoint: "GET /v1/convai/agents",
    query: [["page_size", "1"]],
    permission: "convai_read",
    related: "convai_write",
  },
];

/** A quota that is used up, a blocked account and a missing permission are 401 as well. */
const UNKNOWN_KEY: readonly KeyWords[] = [
  { statuses: [401, 403], code: /^(?:invalid_api_key|api_key_not_found|api_key_expired|api_key_disabled)$/ },
  { statuses: [401, 403], message: /^invalid api key/i },
];

/**
 * One call that the permissions open, where one is free, and one that they do not. ElevenLabs
 * answers 401 both to a dead key and to a missing permission; its code tells them apart, so that a
 * key which opens nothing free is known to live all the same.
 */
export async function verify(transport: Transport, request: VerifyRequest): Promise<VerifyResult> {
  const { scopes = [] } = request.grant;
  if (!isToken(request.value)) return noKey(elevenLabsDialect);
  const inside = PROBES.find(({ permission }) => scopes.includes(permission));
  const outside = outsideOf(scopes);

  let lacks: string | undefined;
  if (inside !== undefined || outside === undefined) {
    const probe = inside ?? USER;
    const answer = await send(transport, probe, request);
    const judgement = judge(probe.endpoint, answer, request);
    if (judgement === "other") return refusal(elevenLabsDialect, UNKNOWN_KEY, probe.endpoint, answer);
    if (judgement === "elsewhere") return unproven("this function's address lies outside of its networks");
    if (judgement === "missing" && inside !== undefined) {
      lacks = `${probe.endpoint} is refused although ${probe.permission} opens it`;
    }
  }
  if (outside === undefined && lacks !== undefined) return narrower(lacks);
  if (outside === undefined) return unproven("no free call is known to lie outside of its permissions");
  const beyond = await send(transport, outside, request);
  const judgement = judge(outside.endpoint, beyond, request);
  if (judgement === "other" && inside === undefined) {
    return refusal(elevenLabsDialect, UNKNOWN_KEY, outside.endpoint, beyond);
  }
  if (judgement === "other") throw contradiction(elevenLabsDialect, outside.endpoint, beyond);
  if (judgement === "elsewhere") return unproven("this function's address lies outside of its networks");
  if (judgement === "open") return wider(`${outside.endpoint} is let through although it needs ${outside.permission}`);
  if (lacks !== undefined) return narrower(lacks);
  const evidence = `ElevenLabs knows the key and refuses ${outside.endpoint}, which is outside of its permissions`;
  return { outcome: "works", evidence, scopeProven: true };
}

/** What a permission opens that this release does not know is not known either. */
function outsideOf(scopes: readonly string[]): Probe | undefined {
  if (!scopes.every((scope) => Object.hasOwn(elevenLabsDescriptor.scopes, scope))) return undefined;
  return PROBES.find(({ permission, related }) => !scopes.includes(permission) && !scopes.includes(related));
}

type Judgement = "open" | "missing" | "other" | "elsewhere";

function send(transport: Transport, { endpoint, query }: Probe, { value, signal }: VerifyRequest): Promise<Answer> {
  return exchange(transport, value, { endpoint, ...defined({ query }), signal });
}

function judge(endpoint: string, answer: Answer, { grant }: VerifyRequest): Judgement {
  const { status, body } = answer;
  if (isSuccess(status)) {
    // A proxy's welcome page is not ElevenLabs' word.
    if (typeof body === "object" && body !== null) return "open";
    throw new VendorError("unexpected", endpoint, `ElevenLabs' answer to ${endpoint} is not JSON`, { status });
  }
  if (status !== 401 && status !== 403) throw noVerdict(elevenLabsDialect, endpoint, answer);
  if (lacksPermission(answer)) return "missing";
  return grant.networks !== undefined && speaksOfNetworks(answer) ? "elsewhere" : "other";
}

function lacksPermission({ code, message }: Answer): boolean {
  return /^(?:missing|insufficient)_permissions?$/.test(code) || /missing the permission/i.test(message);
}

/** Not documented. Said in other words, it is no verdict. */
function speaksOfNetworks({ code, message }: Answer): boolean {
  return /(?:^|[\s_-])(?:ip|ips|allow-?list|white-?list)(?:$|[\s_.,-])/i.test(`${code} ${message}`);
}

function unproven(why: string): VerifyResult {
  return { outcome: "works", evidence: `ElevenLabs knows the key; ${why}`, scopeProven: false };
}
