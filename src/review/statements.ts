import { unnamed } from "../model/rendered/documents";
import type { Rights } from "./order";
import { type Attributes, blocks, canonical, isAttributes, json, texts } from "./resources";

export const NO_RIGHTS: Rights = { allow: [], deny: [] };

/** Statements of a policy document; undefined where the text is none. */
function statementsOf(document: string): Attributes[] | undefined {
  const parsed = json(document);
  return isAttributes(parsed) ? blocks(parsed, "Statement") : undefined;
}

/**
 * Undefined where the text is no policy.
 * @param prefix of the issuer: names that follow from it are left out, since a renamed issuer may do no more than before
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

/** The name of a statement grants nothing; lists of one and their only entry, and orders of lists, mean the same. */
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

/** What a statement lets read, and under which conditions. */
export interface ReadGrant {
  readonly resources: readonly string[];
  /** Canonical text; undefined where there are none. */
  readonly conditions: string | undefined;
}

const READ = "secretsmanager:getsecretvalue";

/** Grants of a policy that let read secrets' values. */
export function readGrantsOf(document: string): ReadGrant[] {
  return (statementsOf(document) ?? []).filter(letsRead).map((statement) => ({
    resources: statement["NotResource"] === undefined ? texts(statement, "Resource") : ["*"],
    conditions: statement["Condition"] === undefined ? undefined : canonical(unordered(statement["Condition"])),
  }));
}

function letsRead(statement: Attributes): boolean {
  if (statement["Effect"] !== "Allow") return false;
  const not = texts(statement, "NotAction");
  if (not.length > 0) return !not.some((action) => matches(action.toLowerCase(), READ));
  return texts(statement, "Action").some((action) => matches(action.toLowerCase(), READ));
}

/** Whether a pattern of IAM's, with `*` and `?`, fits a text. In linear memory and without backtracking over more than one `*`. */
export function matches(pattern: string, subject: string): boolean {
  let p = 0;
  let s = 0;
  let star = -1;
  let resume = 0;
  while (s < subject.length) {
    if (pattern[p] === "*") {
      star = p++;
      resume = s;
    } else if (pattern[p] === "?" || pattern[p] === subject[s]) {
      p++;
      s++;
    } else if (star >= 0) {
      p = star + 1;
      s = ++resume;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
