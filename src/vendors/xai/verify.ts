import { exchange, isSuccess, isToken, parseAnswer, type Transport } from "../../http/exchange";
import { contradiction, isSaid, type KeyWords, noKey, noVerdict, refusal } from "../../http/verdict";
import type { Grant } from "../../model/grant";
import { shorten } from "../../model/redact";
import { VendorError } from "../../model/vendor-error";
import type { VerifyResult } from "../../model/verify-result";
import { misfits } from "../misfits";
import type { VerifyRequest } from "../vendor";
import { aclsOf, describeAcls, grantedBy, isWithin } from "./acls";
import { introspectionSchema } from "./schemas";

const { wider, narrower } = misfits("xAI knows the key");

const INTROSPECTION = "GET /api-key";
const MODELS = "GET /models";
/** The endpoint whose ACL opens `GET /models`. */
const MODELS_ENDPOINT = "models";
const ACLS_MAX_LENGTH = 200;

/** xAI answers 400 to a key that it does not know: its page on debugging says so. */
const UNKNOWN_KEY: readonly KeyWords[] = [{ statuses: [400, 401, 403], message: /incorrect api key|invalid api key/i }];
/** What a missing ACL is answered; a team without credit, or blocked, is a 403 as well. */
const DENIED: readonly KeyWords[] = [
  {
    statuses: [403],
    message: /may not use|not (?:allowed|authorized|permitted)|does ?n.?t have (?:access|permission)|\bacls?\b/i,
  },
];

/** At most two calls, which cost nothing. */
export async function verify(transport: Transport, { value, grant, signal }: VerifyRequest): Promise<VerifyResult> {
  if (!isToken(value)) return noKey(transport.dialect);
  const first = await exchange(transport, value, { endpoint: INTROSPECTION, signal });
  if (!isSuccess(first.status)) return refusal(transport.dialect, UNKNOWN_KEY, INTROSPECTION, first);
  const shown = parseAnswer(transport.dialect, introspectionSchema, first.body, INTROSPECTION, first.status);
  // No fault of the key: to give it up would help nobody.
  if (shown.team_blocked) throw new VendorError("conflict", INTROSPECTION, "xAI has blocked the team of the key");
  if (shown.api_key_blocked) return refused("it is blocked");
  if (shown.api_key_disabled) return refused("it is disabled");
  const asked = grantedBy(aclsOf(INTROSPECTION, grant));
  const granted = grantedBy(shown.acls);
  const [wanted, opened] = [describeAcls(asked), describeAcls(granted)];
  if (opened !== wanted) {
    const tell = isWithin(granted, asked) ? narrower : wider;
    return tell(`it opens ${shorten(opened, ACLS_MAX_LENGTH)} where ${shorten(wanted, ACLS_MAX_LENGTH)} was asked`);
  }

  if (mayListModels(grant)) return works("no free call is known to lie outside its ACLs", false);
  const second = await exchange(transport, value, { endpoint: MODELS, signal });
  if (isSaid(DENIED, second)) return works(`${MODELS}, which is outside its ACLs, is refused`, true);
  if (isSaid(UNKNOWN_KEY, second)) throw contradiction(transport.dialect, MODELS, second);
  const isTransient = second.status === 408 || second.status === 429 || second.status >= 500;
  if (isTransient || (!isSuccess(second.status) && second.status !== 404 && second.message === ""))
    throw noVerdict(transport.dialect, MODELS, second);
  // Whether xAI guards the call by that ACL is not documented, and it has just shown the right
  // ones.
  return works(`${second.status} to ${MODELS} proves nothing of its ACLs`, false);
}

function mayListModels({ endpoints }: Grant): boolean {
  // A pattern may mean it.
  return endpoints === undefined || endpoints.some((name) => name === MODELS_ENDPOINT || name.includes("*"));
}

function works(why: string, scopeProven: boolean): VerifyResult {
  return { outcome: "works", evidence: `xAI knows the key and shows the ACLs that were asked; ${why}`, scopeProven };
}

function refused(evidence: string): VerifyResult {
  return { outcome: "refused", evidence: `xAI refuses the key: ${evidence}`, scopeProven: false };
}
