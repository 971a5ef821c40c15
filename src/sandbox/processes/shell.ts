/** A word as every POSIX shell, zsh and fish read it back. */
export function quoted(text: string): string {
  // zsh reads `=ls`, and fish `%self`, as something else: what stands bare is what no shell gives a
  // meaning.
  if (/^[A-Za-z0-9_./:-]+$/.test(text)) return text;
  // fish keeps the meaning of a backslash within single quotes, so it stands outside of them.
  return `'${text.replace(/['\\]/g, (char) => `'${char === "'" ? '"\'"' : "\\\\"}'`)}'`;
}
