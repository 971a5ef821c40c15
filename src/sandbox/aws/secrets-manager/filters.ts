import type { Filter } from "./schemas";
import type { Secret } from "./store";

/** All filters must match; of one filter's values, one. A leading `!` negates a value. */
export function matchesFilters(secret: Secret, filters: readonly Filter[], region: string): boolean {
  return filters.every(({ Key, Values }) =>
    Values.some((value) =>
      value.startsWith("!") ? !matches(secret, Key, value.slice(1), region) : matches(secret, Key, value, region),
    ),
  );
}

/**
 * Names and tags are matched from their first letter on, as written; descriptions and all together
 * by words.
 */
function matches(secret: Secret, key: Filter["Key"], value: string, region: string): boolean {
  const texts = [secret.name, secret.description ?? "", ...secret.tags.keys(), ...secret.tags.values()];
  switch (key) {
    case "name":
      return secret.name.startsWith(value);
    case "description":
      return hasWords([secret.description ?? ""], value);
    case "tag-key":
      return [...secret.tags.keys()].some((tag) => tag.startsWith(value));
    case "tag-value":
      return [...secret.tags.values()].some((tag) => tag.startsWith(value));
    case "primary-region":
      return primaryRegionOf(secret, region)?.startsWith(value) ?? false;
    case "owning-service":
      // No service owns a secret here.
      return false;
    case "all":
      return hasWords(texts, value);
  }
}

/** Where the primary of a secret lies that has replicas or is one. */
export function primaryRegionOf(secret: Secret, region: string): string | undefined {
  return secret.primaryRegion ?? (secret.replicas.size === 0 ? undefined : region);
}

/** Whether each word of the value begins a word of one text, in capitals or not. */
function hasWords(texts: readonly string[], value: string): boolean {
  const wanted = wordsIn(value);
  return (
    wanted.length > 0 &&
    texts.some((text) => {
      const words = wordsIn(text);
      return wanted.every((start) => words.some((word) => word.startsWith(start)));
    })
  );
}

/**
 * Words end at blanks, before capitals, and at one of the characters that names may have besides
 * letters and digits; where a text has two kinds of these, none of them ends a word. Observed on
 * AWS, which documents no more than "words".
 */
function wordsIn(text: string): string[] {
  const separators = new Set(text.match(/[/+_=.@-]/g));
  const [separator] = separators;
  return text
    .split(/\s+/)
    .flatMap((part) => (separators.size === 1 && separator !== undefined ? part.split(separator) : [part]))
    .flatMap((part) => (separators.size > 1 ? [part] : part.split(/(?<=[^A-Z])(?=[A-Z])/)))
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase());
}
