import { type Answer, exchange, isToken, type Transport } from "../../http/exchange";
import { contradiction, isSaid, type KeyWords, noKey, refusal } from "../../http/verdict";
import type { VerifyRequest, VerifyResult } from "../vendor";
import { opens } from "./restrictions";

/** Calls that read lists and cost nothing, each with its method as restrictions name it. */
const FREE_CALLS = [
  { endpoint: "GET /models", method: "google.ai.generativelanguage.v1beta.ModelService.ListModels" },
  { endpoint: "GET /files", method: "google.ai.generativelanguage.v1beta.FileService.ListFiles" },
  { endpoint: "GET /cachedContents", method: "google.ai.generativelanguage.v1beta.CacheService.ListCachedContents" },
] as const;

/** A key that is unknown, deleted or expired is a 400 at Google; one that was found in public is refused for good. */
const UNKNOWN_KEY: readonly KeyWords[] = [
  { statuses: [400], code: /^API_KEY_INVALID$/ },
  { statuses: [400], message: /^api key (?:not valid|not found|expired)/i },
  { statuses: [403], message: /api key was reported as leaked/i },
];

/** What one call showed of a key. */
type Finding = "open" | "blocked" | "elsewhere" | "other";

/**
 * One call that the key's methods let through, where a free one is known, and one that they do not. A key that is blocked is a key that Google knows.
 */
export async function verifyKey(transport: Transport, { value, grant, signal }: VerifyRequest): Promise<VerifyResult> {
  if (!isToken(value)) return noKey(transport.dialect);
  const { dialect } = transport;
  const inside = FREE_CALLS.find(({ method }) => opens(grant.endpoints, method));
  const outside = FREE_CALLS.find(({ method }) => !opens(grant.endpoints, method));
  const shown: string[] = [];
  for (const call of [inside, outside]) {
    if (call === undefined) continue;
    const { endpoint } = call;
    const query = [["pageSize", "1"]] as const;
    const answer = await exchange(transport, value, { endpoint, query, signal });
    const finding = findingOf(answer);
    if (finding === "other") {
      const contradicts = shown.length > 0 && isSaid(UNKNOWN_KEY, answer);
      if (contradicts) throw contradiction(dialect, endpoint, answer);
      return refusal(dialect, UNKNOWN_KEY, endpoint, answer);
    }
    if (finding === "elsewhere") {
      return grant.networks === undefined
        ? wrong("it is limited to networks that nobody declared")
        : works("which is refused outside of its networks, where this call came from", false);
    }
    if (finding === "open" && call === outside) return wrong(`${endpoint} is open to it, and was not asked`);
    if (finding === "blocked" && call === inside) return wrong(`${endpoint} is closed to it, and was asked`);
    shown.push(`${endpoint} is ${finding}`);
  }
  return works(shown.join(", "), outside !== undefined);
}

function findingOf({ status, code }: Answer): Finding {
  if (status >= 200 && status <= 299) return "open";
  if (status === 403 && code === "API_KEY_SERVICE_BLOCKED") return "blocked";
  if (status === 403 && code === "API_KEY_IP_ADDRESS_BLOCKED") return "elsewhere";
  return "other";
}

function works(evidence: string, scopeProven: boolean): VerifyResult {
  return { outcome: "works", evidence: `Google knows the key: ${evidence}`, scopeProven };
}

function wrong(evidence: string): VerifyResult {
  return { outcome: "wrong_scope", evidence: `Google knows the key, but ${evidence}`, scopeProven: true };
}
