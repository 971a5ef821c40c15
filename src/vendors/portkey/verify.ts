import { exchange, failure, isToken, type Transport } from "../../http/exchange";
import { VendorError, type VerifyRequest, type VerifyResult } from "../vendor";
import { portkeyDialect } from "./dialect";

interface Probe {
  readonly endpoint: string;
  /** Each of these scopes alone opens it, and no other does. */
  readonly openedBy: readonly string[];
}

/** Lists, which cost nothing and count towards no budget. `GET /virtual-keys` is not among them: two families of scopes may open it. */
const PROBES: readonly Probe[] = [
  { endpoint: "GET /models", openedBy: ["completions.write", "virtual_keys.list"] },
  { endpoint: "GET /configs", openedBy: ["configs.list"] },
  { endpoint: "GET /prompts", openedBy: ["prompts.list"] },
  { endpoint: "GET /guardrails", openedBy: ["guardrails.list"] },
  { endpoint: "GET /integrations", openedBy: ["workspace_integrations.list", "organisation_integrations.list"] },
];

type Judgement = "let_through" | "missing_scope" | "unauthorised" | "spent" | "absent";

/**
 * At most two calls: one outside of the scopes, then one inside, so that a limit of one request a minute suffices where what is refused does
 * not count. A missing scope is a 403. Portkey's documentation speaks of a 401 as well, so outside of the scopes a 401 is a verdict on the
 * key only where nothing inside can be tried.
 */
export async function verify(transport: Transport, request: VerifyRequest): Promise<VerifyResult> {
  const { value, grant } = request;
  const { scopes = [] } = grant;
  if (!isToken(value)) return refused("the value holds characters that no key has");
  const opens = ({ openedBy }: Probe) => openedBy.some((scope) => scopes.includes(scope));
  const outside = PROBES.find((probe) => !opens(probe));
  const inside = PROBES.find(opens);

  const beyond = outside === undefined ? undefined : await send(transport, outside, request);
  if (outside !== undefined && beyond === "let_through") {
    return wrong(`${outside.endpoint} is let through although it needs ${outside.openedBy.join(" or ")}`);
  }
  const within = inside === undefined ? undefined : await send(transport, inside, request);
  if (within === "missing_scope") return wrong(`${inside?.endpoint} is refused although the scopes open it`);
  if (within === "unauthorised") return refused(`401 to ${inside?.endpoint}`);
  const known = within === "let_through" || within === "spent";
  if (!known && beyond === "unauthorised") return refused(`401 to ${outside?.endpoint}`);
  if (!known && beyond !== "missing_scope" && beyond !== "spent") {
    throw new VendorError("unexpected", "verify", "no free call shows whether Portkey knows the key");
  }
  const scopeProven = beyond === "missing_scope" || beyond === "unauthorised";
  const budget = within === "spent" ? ", whose budget is spent" : "";
  const proof = scopeProven ? ` and refuses ${outside?.endpoint}, which is outside its scopes` : "";
  return { outcome: "works", evidence: `Portkey knows the key${budget}${proof}`, scopeProven };
}

async function send(transport: Transport, { endpoint }: Probe, { value, signal }: VerifyRequest): Promise<Judgement> {
  const answer = await exchange(transport, value, { endpoint, signal });
  const { status } = answer;
  const isWord = typeof answer.body === "object" && answer.body !== null;
  if (status >= 200 && status <= 299 && isWord) return "let_through";
  if (status === 404) return "absent";
  if (status === 412) return "spent";
  // What stands before Portkey refuses as well, and is no word of Portkey's.
  const refuses = status === 401 || status === 403;
  if (refuses && answer.message !== "") return status === 403 ? "missing_scope" : "unauthorised";
  if (refuses || (status >= 200 && status <= 299)) {
    throw new VendorError("unexpected", endpoint, `what answers ${endpoint} is not Portkey`, { status });
  }
  throw failure(portkeyDialect, endpoint, answer);
}

function wrong(evidence: string): VerifyResult {
  return { outcome: "wrong_scope", evidence: `Portkey knows the key, but ${evidence}`, scopeProven: true };
}

function refused(evidence: string): VerifyResult {
  return { outcome: "refused", evidence: `Portkey refuses the key: ${evidence}`, scopeProven: false };
}
