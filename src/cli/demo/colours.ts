// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they are made of
const COLOURS = /\x1b\[[0-9;]*m/g;

export function withoutColours(text: string): string {
  return text.replace(COLOURS, "");
}
