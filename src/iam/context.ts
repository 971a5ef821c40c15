/**
 * What is known of a request beside principal, action and resource. Names of keys are the same in
 * upper and lower case.
 */
export class Context {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  /**
   * @param values by key; a key with several values is one that `ForAllValues` and `ForAnyValue`
   * ask about
   * @param complete whether a key that is not among them is absent from the request; otherwise
   * nobody can tell
   */
  public constructor(
    values: Readonly<Record<string, string | readonly string[]>>,
    private readonly complete: boolean,
  ) {
    this.#values = new Map(
      Object.entries(values).map(([key, value]) => [key.toLowerCase(), typeof value === "string" ? [value] : value]),
    );
  }

  /** Undefined: the request does not have it. */
  public get(key: string): readonly string[] | "unknown" | undefined {
    return this.#values.get(key.toLowerCase()) ?? (this.complete ? undefined : "unknown");
  }
}

/** Of a request of which nothing is known. */
export const NOTHING_KNOWN = new Context({}, false);
