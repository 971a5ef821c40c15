import { verify } from "node:crypto";
import * as v from "valibot";
import type { SimulatorResponse } from "../../../sandbox/vendors/simulator";
import type { GeminiState } from "./state";

const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const LIFE_MAX_SECONDS = 3_600;
/** RFC 7519 leaves the type open, and so do Google's own newest clients. */
const headerSchema = v.object({ alg: v.literal("RS256"), typ: v.optional(v.literal("JWT")) });

/** Trades an assertion in for an access token, where it is good. */
export function answerToken(state: GeminiState, body: string, isAccepted: boolean): SimulatorResponse {
  const form = new URLSearchParams(body);
  if (form.get("grant_type") !== GRANT) return refusal("unsupported_grant_type", "Invalid grant_type");
  const problem = isAccepted ? problemOf(state, form.get("assertion") ?? "") : "Invalid JWT Signature.";
  return problem === undefined ? { status: 200, body: state.issueToken() } : refusal("invalid_grant", problem);
}

function problemOf(state: GeminiState, assertion: string): string | undefined {
  const claimsSchema = v.object({
    iss: v.literal(state.clientEmail),
    scope: v.literal("https://www.googleapis.com/auth/cloud-platform"),
    aud: v.literal("https://oauth2.googleapis.com/token"),
    iat: v.number(),
    exp: v.number(),
  });
  const [header = "", claims = "", signature = ""] = assertion.split(".");
  const signed = Buffer.from(signature, "base64url");
  if (!verify("sha256", Buffer.from(`${header}.${claims}`), state.publicKey, signed)) return "Invalid JWT Signature.";
  const parsed = v.safeParse(claimsSchema, part(claims));
  if (!v.is(headerSchema, part(header)) || !parsed.success) return "Invalid JWT.";
  const { iat, exp } = parsed.output;
  const isTimely = iat <= state.seconds + 300 && exp > state.seconds && exp - iat <= LIFE_MAX_SECONDS;
  return isTimely ? undefined : "Invalid JWT: Token must be a short-lived token (60 minutes).";
}

function part(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

function refusal(error: string, error_description: string): SimulatorResponse {
  return { status: 400, body: { error, error_description } };
}
