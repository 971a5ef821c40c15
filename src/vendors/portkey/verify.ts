import { type Answer, exchange, isSuccess, isToken, type Transport } from "../../http/exchange";
import { contradiction, isSaid, type KeyWords, noKey, noVerdict, refusal } from "../../http/verdict";
import { VendorError } from "../../model/vendor-error";
import type { VerifyResult } from "../../model/verify-result";
import { misfits } from "../misfits";
import type { VerifyRequest } from "../vendor";
import { portkeyDialect } from "./dialect";

const { wider, narrower } = misfits("Portkey knows the key");

interface Probe {
  readonly endpoint: string;
  /** Each of these scopes alone opens it, and no other does. */
  readonly openedBy: readonly string[];
}

/**
 * Lists, which cost nothing and count towards no budget. `GET /virtual-keys` is not among them: two
 * families of scopes may open it.
 */
const PROBES: readonly Probe[] = [
  { endpoint: "GET /models", openedBy: ["completions.write", "virtual_keys.list"] },
  { endpoint: "GET /configs", openedBy: ["configs.list"] },
  { endpoint: "GET /prompts", openedBy: ["prompts.list"] },
  { endpoint: "GET /guardrails", openedBy: ["guardrails.list"] },
  { endpoint: "GET /integrations", openedBy: ["workspace_integrations.list", "organisation_integrations.list"] },
];

const UNKNOWN_KEY: readonly KeyWords[] = [
  {
    statuses: [401, 403],
    message: /invalid (?:portkey )?api[- ]key|api key (?:is |has )?(?:invalid|expired|not found)/i,
  },
];
/** A missing scope is a 403; Portkey's documentation speaks of a 401 as well. */
const DENIED: readonly KeyWords[] = [
  { statuses: [401, 403], message: /permission|scope|not (?:authori[sz]ed|allowed)|access denied/i },
];

type Judgement = "let_through" | "missing_scope" | "unknown" | "spent" | "worded" | "absent";

/**
 * At most two calls: one outside of the scopes, then one inside, so that a limit of one request a
 * minute suffices where what is refused does not count.
 */
export async function verify(transport: Transport, request: VerifyRequest): Promise<VerifyResult> {
  const { value, grant } = request;
  const { scopes = [] } = grant;
  if (!isToken(value)) return noKey(portkeyDialect);
  const opens = ({ openedBy }: Probe) => openedBy.some((scope) => scopes.includes(scope));
  const outside = PROBES.find((probe) => !opens(probe));
  const inside = PROBES.find(opens);

  const refusedOutside = outside === undefined ? undefined : await send(transport, outside, request);
  const beyond = refusedOutside === undefined ? undefined : judge(outside?.endpoint ?? "", refusedOutside);
  if (outside !== undefined && beyond === "let_through") {
    return wider(`${outside.endpoint} is let through although it needs ${outside.openedBy.join(" or ")}`);
  }
  const answer = inside === undefined ? refusedOutside : await send(transport, inside, request);
  const endpoint = (inside ?? outside)?.endpoint ?? "";
  const within = answer === undefined ? undefined : judge(endpoint, answer);
  if (answer !== undefined && within === "unknown") {
    const isKnown = beyond === "missing_scope" || beyond === "spent";
    if (isKnown) throw contradiction(portkeyDialect, endpoint, answer);
    return refusal(portkeyDialect, UNKNOWN_KEY, endpoint, answer);
  }
  if (inside !== undefined && within === "missing_scope") {
    return narrower(`${inside.endpoint} is refused although the scopes open it`);
  }
  // A key that is known inside of its scopes cannot be unknown outside of them.
  if (refusedOutside !== undefined && beyond === "unknown") {
    throw contradiction(portkeyDialect, outside?.endpoint ?? "", refusedOutside);
  }
  // In other words than are known: it says something where the key is known by another call alone.
  if (answer !== undefined && within === "worded") throw noVerdict(portkeyDialect, endpoint, answer);
  const known = [within, beyond].some((shown) => shown !== undefined && shown !== "absent" && shown !== "worded");
  if (!known && refusedOutside !== undefined && beyond === "worded") {
    throw noVerdict(portkeyDialect, outside?.endpoint ?? "", refusedOutside);
  }
  if (!known) throw new VendorError("no_verdict", "verify", "no free call shows whether Portkey knows the key");
  const scopeProven = beyond === "missing_scope";
  const budget = within === "spent" ? ", whose budget is spent" : "";
  const proof = scopeProven ? ` and refuses ${outside?.endpoint}, which is outside its scopes` : "";
  return { outcome: "works", evidence: `Portkey knows the key${budget}${proof}`, scopeProven };
}

function send(transport: Transport, { endpoint }: Probe, { value, signal }: VerifyRequest): Promise<Answer> {
  return exchange(transport, value, { endpoint, signal });
}

function judge(endpoint: string, answer: Answer): Judgement {
  const { status } = answer;
  const isWord = typeof answer.body === "object" && answer.body !== null;
  if (isSuccess(status) && isWord) return "let_through";
  if (status === 404) return "absent";
  if (status === 412) return "spent";
  if (isSaid(UNKNOWN_KEY, answer)) return "unknown";
  if (isSaid(DENIED, answer)) return "missing_scope";
  if ((status === 401 || status === 403) && answer.message !== "") return "worded";
  // What stands before Portkey answers as well, and it is no word of Portkey's.
  if (isSuccess(status)) {
    throw new VendorError("unexpected", endpoint, `what answers ${endpoint} is not Portkey`, { status });
  }
  throw noVerdict(portkeyDialect, endpoint, answer);
}
