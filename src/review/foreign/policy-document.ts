import { holdsUnknown } from "../../iam";
import { parseStrictJson } from "../../model/strict-json";
import { type Attributes, blocks, isAttributes, text } from "../attributes";

/**
 * The JSON that `aws_iam_policy_document` makes; undefined where that cannot be told. A statement
 * that another may replace, since both have one name, denies nothing for certain and is left out if
 * it denies.
 */
export function documentOf(body: unknown): string | undefined {
  if (!isAttributes(body) || body["dynamic"] !== undefined) return undefined;
  if (!list(body["statement"]).every(isAttributes)) return undefined;
  const others = [...list(body["source_policy_documents"]), ...list(body["override_policy_documents"])];
  others.push(...["source_json", "override_json"].flatMap((name) => list(body[name])));
  const statements = blocks(body, "statement").map(statementOf);
  for (const other of others) {
    const found = typeof other === "string" ? statementsOf(other) : undefined;
    if (found === undefined) return undefined;
    statements.push(...found);
  }
  const names: unknown[] = statements.map((statement) => statement["Sid"]).filter((sid) => sid !== undefined);
  const twice = new Set<unknown>(names.filter((sid, i) => names.indexOf(sid) !== i));
  const kept = statements.filter((statement) => statement["Effect"] === "Allow" || !twice.has(statement["Sid"]));
  return JSON.stringify({ Version: text(body, "version") ?? "2012-10-17", Statement: kept });
}

function list(value: unknown): unknown[] {
  return value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
}

function statementsOf(document: string): Attributes[] | undefined {
  try {
    const parsed = parseStrictJson(document);
    if (!isAttributes(parsed)) return undefined;
    const statements = list(parsed["Statement"]);
    return statements.every(isAttributes) ? (statements as Attributes[]) : undefined;
  } catch {
    return undefined;
  }
}

/** As `&{aws:username}` is written for a variable of the policy. */
function variables(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/&\{/g, "${");
  return Array.isArray(value) ? value.map(variables) : value;
}

function statementOf(written: Attributes): Attributes {
  const of = (name: string) => {
    const value = written[name];
    return value === undefined || value === null || (Array.isArray(value) && value.length === 0)
      ? undefined
      : variables(value);
  };
  const members = {
    Sid: text(written, "sid"),
    Effect: text(written, "effect") ?? "Allow",
    Action: of("actions"),
    NotAction: of("not_actions"),
    Resource: of("resources"),
    NotResource: of("not_resources"),
    Principal: principals(written, "principals"),
    NotPrincipal: principals(written, "not_principals"),
    Condition: conditions(written),
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function principals(written: Attributes, name: string): unknown {
  const found = blocks(written, name);
  if (found.length === 0) return undefined;
  const kinds = found.map((each) => [text(each, "type") ?? "", list(each["identifiers"])] as const);
  if (kinds.some(([kind, who]) => kind === "*" && who.includes("*"))) return "*";
  const merged = new Map<string, unknown[]>();
  for (const [kind, who] of kinds) merged.set(kind, [...(merged.get(kind) ?? []), ...who]);
  return Object.fromEntries(merged);
}

function conditions(written: Attributes): unknown {
  const found = blocks(written, "condition");
  if (found.length === 0) return undefined;
  const merged: Record<string, Record<string, unknown>> = {};
  for (const each of found) {
    const [test, variable] = [text(each, "test") ?? "", text(each, "variable") ?? ""];
    // Of one that is not known, nobody can tell what it asks.
    const operator = holdsUnknown(test) ? "Unknown" : test;
    merged[operator] = { ...merged[operator], [variable]: variables(each["values"]) };
  }
  return merged;
}
