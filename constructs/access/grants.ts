import { Declarations } from "../guardrails/declarations";
import type { KeyReplica } from "../key/replica";
import { StackResources } from "../stack-resources";
import type { IConstruct } from "../terraform";
import type { Grant } from "./grant";
import { type CheckedRole, checkedRole, type IGrantee } from "./grantee";
import { ReaderPolicies } from "./reader-policies";

/** @internal What a grant needs to know of a key. */
export interface GrantedKey extends IConstruct {
  readonly secretArn: string;
  readonly secretName: string;
}

/**
 * Rights on one key's secret.
 *
 * @example
 * key.grants.read(appRole);
 * key.grants.read({ roleName: "made-elsewhere" });
 */
export class KeyGrants {
  /** @internal */
  public readonly _readers: CheckedRole[] = [];
  private readonly grants = new Map<string, Grant>();

  /**
   * @internal
   * @param kmsKeyArn of the key that encrypts the secret, where it has one of its own
   * @param replicas in other regions
   */
  public constructor(
    private readonly key: GrantedKey,
    private readonly kmsKeyArn: string | undefined,
    private readonly replicas: readonly KeyReplica[],
  ) {}

  /**
   * Lets the role read the key's value, here and in each region that it is replicated to, and
   * decrypt it where the key or the replica declares a KMS key. Twice the same role is once.
   * Renders one `aws_iam_role_policy` for all keys that the stack lets the role read, and managed
   * policies where that has no room.
   *
   * Throws SK142 for what is no role, SK141 for a role's name that is a token, and SK168 where a
   * role reads more keys than its policies have room for.
   * @returns the right, for `dependsOn` of what needs it
   */
  public read(role: IGrantee): Grant {
    const reader = checkedRole(this.key, "grants.read", role);
    const given = this.grants.get(reader.id);
    if (given !== undefined) return given;
    const { secretArn, secretName } = this.key;
    const here = StackResources.of(this.key);
    const grant = ReaderPolicies.of(this.key, reader).add(this.key, {
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
    this.grants.set(reader.id, grant);
    this._readers.push(reader);
    Declarations.of(this.key)._changed();
    return grant;
  }
}
