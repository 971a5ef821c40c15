import { resourceId, secretName } from "./names";
import { isoSeconds } from "./units";

/** A secret that somebody deleted, and that AWS keeps until its recovery window ends. */
export interface ScheduledDeletion {
  readonly arn: string;
  /** Unix seconds: AWS's `DeletedDate`. */
  readonly deletedDate: number;
  /** As its tag says. */
  readonly issuer?: string;
}

/** Terraform's address of a key's secret, in the stack that declares the key. */
export function secretAddress(prefix: string, key: string): string {
  return `aws_secretsmanager_secret.${resourceId([prefix, key], "secret")}`;
}

/**
 * What it is, without a full stop. Terraform has dropped it from its state, and AWS refuses to make
 * another of its name.
 */
export function scheduledWords({ deletedDate }: ScheduledDeletion): string {
  return `is scheduled for deletion (DeletedDate ${isoSeconds(deletedDate)}), and Terraform cannot make it again`;
}

/** The two commands that bring it back, without a full stop. */
export function restoreWords(prefix: string, key: string, { arn }: ScheduledDeletion): string {
  const region = arn.split(":")[3] ?? "";
  const restore = `aws secretsmanager restore-secret --secret-id ${secretName(prefix, key)} --region ${region}`;
  return `run "${restore}", then in the stack's folder "terraform import ${secretAddress(prefix, key)} ${arn}", then apply`;
}
