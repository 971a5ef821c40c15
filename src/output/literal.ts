import { escapedInJson } from "../model/characters";

/**
 * A string literal of TypeScript, and a double-quoted scalar of YAML: read back, it is the text as
 * it was.
 */
export function quoted(text: string): string {
  return escapedInJson(JSON.stringify(text));
}
