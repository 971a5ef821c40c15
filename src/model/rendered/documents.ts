import { issuerBase } from "../names";
import { parseStrictJson } from "../strict-json";

/**
 * One text for IAM policy documents that mean the same: names of statements, the order of
 * statements and of lists, and lists of one play no part. Undefined for what is no document that
 * the constructs would write.
 */
export function canonicalDocument(text: unknown): string | undefined {
  const parsed = typeof text === "string" ? documentOf(text) : undefined;
  if (!isObject(parsed)) return undefined;
  const { Version, Statement, ...rest } = parsed;
  if (Version !== "2012-10-17" || !Array.isArray(Statement) || Object.keys(rest).length > 0) return undefined;
  const statements = Statement.map((statement) => {
    if (!isObject(statement)) return undefined;
    const { Sid: _, ...meant } = statement;
    return meant["Effect"] === "Allow" || meant["Effect"] === "Deny" ? JSON.stringify(unordered(meant)) : undefined;
  });
  return statements.includes(undefined) ? undefined : statements.sort().join("\n");
}

/**
 * Statements of a document that the constructs might write, each without its name; none of any
 * other text.
 */
// biome-ignore lint/suspicious/noExplicitAny: whoever asks looks into it
export function statementsIn(text: unknown): any[] {
  const lines = (canonicalDocument(text) ?? "").split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line));
}

/**
 * The same text without the names that follow from an issuer's prefix: a renamed issuer may do no
 * more than before.
 */
export function unnamed(text: string, prefix: string): string {
  if (prefix === "") return text;
  const escaped = [prefix, issuerBase(prefix)].map((name) => name.replace(/[^A-Za-z0-9]/g, "\\$&"));
  return text
    .replace(new RegExp(`(?<=[":])${escaped[0]}(?=["/#])`, "g"), "PREFIX")
    .replace(new RegExp(`(?<=[:/])${escaped[1]}(?=controller|observer|ledger)`, "g"), "NAME-");
}

/**
 * Undefined where a member is there twice as well: who reads such a text takes one or the other.
 */
function documentOf(text: string): unknown {
  try {
    return parseStrictJson(text);
  } catch {
    return undefined;
  }
}

function unordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(unordered);
    const texts = items.map((item) => JSON.stringify(item));
    return items.length === 1 ? items[0] : [...texts].sort().map((text) => JSON.parse(text));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, unordered(inner)]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
