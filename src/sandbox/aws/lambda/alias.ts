import { randomUUID } from "node:crypto";
import { LambdaError } from "./error";

/** A name that leads to a version, or to `$LATEST`. */
export interface Alias {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly revisionId: string;
}

/**
 * The aliases of one function. https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html
 */
export class Aliases {
  readonly #byName = new Map<string, Alias>();

  constructor(private readonly functionArn: string) {}

  find(name: string): Alias | undefined {
    return this.#byName.get(name);
  }

  get(name: string): Alias {
    const found = this.#byName.get(name);
    if (found !== undefined) return found;
    throw new LambdaError(404, "ResourceNotFoundException", `Cannot find alias arn: ${this.functionArn}:${name}`);
  }

  all(): Alias[] {
    return [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  create(alias: Omit<Alias, "revisionId">): Alias {
    if (this.#byName.has(alias.name)) {
      throw new LambdaError(
        409,
        "ResourceConflictException",
        `Alias already exists: ${this.functionArn}:${alias.name}`,
      );
    }
    return this.#put(alias);
  }

  update(name: string, change: Partial<Pick<Alias, "version" | "description">>): Alias {
    return this.#put({ ...this.get(name), ...change });
  }

  /** AWS: to delete what is gone is success. */
  delete(name: string): void {
    this.#byName.delete(name);
  }

  describe({ name, version, description, revisionId }: Alias): Record<string, unknown> {
    return {
      AliasArn: `${this.functionArn}:${name}`,
      Name: name,
      FunctionVersion: version,
      Description: description,
      RevisionId: revisionId,
    };
  }

  #put(alias: Omit<Alias, "revisionId">): Alias {
    const stored = { ...alias, revisionId: randomUUID() };
    this.#byName.set(alias.name, stored);
    return stored;
  }
}
