/** What the suite uses of its test runner: globals of Jest, and of Vitest with `globals: true`. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => void;
  readonly beforeEach: (body: () => void) => void;
  readonly test: Test;
  readonly expect: (actual: unknown) => Expectation;
}

export interface Test {
  (name: string, body: () => unknown): void;
  readonly each: {
    <Case extends readonly unknown[]>(cases: readonly Case[]): (name: string, body: (...args: Case) => unknown) => void;
    <Case>(cases: readonly Case[]): (name: string, body: (only: Case) => unknown) => void;
  };
}

export interface Expectation {
  readonly not: Expectation;
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
  toMatchObject(expected: object): void;
  toMatch(expected: RegExp): void;
  toContain(expected: unknown): void;
  toHaveLength(expected: number): void;
  toBeUndefined(): void;
  toBeGreaterThan(expected: number): void;
  toBeLessThanOrEqual(expected: number): void;
  toBeInstanceOf(expected: unknown): void;
  toThrow(expected: unknown): void;
}

const NEEDED = ["describe", "beforeEach", "test", "expect"] as const;

/** Of the runner that runs this file; no runner is imported, so that it may be any. */
export function testRunner(): TestRunner {
  const found = globalThis as unknown as TestRunner;
  const missing = NEEDED.filter((name) => typeof found[name] !== "function");
  if (missing.length === 0) return found;
  throw new Error(
    `The contract suite needs the globals ${NEEDED.join(", ")}, and has no ${missing.join(", ")}: run it in a test file of Jest, or of Vitest with "globals: true".`,
  );
}
