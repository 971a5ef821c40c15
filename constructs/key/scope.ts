/**
 * Something that a key may do at its vendor. Made by the vendor's own class, e.g. `OpenAiScope`.
 *
 * @example
 * OpenAiScope.of("api.model.read").value;
 */
export abstract class Scope {
  /** Id of the vendor, e.g. `openai`. */
  public readonly vendor: string;
  /** The scope as the vendor spells it. */
  public readonly value: string;
  /** Whether the vendor's list of known scopes is not asked. */
  public readonly custom: boolean;

  protected constructor(vendor: string, value: string, custom: boolean) {
    this.vendor = vendor;
    this.value = value;
    this.custom = custom;
  }

  /** The scope as the vendor spells it. */
  public toString(): string {
    return this.value;
  }
}
