/**
 * Members of requests that carry a value, code or a capability; the journal says only that they
 * were there.
 */
const WITHHELD = new Set([
  "SecretString",
  "SecretBinary",
  "ZipFile",
  "RotationToken",
  "CiphertextBlob",
  "Plaintext",
  "Payload",
]);
const MAX_LENGTH = 2_000;
/** How a text ends that was cut. */
export const CUT_MARK = /… \(\d+ characters\)$/;

/**
 * A request or result small enough for the journal: parsed where it is JSON, cut where it is long.
 */
export function summarise(body: string): unknown {
  if (body === "") return undefined;
  let parsed: unknown;
  try {
    parsed = withhold(JSON.parse(body));
  } catch {
    return cut(body);
  }
  const text = JSON.stringify(parsed);
  return text.length <= MAX_LENGTH ? parsed : cut(text);
}

function cut(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH)}… (${text.length} characters)`;
}

function withhold(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withhold);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, WITHHELD.has(name) ? "[withheld]" : withhold(item)]),
  );
}
