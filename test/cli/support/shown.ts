import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "../../..");

/**
 * Expects that a page shows what a command printed: in a block that begins with the command after
 * `$ `. With `UPDATE_DOCS=1` in the environment the page is corrected instead.
 */
export function expectShown(page: string, command: string, output: string): void {
  const file = join(ROOT, page);
  const text = readFileSync(file, "utf8");
  const start = text.indexOf(`\`\`\`console\n$ ${command}\n`);
  if (start < 0) throw new Error(`${page} has no block that begins with "$ ${command}".`);
  const from = text.indexOf("\n$ ", start) + `\n$ ${command}\n`.length;
  const to = text.indexOf("```", from);
  const printed = output.endsWith("\n") || output === "" ? output : `${output}\n`;
  if (process.env["UPDATE_DOCS"] === "1") writeFileSync(file, text.slice(0, from) + printed + text.slice(to));
  else expect(text.slice(from, to)).toBe(printed);
}

/** What is written to it. */
export class Written {
  text = "";
  constructor(readonly isTTY = false) {}

  write(text: string): void {
    this.text += text;
  }
}
