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

function matches(secret: Secret, key: Filter["Key"], value: string, region: string): boolean {
  const description = secret.description ?? "";
  const startsLike = (text: string) => text.toLowerCase().startsWith(value.toLowerCase());
  switch (key) {
    case "name":
      return secret.name.startsWith(value);
    case "description":
      return startsLike(description);
    case "tag-key":
      return [...secret.tags.keys()].some((tag) => tag.startsWith(value));
    case "tag-value":
      return [...secret.tags.values()].some((tag) => tag.startsWith(value));
    case "primary-region":
      return region.startsWith(value);
    case "owning-service":
      return value === "";
    case "all": {
      const words = value.toLowerCase().split(/[\s/_+=.@-]+/);
      const texts = [secret.name, description, ...secret.tags.keys(), ...secret.tags.values()].map((t) =>
        t.toLowerCase(),
      );
      return words.every((word) => texts.some((text) => text.includes(word)));
    }
  }
}
