import { type Answer, exchange, isSuccess, isToken, parseAnswer, type Transport } from "../../http/exchange";
import { contradiction, isSaid, type KeyWords, noKey, noVerdict, refusal } from "../../http/verdict";
import type { VerifyResult } from "../../model/verify-result";
import { misfits } from "../misfits";
import type { VerifyRequest } from "../vendor";
import { isKnownScope } from "./groups";
import { introspectionSchema } from "./schemas";

const { wider, narrower } = misfits("Cloudflare knows the token");

const INTROSPECTION = "GET /accounts/{account}/tokens/verify";

/**
 * Calls that read lists and cost nothing, each with the scopes that open it. Nothing that is known
 * opens the last.
 */
const FREE_CALLS: ReadonlyArray<{ readonly endpoint: string; readonly openedBy: readonly string[] }> = [
  { endpoint: "GET /accounts/{account}/ai/models/search", openedBy: ["workers-ai.read", "workers-ai.write"] },
  { endpoint: "GET /accounts/{account}/ai-gateway/gateways", openedBy: ["ai-gateway.read", "ai-gateway.write"] },
  { endpoint: "GET /accounts/{account}/tokens", openedBy: [] },
];

/** A value of another form than tokens have is a 400 with codes of its own. */
const UNKNOWN_TOKEN: readonly KeyWords[] = [
  { statuses: [401, 403], code: /^1000$/ },
  { statuses: [401, 403], message: /^invalid (?:api|access) token/i },
  { statuses: [400], code: /^(?:6003|6111)$/ },
];
/**
 * Cloudflare's words for a permission that a token lacks; both codes stand for other things as
 * well.
 */
const DENIED: readonly KeyWords[] = [
  { statuses: [401, 403], code: /^10000$/ },
  { statuses: [401, 403], code: /^9109$/, message: /unauthorized to access/i },
];

/** Cloudflare's word for a call that did not come from the token's networks. */
const ELSEWHERE = "9109";

/**
 * The token's own word, then a call that its scopes open, where a free one is known, and one that
 * they do not.
 */
export async function verifyToken(
  transport: Transport,
  account: string,
  { value, grant, signal }: VerifyRequest,
): Promise<VerifyResult> {
  if (!isToken(value)) return noKey(transport.dialect);
  const { dialect } = transport;
  const call = (endpoint: string) => exchange(transport, value, { endpoint, ids: { account }, signal });
  const scopes = grant.scopes ?? [];
  const elsewhere = () =>
    grant.networks === undefined
      ? narrower("it is limited to networks that nobody declared")
      : works("which is refused outside of its networks, where this call came from", false);

  const own = await call(INTROSPECTION);
  if (isElsewhere(own)) return elsewhere();
  if (!isGood(own)) return refusal(dialect, UNKNOWN_TOKEN, INTROSPECTION, own);
  const { status } = parseAnswer(dialect, introspectionSchema, own.body, INTROSPECTION, own.status).result;
  if (status !== "active") return refused(`it is ${status}`);

  const opens = ({ openedBy }: (typeof FREE_CALLS)[number]) => openedBy.some((scope) => scopes.includes(scope));
  const inside = FREE_CALLS.find(opens);
  // What a permission opens that is not known here is not known either.
  const outside = scopes.every(isKnownScope) ? FREE_CALLS.find((candidate) => !opens(candidate)) : undefined;
  let lacks: string | undefined;
  for (const probe of [inside, outside]) {
    if (probe === undefined) continue;
    const { endpoint } = probe;
    const answer = await call(endpoint);
    if (isElsewhere(answer)) return elsewhere();
    const isOpen = isGood(answer);
    if (!isOpen && isSaid(UNKNOWN_TOKEN, answer)) throw contradiction(dialect, endpoint, answer);
    if (!isOpen && !isSaid(DENIED, answer)) throw noVerdict(dialect, endpoint, answer);
    if (isOpen && probe === outside) return wider(`${endpoint} is open to it, and was not asked`);
    if (!isOpen && probe === inside) lacks = `${endpoint} is closed to it, and was asked`;
  }
  if (lacks !== undefined) return narrower(lacks);
  return works(describe(inside?.endpoint, outside?.endpoint), outside !== undefined);
}

function isGood({ status }: Answer): boolean {
  return isSuccess(status);
}

function isDenial({ status }: Answer): boolean {
  return status === 401 || status === 403;
}

function isElsewhere(answer: Answer): boolean {
  return isDenial(answer) && answer.code === ELSEWHERE && !isSaid(DENIED, answer);
}

function describe(inside: string | undefined, outside: string | undefined): string {
  const parts = [inside && `${inside} is open`, outside && `${outside} is closed`].filter((part) => part !== undefined);
  return parts.length === 0 ? "it is active" : parts.join(", ");
}

function works(evidence: string, scopeProven: boolean): VerifyResult {
  return { outcome: "works", evidence: `Cloudflare knows the token: ${evidence}`, scopeProven };
}

function refused(evidence: string): VerifyResult {
  return { outcome: "refused", evidence: `Cloudflare refuses the token: ${evidence}`, scopeProven: false };
}
