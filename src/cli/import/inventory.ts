import type { Granted } from "../../model/granted";

/**
 * What there is already. Times are ISO 8601; texts from outside are as `plain` makes them. Holds no
 * value.
 */
export interface Inventory {
  readonly vendor?: string;
  readonly keys: readonly FoundKey[];
  readonly secrets: readonly FoundSecret[];
  /** Secrets whose values could not be read, or not all of it, with the reason. */
  readonly unread: ReadonlyArray<{ readonly name: string; readonly reason: string }>;
}

export interface FoundKey {
  readonly id: string;
  readonly name: string;
  readonly createdAt?: string;
  readonly lastUsedAt?: string;
  readonly expiresAt?: string;
  readonly disabled: boolean;
  readonly ownerId?: string;
  readonly granted?: Granted;
  /** What the vendor made it for, where no program uses it. */
  readonly madeFor?: string;
  /** Its secret, where a declared key has it: `ai-keys/openai/summariser`. */
  readonly declaredAs?: string;
}

export interface FoundSecret {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  /**
   * Where it looks like a key: `name`, `description`, `tag team`, `value`, `field OPENAI_API_KEY`.
   */
  readonly because: readonly string[];
  /** Vendors that it looks like; empty where it could be any's. */
  readonly vendors: readonly string[];
  /**
   * What it cannot be told from: values of the same form, or names of others. Empty where something
   * tells for certain.
   */
  readonly notToldFrom: readonly string[];
  readonly createdAt?: string;
  readonly changedAt?: string;
  readonly readAt?: string;
  readonly kmsKeyId?: string;
  readonly tags: ReadonlyArray<{ readonly name: string; readonly value: string }>;
  /** Somebody's function rotates it. */
  readonly rotates: boolean;
  /** A declared key has it already. */
  readonly declared: boolean;
}
