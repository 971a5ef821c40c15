import { type Answer, exchange, failure, isSuccess, isToken, type Transport } from "../../http/exchange";
import { contradiction, isSaid, type KeyWords, noKey, refusal } from "../../http/verdict";
import type { VerifyResult } from "../../model/verify-result";
import { misfits } from "../misfits";
import type { VerifyRequest } from "../vendor";
import { opens } from "./restrictions";

const { wider, narrower } = misfits("Google knows the key");

/**
 * Calls that read lists and cost nothing, in both versions that clients call, each with its method
 * as restrictions name it.
 */
const LISTS = [
  { path: "/models", method: "ModelService.ListModels" },
  { path: "/files", method: "FileService.ListFiles" },
  { path: "/cachedContents", method: "CacheService.ListCachedContents" },
] as const;
const FREE_CALLS = LISTS.flatMap(({ path, method }) =>
  (["v1beta", "v1"] as const).map((version) => ({
    endpoint: `GET /${version}${path}`,
    method: `google.ai.generativelanguage.${version}.${method}`,
    version,
  })),
);
type FreeCall = (typeof FREE_CALLS)[number];

/**
 * A key that is unknown, deleted or expired is a 400 at Google; one that was found in public is
 * refused for good.
 */
const UNKNOWN_KEY: readonly KeyWords[] = [
  { statuses: [400], code: /^API_KEY_INVALID$/ },
  { statuses: [400], message: /^api key (?:not valid|not found|expired)/i },
  { statuses: [403], message: /api key was reported as leaked/i },
];

/** Nothing that was asked is where it should be. */
const NOT_THERE: Answer = {
  status: 404,
  message: "none of its lists is there",
  body: undefined,
  code: "",
  retryAfterSeconds: undefined,
};

/** What one call showed of a key. */
type Finding = "open" | "blocked" | "elsewhere" | "other";

/** Of each version the first call that will do. */
function firstOfEach(fits: (call: FreeCall) => boolean): FreeCall[] {
  return (["v1beta", "v1"] as const).flatMap(
    (version) => FREE_CALLS.find((call) => call.version === version && fits(call)) ?? [],
  );
}

/**
 * In each version one call that the key's methods let through, where a free one is known, and one
 * that they do not. A key that is blocked is a key that Google knows.
 */
export async function verifyKey(transport: Transport, { value, grant, signal }: VerifyRequest): Promise<VerifyResult> {
  if (!isToken(value)) return noKey(transport.dialect);
  const { dialect } = transport;
  const inside = firstOfEach(({ method }) => opens(grant.endpoints, method));
  const outside = firstOfEach(({ method }) => !opens(grant.endpoints, method));
  const shown: string[] = [];
  let proven = false;
  let lacks: string | undefined;
  for (const call of [...inside, ...outside]) {
    const { endpoint } = call;
    const query = [["pageSize", "1"]] as const;
    const answer = await exchange(transport, value, { endpoint, query, signal });
    // Not every list is in every version.
    if (answer.status === 404) continue;
    const finding = findingOf(answer);
    if (finding === "other") {
      const contradicts = shown.length > 0 && isSaid(UNKNOWN_KEY, answer);
      if (contradicts) throw contradiction(dialect, endpoint, answer);
      return refusal(dialect, UNKNOWN_KEY, endpoint, answer);
    }
    if (finding === "elsewhere") {
      return grant.networks === undefined
        ? narrower("it is limited to networks that nobody declared")
        : works("which is refused outside of its networks, where this call came from", false);
    }
    if (finding === "open" && outside.includes(call)) return wider(`${endpoint} is open to it, and was not asked`);
    if (finding === "blocked" && inside.includes(call)) lacks ??= `${endpoint} is closed to it, and was asked`;
    if (outside.includes(call)) proven = true;
    shown.push(`${endpoint} is ${finding}`);
  }
  if (lacks !== undefined) return narrower(lacks);
  if (shown.length === 0) throw failure(dialect, "GET /models", NOT_THERE);
  return works(shown.join(", "), proven);
}

function findingOf({ status, code }: Answer): Finding {
  if (isSuccess(status)) return "open";
  if (status === 403 && code === "API_KEY_SERVICE_BLOCKED") return "blocked";
  if (status === 403 && code === "API_KEY_IP_ADDRESS_BLOCKED") return "elsewhere";
  return "other";
}

function works(evidence: string, scopeProven: boolean): VerifyResult {
  return { outcome: "works", evidence: `Google knows the key: ${evidence}`, scopeProven };
}
