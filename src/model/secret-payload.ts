import * as v from "valibot";

/** As `toISOString` writes it. Anything else becomes no time in the ledger, and a record that nobody can read. */
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
  keyId: v.pipe(v.string(), v.minLength(1)),
  baseUrl: v.string(),
  issuedAt: time,
  expiresAt: time,
});
export type SecretPayload = v.InferOutput<typeof secretPayloadSchema>;

/** Undefined where the text is not one of our payloads, e.g. because somebody edited the secret by hand. */
export function parseSecretPayload(text: string): SecretPayload | undefined {
  try {
    const result = v.safeParse(secretPayloadSchema, JSON.parse(text));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}
