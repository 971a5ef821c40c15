/** A copy of a key's secret in another region. */
export interface KeyReplica {
  /** Region of the copy, e.g. `eu-west-1`; other than that of the secret. No token. */
  readonly region: string;
  /**
   * ARN of the KMS key, in that region, that encrypts the replica.
   * @default - the account's own key for Secrets Manager
   */
  readonly kmsKeyArn?: string;
}
