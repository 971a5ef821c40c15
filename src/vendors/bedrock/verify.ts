import * as v from "valibot";
import { bearer } from "../../http/envelope";
import { type Answer, type Dialect, exchange, isSuccess, isToken, type Transport } from "../../http/exchange";
import { contradiction, type KeyWords, noKey, noVerdict, refusal } from "../../http/verdict";
import type { Grant } from "../../model/grant";
import { VendorError } from "../../model/vendor-error";
import type { VerifyResult } from "../../model/verify-result";
import { misfits } from "../misfits";
import type { VerifyRequest } from "../vendor";
import { bedrockDescriptor } from "./descriptor";
import { opens } from "./policy";
import { dataErrorSchema } from "./schemas";

const { wider, narrower } = misfits("Amazon Bedrock knows the key");

/** Free whatever the answer: without a message no model runs. */
const EMPTY = { messages: [] };
const ENDPOINT = "POST /model/{model}/converse";
/** Models of many regions, one of which hardly any grant names. */
const WELL_KNOWN = ["amazon.nova-micro-v1:0", "meta.llama3-8b-instruct-v1:0", "mistral.mistral-7b-instruct-v0:2"];

/** Field reports. The second is said of a value's form, the third of one that has ended. */
const UNKNOWN_KEY: readonly KeyWords[] = [
  { statuses: [401, 403], message: /make sure your api key is valid/i },
  { statuses: [401, 403], message: /^invalid api key format/i },
  { statuses: [401, 403], message: /^(?:the )?(?:bearer token|api key) (?:has expired|is expired|is invalid)/i },
];

const dialect: Dialect = {
  displayName: bedrockDescriptor.displayName,
  authorize: bearer,
  errorIn: (body) => {
    const error = v.safeParse(dataErrorSchema, body);
    return error.success ? error.output : undefined;
  },
  valuePrefixes: bedrockDescriptor.valuePrefixes,
  id: /^(?:[A-Za-z0-9._-]|%3A|%2F){1,1024}$/,
};

interface Door {
  readonly fetch: typeof fetch;
  readonly now: () => number;
  /** The first of the issuer's. */
  readonly region: string;
}

export function dataUrlOf(region: string): string {
  return `https://bedrock-runtime.${region}.amazonaws.com`;
}

/**
 * Two calls, or three: inside the grant, outside of it, and, where the latter is not refused, one
 * that no grant opens. That tells a policy that lets too much through from a service that looks at
 * the body first, to which such calls prove nothing.
 */
export async function verify(
  { region, ...door }: Door,
  { value, grant, signal }: VerifyRequest,
): Promise<VerifyResult> {
  if (!isToken(value)) return noKey(dialect);
  const transport: Transport = { ...door, baseUrl: dataUrlOf(region), dialect };
  const look = async (model: string) => {
    const answer = await send(transport, value, model, signal);
    return { answer, shown: judge(answer) };
  };
  const closed = `arn:aws:bedrock:${region}:000000000000:provisioned-model/000000000000`;

  const inside = modelInside(grant, region);
  const { answer, shown: first } = await look(inside ?? closed);
  if (first === "other" || first === "barred") return refusal(dialect, UNKNOWN_KEY, ENDPOINT, answer);
  if (first === "denied" && inside === undefined) return proven("what nothing opens");
  if (first === "denied" && grant.networks !== undefined) {
    return works("refuses it a model from here, where its networks may not be", false);
  }
  const lacks = first === "denied" ? `${inside} is refused although the grant opens it` : undefined;

  const outside = WELL_KNOWN.find((model) => !opens(grant, model, region)) ?? closed;
  const beyond = await look(outside);
  if (beyond.shown === "denied" && lacks !== undefined) return narrower(lacks);
  if (beyond.shown === "denied") return proven(outside === closed ? "what nothing opens" : outside);
  if (beyond.shown === "barred") {
    if (lacks !== undefined) return narrower(lacks);
    return works("is kept from other models by others than its grant, so models are not proven", false);
  }
  // IAM's parts learn of a key one by one: only what a policy says is a proof.
  if (beyond.shown === "other") throw contradiction(dialect, ENDPOINT, beyond.answer);
  const tells = outside !== closed && (await look(closed)).shown === "denied";
  if (tells) return wider(`${outside} is let through although the grant does not open it`);
  if (lacks !== undefined) return narrower(lacks);
  return works("refuses no call for its body's sake alone, so models are not proven", false);
}

function modelInside(grant: Grant, region: string): string | undefined {
  const named = grant.models?.find((model) => !model.includes("*"));
  return named ?? WELL_KNOWN.find((model) => opens(grant, model, region));
}

type Judgement = "let_through" | "denied" | "barred" | "other";

/**
 * Policies of the organisation, of a resource or of an endpoint bar whoever comes: they say nothing
 * of what a key may do.
 */
const BARRED = /service control polic|resource control polic|vpc endpoint polic/i;

function send(transport: Transport, value: string, model: string, signal: AbortSignal | undefined): Promise<Answer> {
  const ids = { model: encodeURIComponent(model) };
  return exchange(transport, value, { endpoint: ENDPOINT, ids, body: EMPTY, signal });
}

function judge(answer: Answer): Judgement {
  const { status, message } = answer;
  if (status === 401 || status === 403) {
    if (/not authorized to perform/i.test(message)) return BARRED.test(message) ? "barred" : "denied";
    // Of the account, which has not subscribed to the model: the key has passed.
    return /access to the model/i.test(message) ? "let_through" : "other";
  }
  // What stands before Bedrock refuses as well, without a word of Bedrock's.
  const isWorded = status >= 400 && status < 500 && message !== "";
  if (isWorded && status !== 429 && status !== 408) return "let_through";
  if (!isSuccess(status)) throw noVerdict(dialect, ENDPOINT, answer);
  if (typeof answer.body === "object" && answer.body !== null) return "let_through";
  throw new VendorError("unexpected", ENDPOINT, `${dialect.displayName}'s answer to ${ENDPOINT} is not JSON`, {
    status,
  });
}

function works(evidence: string, scopeProven: boolean): VerifyResult {
  return { outcome: "works", evidence: `Amazon Bedrock knows the key and ${evidence}`, scopeProven };
}

function proven(what: string): VerifyResult {
  return works(`refuses it ${what}, which is outside its grant`, true);
}
