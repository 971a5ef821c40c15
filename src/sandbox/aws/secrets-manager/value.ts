import { parseSecretPayload } from "../../../model/secret-payload";
import { invalidParameter, invalidRequest } from "./errors";

/** AWS: both kinds of value have at most 65,536 bytes. */
export const VALUE_MAX_BYTES = 65_536;

/** One secret value: a text, or bytes in base64. */
export type SecretValue = { readonly SecretString: string } | { readonly SecretBinary: string };

export interface ValueInput {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: string | undefined;
}

/** The value in a request, or undefined where it has none. */
export function givenValue(input: ValueInput): SecretValue | undefined {
  const { SecretString, SecretBinary } = input;
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw invalidParameter(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  }
  if (SecretString !== undefined) {
    checkLength("secretString", Buffer.byteLength(SecretString));
    return { SecretString };
  }
  if (SecretBinary !== undefined) {
    const bytes = Buffer.from(SecretBinary, "base64");
    checkLength("secretBinary", bytes.length);
    return { SecretBinary: bytes.toString("base64") };
  }
  return undefined;
}

export function requiredValue(input: ValueInput): SecretValue {
  const value = givenValue(input);
  if (value === undefined) throw invalidRequest("You must provide either SecretString or SecretBinary.");
  return value;
}

export function sameValue(a: SecretValue, b: SecretValue): boolean {
  if ("SecretString" in a) return "SecretString" in b && a.SecretString === b.SecretString;
  return "SecretBinary" in b && a.SecretBinary === b.SecretBinary;
}

/**
 * Every text that must not be seen: the value itself and, where it is JSON, each string in it. What
 * a payload of ours says about its vendor key is no secret: ids stand in paths and logs.
 */
export function textsOf(value: SecretValue): string[] {
  if ("SecretBinary" in value) return [value.SecretBinary, Buffer.from(value.SecretBinary, "base64").toString("utf8")];
  const texts = [value.SecretString];
  try {
    const ours = parseSecretPayload(value.SecretString);
    const known = new Set(
      ours === undefined ? [] : [ours.vendor, ours.keyId, ours.baseUrl, ours.issuedAt, ours.expiresAt],
    );
    const found: string[] = [];
    collectStrings(JSON.parse(value.SecretString), found);
    texts.push(...found.filter((text) => !known.has(text)));
  } catch {
    // Not JSON: the text is the value.
  }
  return texts;
}

function collectStrings(node: unknown, into: string[]): void {
  if (typeof node === "string") into.push(node);
  else if (typeof node === "object" && node !== null) {
    for (const [name, child] of Object.entries(node)) {
      // A credential's type, such as Google's "service_account", says what it is, not what it
      // holds, and stands in paths.
      if (name !== "type") collectStrings(child, into);
    }
  }
}

function checkLength(member: string, lengthBytes: number): void {
  if (lengthBytes >= 1 && lengthBytes <= VALUE_MAX_BYTES) return;
  throw invalidParameter(
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must have length between 1 and ${VALUE_MAX_BYTES} bytes`,
  );
}
