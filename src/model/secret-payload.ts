import * as v from "valibot";

/** The secret's JSON; ECS and Lambda can select single fields of it. Times are ISO 8601 in UTC. */
export const secretPayloadSchema = v.looseObject({
  apiKey: v.pipe(v.string(), v.minLength(1)),
  vendor: v.string(),
  /** Id of the vendor key. */
  keyId: v.pipe(v.string(), v.minLength(1)),
  baseUrl: v.string(),
  issuedAt: v.string(),
  expiresAt: v.string(),
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
