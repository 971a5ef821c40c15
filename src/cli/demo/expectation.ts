/** A step did not show what it is there to show. */
export class Unexpected extends Error {
  constructor(
    readonly expected: string,
    readonly found: string,
  ) {
    super(`expected ${expected}; found ${found}`);
    this.name = "Unexpected";
  }
}

/** @throws Unexpected unless both are the same */
export function expectSame(what: string, found: unknown, expected: unknown): void {
  if (found !== expected) throw new Unexpected(`${what}: ${String(expected)}`, String(found));
}

/** @throws Unexpected unless some line matches */
export function expectLine(lines: readonly string[], pattern: RegExp): void {
  if (lines.some((line) => pattern.test(line))) return;
  throw new Unexpected(`a line like ${pattern.source}`, `\n${lines.slice(-40).join("\n")}`);
}
