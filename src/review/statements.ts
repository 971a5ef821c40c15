import { unnamed } from "../model/rendered/documents";
import { type Attributes, blocks, canonical, isAttributes, json } from "./attributes";
import type { Rights } from "./direction";

export const NO_RIGHTS: Rights = { allow: [], deny: [] };

/** Statements of a policy document; undefined where the text is none. */
function statementsOf(document: string): Attributes[] | undefined {
  const parsed = json(document);
  return isAttributes(parsed) ? blocks(parsed, "Statement") : undefined;
}

/**
 * Undefined where the text is no policy.
 * @param prefix of the issuer: names that follow from it are left out, since a renamed issuer may
 * do no more than before
 */
export function rightsOf(document: string, prefix: string): Rights | undefined {
  const statements = statementsOf(unnamed(document, prefix));
  if (statements === undefined) return undefined;
  const of = (effect: string) =>
    statements
      .filter((statement) => statement["Effect"] === effect)
      .map(normal)
      .sort();
  return { allow: of("Allow"), deny: of("Deny") };
}

/**
 * The name of a statement grants nothing; lists of one and their only entry, and orders of lists,
 * mean the same.
 */
function normal(statement: Attributes): string {
  const { Sid: _, ...rest } = statement;
  return canonical(unordered(rest));
}

function unordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(unordered);
    return items.length === 1 ? items[0] : items.sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1));
  }
  if (!isAttributes(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, unordered(inner)]));
}
