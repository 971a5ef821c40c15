/** How the secret of an admin key is encrypted. */
export interface AdminKeyOptions {
  /**
   * ARN of the KMS key that encrypts the secret.
   * @default - the account's own key for Secrets Manager, which needs no permission
   */
  readonly kmsKeyArn?: string;
}

/**
 * Reference to the secret that holds a vendor's admin key. Made by hand, in the issuer's account
 * and region; only the functions read it, Terraform never does.
 *
 * @example
 * AdminKey.fromSecretName("ai/admin/openai");
 */
export class AdminKey {
  /**
   * @param secretName of a secret in the account and the region of the issuer, e.g.
   * `ai/admin/openai`. Checked by the issuer: SK155, and SK153 where it lies under the issuer's
   * prefix.
   */
  public static fromSecretName(secretName: string, options: AdminKeyOptions = {}): AdminKey {
    return new AdminKey(secretName, undefined, options.kmsKeyArn);
  }

  /**
   * @param secretArn complete ARN, with the six characters that Secrets Manager appends to the
   * name; may be a token
   */
  public static fromSecretArn(secretArn: string, options: AdminKeyOptions = {}): AdminKey {
    return new AdminKey(undefined, secretArn, options.kmsKeyArn);
  }

  private constructor(
    /** @internal */
    public readonly _secretName: string | undefined,
    /** @internal */
    public readonly _secretArn: string | undefined,
    /** @internal */
    public readonly _kmsKeyArn: string | undefined,
  ) {}
}
