import * as checks from "../checks";
import { tokenNotAllowed } from "../errors";
import { Declarations } from "../guardrails/declarations";
import type { IScopedKey, KeyReplica } from "../key/scoped-key";
import { StackResources } from "../stack-resources";
import { Construct, isToken } from "../terraform";
import { ReaderPolicies } from "./reader-policies";

/** A role that can be given rights: `IamRole`, `DataAwsIamRole`, or any object with a role's name. */
export interface IReader {
  readonly name: string;
}

/** Rights on one key's secret. */
export class KeyGrants {
  /** @internal */
  public readonly _readers: IReader[] = [];
  private readonly readerIds = new Set<string>();

  /**
   * @param kmsKeyArn of the key that encrypts the secret, where it has one of its own
   * @param replicas in other regions
   */
  public constructor(
    private readonly key: IScopedKey & Construct,
    private readonly kmsKeyArn: string | undefined,
    private readonly replicas: readonly KeyReplica[],
  ) {}

  /**
   * Lets the role read the key's value, here and in each region that it is replicated to, and decrypt it where the key or the replica declares a
   * KMS key. Twice the same role is once. Renders one `aws_iam_role_policy` for all keys that the stack lets the role read, and managed policies
   * where that has no room.
   */
  public read(role: IReader): void {
    checks.noValues(this.key, "name of the role", role.name);
    const roleId = Construct.isConstruct(role) ? role.node.path : role.name;
    if (isToken(roleId)) throw tokenNotAllowed(this.key, "name of the role");
    if (this.readerIds.has(roleId)) return;
    this.readerIds.add(roleId);
    this._readers.push(role);
    Declarations.of(this.key)._changed();
    const { secretArn, secretName } = this.key;
    const here = StackResources.of(this.key);
    ReaderPolicies.of(this.key, role).add(this.key, {
      secretName,
      copies: [
        { secretArn, region: here.region, kmsKeyArn: this.kmsKeyArn },
        ...this.replicas.map(({ region, kmsKeyArn }) => ({
          // Secrets Manager appends a hyphen and six characters to a name.
          secretArn: here.arnIn(region, "secretsmanager", `secret:${secretName}-??????`),
          region,
          kmsKeyArn,
        })),
      ],
    });
  }
}
