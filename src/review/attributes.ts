import { DuplicateMemberError, parseStrictJson } from "../model/strict-json";

export type Attributes = Readonly<Record<string, unknown>>;

export function text(attributes: Attributes, name: string): string | undefined {
  const value = attributes[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Blocks come as an object or as a list of one, by who wrote the JSON. */
export function blocks(attributes: Attributes, name: string): Attributes[] {
  const value = attributes[name];
  return (Array.isArray(value) ? value : [value]).filter(isAttributes);
}

export function texts(attributes: Attributes, name: string): string[] {
  const value = attributes[name];
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]).filter((each) => typeof each === "string");
}

export function isAttributes(value: unknown): value is Attributes {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Undefined where it is no JSON. Throws DuplicateMemberError: what is reviewed has to be what is
 * applied.
 */
export function json(source: string): unknown {
  try {
    return parseStrictJson(source);
  } catch (error) {
    if (error instanceof SyntaxError && !(error instanceof DuplicateMemberError)) return undefined;
    throw error;
  }
}

/** One text for values that mean the same. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isAttributes(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

export function tagsOf(values: Attributes): Record<string, string> {
  const tags = values["tags"];
  if (!isAttributes(tags)) return {};
  const pairs = Object.entries(tags).filter((pair): pair is [string, string] => typeof pair[1] === "string");
  return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function grouped<T, K extends string = string>(items: Iterable<T>, by: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const name = by(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}
