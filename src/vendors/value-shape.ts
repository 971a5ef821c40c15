import { vendorDescriptors } from "./descriptors";

/** What follows the prefix: less would be a word. */
const REST = /^[A-Za-z0-9_.+/=-]{16,}$/;

/** Vendors whose keys have values of that shape: the longest prefix counts, which several may share. */
export function shapedAs(value: string): readonly string[] {
  const found = vendorDescriptors.flatMap(({ id, valuePrefixes }) =>
    valuePrefixes
      .filter((prefix) => value.startsWith(prefix) && REST.test(value.slice(prefix.length)))
      .map((prefix) => ({ id, length: prefix.length })),
  );
  const longest = Math.max(0, ...found.map(({ length }) => length));
  return [...new Set(found.filter(({ length }) => length === longest).map(({ id }) => id))];
}

/** Vendors whose keys stand in a text, alone or among other words. */
export function keysIn(text: string): readonly string[] {
  return [
    ...new Set(
      text
        .split(/[^A-Za-z0-9_.+/=-]+/)
        .flatMap((word) => [word, ...word.split(/[=/]/)])
        .flatMap(shapedAs),
    ),
  ];
}
