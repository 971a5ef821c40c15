/** A word as every POSIX shell, zsh and fish read it back. */
export function quoted(text: string): string {
  // fish keeps the meaning of a backslash within single quotes, so it stands outside of them.
  if (/^[A-Za-z0-9_./:@%+=,-]+$/.test(text)) return text;
  return `'${text.replace(/['\\]/g, (char) => `'${char === "'" ? '"\'"' : "\\\\"}'`)}'`;
}
