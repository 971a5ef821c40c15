import { isAttributes } from "../../../src/review/attributes";

/**
 * One text for configurations that Terraform and AWS take for the same: absent, empty and null; a
 * block and a list of it; JSON however it is written; statements and lists of an IAM policy in any
 * order. Written apart from what review itself compares by.
 */
export function meaningOf(value: unknown): string {
  return JSON.stringify(normal(value)) ?? "none";
}

function normal(value: unknown): unknown {
  if (value === null || value === "") return undefined;
  if (typeof value === "string") return ofText(value);
  if (Array.isArray(value)) {
    const items = value.map(normal).filter((each) => each !== undefined);
    return items.length === 0 ? undefined : items.length === 1 ? items[0] : items;
  }
  if (!isAttributes(value)) return value;
  const pairs = Object.entries(value)
    .filter(([name]) => name !== "//")
    .map(([name, inner]) => [name, normal(inner)] as const)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

function ofText(text: string): unknown {
  // A local that holds JSON, with a blank behind it.
  if (/^\$\{local\.[\w-]+\}\s*$/.test(text)) return text.trim();
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    const parsed: unknown = JSON.parse(text);
    if (isAttributes(parsed) && Array.isArray(parsed["Statement"])) return { json: policy(parsed) };
    return { json: ordered(parsed) };
  } catch {
    return text;
  }
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (!isAttributes(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, ordered(inner)]),
  );
}

function policy(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = [...new Set(value.map((each) => JSON.stringify(policy(each))))].sort();
    return items.length === 1 ? JSON.parse(items[0] ?? "null") : items.map((each) => JSON.parse(each));
  }
  if (!isAttributes(value)) return value;
  return ordered(
    Object.fromEntries(
      Object.entries(value)
        // The name of a statement grants nothing.
        .filter(([name]) => name !== "Sid")
        .map(([name, inner]) => [name, policy(inner)]),
    ),
  );
}
