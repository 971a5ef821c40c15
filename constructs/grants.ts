import { identityOf, pin } from "./addresses";
import * as checks from "./checks";
import { tokenNotAllowed } from "./errors";
import { Declarations } from "./guardrails/declarations";
import { readPolicy } from "./policies";
import type { IScopedKey } from "./scoped-key";
import { StackResources } from "./stack-resources";
import { Construct, IamRolePolicy, isToken } from "./terraform";

/** A role that can be given rights: `IamRole`, `DataAwsIamRole`, or any object with a role's name. */
export interface IReader {
  readonly name: string;
}

/** Rights on one key's secret. */
export class KeyGrants {
  /** @internal */
  public readonly _readers: IReader[] = [];

  /** @param kmsKeyArn of the key that encrypts the secret, where it has one of its own */
  public constructor(
    private readonly key: IScopedKey & Construct,
    private readonly kmsKeyArn: string | undefined,
  ) {}

  /**
   * Lets the role read the key's value, and decrypt it where the key declares a KMS key. Twice the same role is once.
   * Renders `aws_iam_role_policy`.
   */
  public read(role: IReader): void {
    checks.noValues(this.key, "name of the role", role.name);
    const roleId = Construct.isConstruct(role) ? role.node.path : role.name;
    if (isToken(roleId)) throw tokenNotAllowed(this.key, "name of the role");
    const id = `read-${roleId}`;
    if (this.key.node.tryFindChild(id) !== undefined) return;
    this._readers.push(role);
    Declarations.of(this.key)._changed();
    const { secretName } = this.key;
    const policy = new IamRolePolicy(this.key, id, {
      ...(isToken(secretName) ? {} : { name: `read-${secretName.replaceAll("/", "-")}`.slice(0, 128) }),
      role: role.name,
      policy: readPolicy(StackResources.of(this.key), this.key.secretArn, this.kmsKeyArn),
    });
    if (!isToken(secretName))
      pin(policy, [identityOf(Construct.isConstruct(role) ? role : role.name), secretName], "read");
  }
}
