/**
 * The text as a part of a regular expression that matches it and nothing else; not for the inside
 * of brackets.
 */
export function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
