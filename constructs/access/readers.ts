import type { StackResources } from "../stack-resources";
import type { CheckedRole } from "./grantee";

/** Who may read a key beside the roles that this app grants it. */
export interface DeclaredReaders {
  /**
   * Names of roles of this account that are granted the key elsewhere: by another repository, or
   * with a name that this program does not know at synthesis.
   * @default - none
   */
  readonly elsewhere?: readonly string[];
  /**
   * Names of roles of this account that people take in an emergency, and that may read the key
   * then.
   * @default - none
   */
  readonly breakGlass?: readonly string[];
}

/**
 * Who may read a key's value.
 *
 * @example
 * Readers.declaredOnly({ elsewhere: ["batch"], breakGlass: ["break-glass"] });
 */
export class Readers {
  /** Whoever IAM lets: a policy somewhere in the account is enough. */
  public static whoeverIamLets(): Readers {
    return new Readers(undefined);
  }

  /**
   * The secret's own policy denies its value to everybody but the issuer's controller and the roles
   * that are declared: by `key.grants.read(role)` on the key, or on the same key by
   * `ScopedKey.fromAttributes` in the same app, and those named here. What a deploy and a destroy
   * do is left as it is.
   */
  public static declaredOnly(readers: DeclaredReaders = {}): Readers {
    return new Readers([...(readers.elsewhere ?? []), ...(readers.breakGlass ?? [])]);
  }

  private constructor(
    /** @internal undefined: whoever IAM lets */
    public readonly _roles: readonly string[] | undefined,
  ) {}
}

/**
 * @internal A role's name is unique in its account; its ARN has its path as well, which nobody
 * needs to know here.
 */
export function readerArns(here: StackResources, names: readonly string[]): string[] {
  return [...new Set(names)].flatMap((name) => [here.roleArn(name), here.roleArn(`*/${name}`)]);
}

/**
 * @internal A reader's name as text, where it is known: a reference would tie the secret to another
 * stack.
 */
export function nameOfReader({ name, construct }: CheckedRole): string {
  const given: unknown = construct === undefined ? undefined : Reflect.get(construct, "nameInput");
  return typeof given === "string" ? given : name;
}
