import { type Answer, exchange, failure, isToken, parseAnswer, type Transport } from "../../http/exchange";
import type { Grant } from "../../model/grant";
import { shorten } from "../../model/redact";
import { VendorError, type VerifyRequest, type VerifyResult } from "../vendor";
import { aclsOf, describeAcls, grantedBy } from "./acls";
import { introspectionSchema } from "./schemas";

const INTROSPECTION = "GET /api-key";
const MODELS = "GET /models";
/** The endpoint whose ACL opens `GET /models`. */
const MODELS_ENDPOINT = "models";
const ACLS_MAX_LENGTH = 200;

/** At most two calls, which cost nothing. */
export async function verify(transport: Transport, { value, grant, signal }: VerifyRequest): Promise<VerifyResult> {
  if (!isToken(value)) return refused("the value holds characters that no key has");
  const first = await exchange(transport, value, { endpoint: INTROSPECTION, signal });
  if (isRefusal(first)) return refused(`${first.status} to ${INTROSPECTION}`);
  if (!isSuccess(first)) throw failure(transport.dialect, INTROSPECTION, first);
  const shown = parseAnswer(transport.dialect, introspectionSchema, first.body, INTROSPECTION, first.status);
  // No fault of the key: to give it up would help nobody.
  if (shown.team_blocked) throw new VendorError("conflict", INTROSPECTION, "xAI has blocked the team of the key");
  if (shown.api_key_blocked) return refused("it is blocked");
  if (shown.api_key_disabled) return refused("it is disabled");
  const wanted = describeAcls(grantedBy(aclsOf(INTROSPECTION, grant)));
  const opened = describeAcls(grantedBy(shown.acls));
  if (opened !== wanted) {
    return wrong(`it opens ${shorten(opened, ACLS_MAX_LENGTH)} where ${shorten(wanted, ACLS_MAX_LENGTH)} was asked`);
  }

  if (mayListModels(grant)) return works("no free call is known to lie outside its ACLs", false);
  const second = await exchange(transport, value, { endpoint: MODELS, signal });
  if (second.status === 403) return works(`${MODELS}, which is outside its ACLs, is refused`, true);
  if (isRefusal(second)) return refused(`${second.status} to ${MODELS}`);
  if (second.status === 408 || second.status === 429 || second.status >= 500) {
    throw failure(transport.dialect, MODELS, second);
  }
  // Whether xAI guards the call by that ACL is not documented, and it has just shown the right ones.
  return works(`${second.status} to ${MODELS} proves nothing of its ACLs`, false);
}

function mayListModels({ endpoints }: Grant): boolean {
  // A pattern may mean it.
  return endpoints === undefined || endpoints.some((name) => name === MODELS_ENDPOINT || name.includes("*"));
}

/** xAI answers 400 to a key that it does not know, and 401 where it finds none: its page on debugging says so. */
function isRefusal({ status, message }: Answer): boolean {
  return status === 401 || status === 403 || (status === 400 && /incorrect api key|invalid api key/i.test(message));
}

function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status <= 299;
}

function works(why: string, scopeProven: boolean): VerifyResult {
  return { outcome: "works", evidence: `xAI knows the key and shows the ACLs that were asked; ${why}`, scopeProven };
}

function wrong(evidence: string): VerifyResult {
  return { outcome: "wrong_scope", evidence: `xAI knows the key, but ${evidence}`, scopeProven: true };
}

function refused(evidence: string): VerifyResult {
  return { outcome: "refused", evidence: `xAI refuses the key: ${evidence}`, scopeProven: false };
}
