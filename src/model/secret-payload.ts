import * as v from "valibot";
import { VENDOR_KEY_ID_MAX_LENGTH } from "./names";
import { DuplicateMemberError, parseStrictJson } from "./strict-json";

/**
 * As `toISOString` writes it. Anything else becomes no time in the ledger, and a record that nobody
 * can read.
 */
const time = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/),
  v.check((text) => Date.parse(text) >= 0, "no time since 1970"),
);

/** The secret's JSON; ECS and Lambda can select single fields of it. Times are ISO 8601 in UTC. */
export const secretPayloadSchema = v.looseObject({
  apiKey: v.pipe(v.string(), v.minLength(1)),
  vendor: v.string(),
  /** Id of the vendor key. */
  keyId: v.pipe(v.string(), v.minLength(1), v.maxLength(VENDOR_KEY_ID_MAX_LENGTH)),
  baseUrl: v.string(),
  issuedAt: time,
  expiresAt: time,
});
export type SecretPayload = v.InferOutput<typeof secretPayloadSchema>;

/**
 * Undefined where the text is not one of our payloads, e.g. because somebody edited the secret by
 * hand.
 */
export function parseSecretPayload(text: string): SecretPayload | undefined {
  try {
    const result = v.safeParse(secretPayloadSchema, parseStrictJson(text));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What a secret holds before its first vendor key has passed its test: AWS puts the first version
 * of a secret into use, whatever it is. It has no `apiKey`, so that what selects that field fails,
 * and says why.
 */
const notIssuedSchema = v.looseObject({
  status: v.literal("not_issued"),
  vendor: v.string(),
  message: v.string(),
});

export function notIssuedValue(vendor: string): string {
  const message = "No key was issued yet: the first one is put here when it has passed its test. Read again later.";
  return JSON.stringify({ status: "not_issued", vendor, message } satisfies v.InferOutput<typeof notIssuedSchema>);
}

/** Whether a secret's text says that nothing was issued yet. */
export function isNotIssued(text: string): boolean {
  try {
    return v.is(notIssuedSchema, parseStrictJson(text));
  } catch {
    return false;
  }
}

const CANDIDATES_MAX = 20;
/** What a header can carry, and no shorter than any vendor's keys. */
const CANDIDATE = /^[\x21-\x7e]{16,4096}$/;

/**
 * What may be a key's value in a secret that somebody else wrote: all of its text, or texts in its
 * JSON with the path of their fields.
 */
export function candidateValues(text: string): Array<{ readonly field: string | undefined; readonly value: string }> {
  const whole = text.trim();
  if (isNotIssued(whole)) return [];
  let parsed: unknown;
  try {
    parsed = parseStrictJson(whole);
  } catch (error) {
    // Which of the two is the value, nobody can tell.
    if (error instanceof DuplicateMemberError) return [];
    parsed = undefined;
  }
  if (typeof parsed !== "object" || parsed === null) {
    const value = typeof parsed === "string" ? parsed : whole;
    return CANDIDATE.test(value) ? [{ field: undefined, value }] : [];
  }
  const found: Array<{ field: string; value: string }> = [];
  const waiting: Array<[path: string, node: unknown]> = [["", parsed]];
  for (let next = waiting.shift(); next !== undefined && found.length < CANDIDATES_MAX; next = waiting.shift()) {
    const [path, node] = next;
    if (typeof node === "string" && CANDIDATE.test(node)) found.push({ field: path, value: node });
    if (typeof node !== "object" || node === null) continue;
    for (const [name, inner] of Object.entries(node)) waiting.push([path === "" ? name : `${path}.${name}`, inner]);
  }
  return found;
}
