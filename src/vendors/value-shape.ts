import { shapeOf } from "../model/key-formats";

/** Whose keys have values of that form: ids of vendors, and names of others. */
export function shapedAs(value: string): readonly string[] {
  const shape = shapeOf(value);
  return shape === undefined ? [] : [...shape.vendors, ...shape.foreign];
}

/** Whose keys stand in a text, alone or among other words. */
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
