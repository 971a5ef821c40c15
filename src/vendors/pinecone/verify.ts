import { type Answer, exchange, failure, isToken, type Transport } from "../../http/exchange";
import { VendorError, type VerifyRequest, type VerifyResult } from "../vendor";
import { pineconeDescriptor } from "./descriptor";
import { dataDialect } from "./dialects";

const LIST = "GET /indexes";
const CREATE = "POST /indexes";
/** Roles that open the control plane. */
const READ: ReadonlySet<string> = new Set([
  "ProjectEditor",
  "ProjectViewer",
  "ControlPlaneEditor",
  "ControlPlaneViewer",
]);
const WRITE: ReadonlySet<string> = new Set(["ProjectEditor", "ControlPlaneEditor"]);

/**
 * The control plane's list costs nothing, and roles say whether it opens. A key that may only read is tried with an index without a name, which
 * nobody can create. The data plane has a host for each index, and is not called.
 */
export async function verify(transport: Transport, request: VerifyRequest): Promise<VerifyResult> {
  const { scopes = [] } = request.grant;
  if (!isToken(request.value)) return refused("the value holds characters that no key has");
  const known = scopes.every((role) => Object.hasOwn(pineconeDescriptor.scopes, role));
  const opens = scopes.some((role) => READ.has(role));

  const listed = await send(transport, LIST, request);
  if (listed === "refused") return refused(`401 or 403 to ${LIST}`);
  if (listed === "forbidden" && opens) return wrong(`${LIST} is refused although its roles open it`);
  if (listed === "forbidden") return known ? proven(LIST) : unproven("what its roles open is not known");
  if (!opens && known) return wrong(`${LIST} is let through although its roles open the data plane alone`);

  if (!known || scopes.some((role) => WRITE.has(role))) {
    return unproven("no free call is known to lie outside of its roles");
  }
  const created = await send(transport, CREATE, request, {});
  if (created === "refused") return refused(`401 or 403 to ${CREATE}`);
  if (created === "forbidden") return proven(CREATE);
  if (created === "open") return wrong(`${CREATE} is let through although its roles only read`);
  return unproven(`${CREATE} looks at what it is sent before it looks at roles`);
}

type Judgement = "open" | "forbidden" | "refused" | "invalid";

async function send(
  transport: Transport,
  endpoint: string,
  { value, signal }: VerifyRequest,
  body?: object,
): Promise<Judgement> {
  const answer = await exchange(transport, value, { endpoint, ...(body === undefined ? {} : { body }), signal });
  const { status } = answer;
  if (status >= 200 && status <= 299) {
    // A proxy's welcome page is not Pinecone's word.
    if (typeof answer.body === "object" && answer.body !== null) return "open";
    throw new VendorError("unexpected", endpoint, `Pinecone's answer to ${endpoint} is not JSON`, { status });
  }
  if (status === 401 || status === 403) return knowsTheKey(answer) ? "forbidden" : "refused";
  if (status === 429 || status >= 500 || endpoint === LIST) throw failure(dataDialect, endpoint, answer);
  return "invalid";
}

function knowsTheKey({ code }: Answer): boolean {
  return code === "FORBIDDEN" || code === "PERMISSION_DENIED";
}

function proven(endpoint: string): VerifyResult {
  const evidence = `Pinecone knows the key and refuses ${endpoint}, which is outside of its roles`;
  return { outcome: "works", evidence, scopeProven: true };
}

function unproven(why: string): VerifyResult {
  return { outcome: "works", evidence: `Pinecone knows the key; ${why}`, scopeProven: false };
}

function wrong(evidence: string): VerifyResult {
  return { outcome: "wrong_scope", evidence: `Pinecone knows the key, but ${evidence}`, scopeProven: true };
}

function refused(evidence: string): VerifyResult {
  return { outcome: "refused", evidence: `Pinecone refuses the key: ${evidence}`, scopeProven: false };
}
