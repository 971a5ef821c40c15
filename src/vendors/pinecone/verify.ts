import { type Answer, exchange, isSuccess, isToken, type Transport } from "../../http/exchange";
import { contradiction, type KeyWords, noKey, noVerdict, refusal } from "../../http/verdict";
import { defined } from "../../model/defined";
import { VendorError } from "../../model/vendor-error";
import type { VerifyResult } from "../../model/verify-result";
import { misfits } from "../misfits";
import type { VerifyRequest } from "../vendor";
import { pineconeDescriptor } from "./descriptor";
import { dataDialect } from "./dialects";

const { wider, narrower } = misfits("Pinecone knows the key");

const LIST = "GET /indexes";
const LACKS_LIST = `${LIST} is refused although its roles open it`;
const CREATE = "POST /indexes";
/** Roles that open the control plane. */
const READ: ReadonlySet<string> = new Set([
  "ProjectEditor",
  "ProjectViewer",
  "ControlPlaneEditor",
  "ControlPlaneViewer",
]);
const WRITE: ReadonlySet<string> = new Set(["ProjectEditor", "ControlPlaneEditor"]);

const UNKNOWN_KEY: readonly KeyWords[] = [
  { statuses: [401], code: /^UNAUTHENTICATED$/ },
  { statuses: [401, 403], message: /^invalid api[- ]key/i },
  { statuses: [401], message: /^api key is missing or invalid/i },
];

/**
 * The control plane's list costs nothing, and roles say whether it opens. A key that may only read
 * is tried with an index without a name, which nobody can create. The data plane has a host for
 * each index, and is not called.
 */
export async function verify(transport: Transport, request: VerifyRequest): Promise<VerifyResult> {
  const { scopes = [] } = request.grant;
  if (!isToken(request.value)) return noKey(dataDialect);
  const known = scopes.every((role) => Object.hasOwn(pineconeDescriptor.scopes, role));
  const opens = scopes.some((role) => READ.has(role));

  const answer = await send(transport, LIST, request);
  const listed = judge(LIST, answer);
  if (listed === "other") return refusal(dataDialect, UNKNOWN_KEY, LIST, answer);
  const lacks = listed === "forbidden" && opens;
  if (listed === "forbidden" && !opens) return known ? proven(LIST) : unproven("what its roles open is not known");
  if (!opens && known) return wider(`${LIST} is let through although its roles open the data plane alone`);

  if (!known || scopes.some((role) => WRITE.has(role))) {
    return lacks ? narrower(LACKS_LIST) : unproven("no free call is known to lie outside of its roles");
  }
  const beyond = await send(transport, CREATE, request, {});
  const created = judge(CREATE, beyond);
  if (created === "other") throw contradiction(dataDialect, CREATE, beyond);
  if (created === "forbidden" && !lacks) return proven(CREATE);
  if (created === "open") return wider(`${CREATE} is let through although its roles only read`);
  if (lacks) return narrower(LACKS_LIST);
  return unproven(`${CREATE} looks at what it is sent before it looks at roles`);
}

type Judgement = "open" | "forbidden" | "other" | "invalid";

function send(
  transport: Transport,
  endpoint: string,
  { value, signal }: VerifyRequest,
  body?: object,
): Promise<Answer> {
  return exchange(transport, value, { endpoint, ...defined({ body }), signal });
}

function judge(endpoint: string, answer: Answer): Judgement {
  const { status } = answer;
  if (isSuccess(status)) {
    // A proxy's welcome page is not Pinecone's word.
    if (typeof answer.body === "object" && answer.body !== null) return "open";
    throw new VendorError("unexpected", endpoint, `Pinecone's answer to ${endpoint} is not JSON`, { status });
  }
  if (status === 401 || status === 403) return lacksRole(answer) ? "forbidden" : "other";
  if (status === 429 || status >= 500 || endpoint === LIST) throw noVerdict(dataDialect, endpoint, answer);
  return "invalid";
}

/** A project that is suspended, or has used up its quota, is forbidden as well. */
function lacksRole({ code, message }: Answer): boolean {
  const isOfProject = /quota|suspend|billing|payment|blocked|region|reached|(?:wrong|invalid) api[- ]key/i.test(
    message,
  );
  return (code === "FORBIDDEN" || code === "PERMISSION_DENIED") && !isOfProject;
}

function proven(endpoint: string): VerifyResult {
  const evidence = `Pinecone knows the key and refuses ${endpoint}, which is outside of its roles`;
  return { outcome: "works", evidence, scopeProven: true };
}

function unproven(why: string): VerifyResult {
  return { outcome: "works", evidence: `Pinecone knows the key; ${why}`, scopeProven: false };
}
