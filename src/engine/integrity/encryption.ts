import { kmsKeyUnusable } from "../../model/errors";
import { secretName } from "../../model/names";
import { isoTime } from "../../model/units";
import { errorSummary } from "../error-summary";
import type { EncryptedWith, Engine, KmsKey, KmsKeys, SecretState } from "../ports";

/**
 * What keeps a secret's value, or that of a replica, from being read; empty where nothing does. No
 * apply heals it.
 */
export interface Encryption {
  /** What was seen, in words. */
  readonly broken: readonly string[];
  /** What nobody could look at, in words. */
  readonly unknown: readonly string[];
}

export const ENCRYPTION_FINE: Encryption = { broken: [], unknown: [] };

/**
 * Asks for the state of each KMS key that the account has chosen for the secret; of others Secrets
 * Manager takes care.
 */
export async function readEncryption(kmsKeys: KmsKeys, secret: SecretState | undefined): Promise<Encryption> {
  if (secret === undefined) return ENCRYPTION_FINE;
  const { failedReplicas = [], encryptedWith = [] } = secret;
  const broken = failedReplicas.map(({ region, why }) => `its replica in ${region} is not in step: ${why}`);
  const unknown: string[] = [];
  const account = accountOf(secret.arn);
  for (const by of encryptedWith) {
    try {
      const found = await kmsKeys.describe(by.kmsKey, by.region);
      const fault = faultOf(found);
      if (fault !== undefined) broken.push(sentence(by, account, found, fault));
    } catch (error) {
      unknown.push(`whether ${named(by, account)} can be used is not known: ${errorSummary(error)}`);
    }
  }
  return { broken, unknown };
}

/**
 * Throws SK290 where KMS says that no value can be stored now: what would be minted could not be
 * kept. What KMS does not say is tried. A replica that cannot be written keeps nobody from storing
 * a value.
 */
export async function checkStorable({ secrets, kmsKeys, prefix }: Engine, key: string): Promise<void> {
  const name = secretName(prefix, key);
  const secret = await secrets.describe(name);
  if (secret === undefined) return;
  const own = (secret.encryptedWith ?? []).filter(({ region }) => region === undefined);
  const { broken } = await readEncryption(kmsKeys, { ...secret, failedReplicas: [], encryptedWith: own });
  if (broken.length > 0) throw kmsKeyUnusable(name, broken.join("; "));
}

/** What it is, and what to do. */
interface Fault {
  readonly is: string;
  readonly remedy: string;
}

function faultOf(key: KmsKey | undefined): Fault | undefined {
  if (key === undefined) return { is: "does not exist any more", remedy: "encrypt the secret with another key" };
  switch (key.state) {
    case "Enabled":
    // AWS: a key goes on working meanwhile.
    case "Updating":
      return undefined;
    case "Disabled":
      return { is: "is disabled", remedy: `aws kms enable-key --key-id ${key.arn}` };
    case "PendingDeletion": {
      const at = key.deletionAt === undefined ? "" : ` on ${isoTime(key.deletionAt)}`;
      const remedy = `aws kms cancel-key-deletion --key-id ${key.arn}, then aws kms enable-key --key-id ${key.arn}`;
      return { is: `is to be deleted${at}`, remedy };
    }
    default:
      return { is: `is in state ${key.state}`, remedy: "make the key usable again" };
  }
}

function sentence(by: EncryptedWith, account: string, key: KmsKey | undefined, { is, remedy }: Fault): string {
  const there = by.region === undefined ? "" : " there";
  const what = named({ ...by, kmsKey: key?.arn ?? by.kmsKey }, account);
  return `${what} ${is}; nobody can read its value${there} (${remedy})`;
}

/** With the account, where the key is another's. */
function named({ kmsKey, region }: EncryptedWith, account: string): string {
  const other = kmsKey.startsWith("arn:") && accountOf(kmsKey) !== account ? ` of account ${accountOf(kmsKey)}` : "";
  return `the KMS key ${kmsKey}${other}${region === undefined ? "" : ` of its replica in ${region}`}`;
}

function accountOf(arn: string): string {
  return arn.split(":")[4] ?? "";
}
