import { decryptionFailed, encryptionFailed } from "./errors";
import type { Secret } from "./store";
import { MANAGED_KEY } from "./wire";

/** Whether a KMS key can be used, as KMS says. */
export type KmsKeyLook = (keyId: string, region: string) => Promise<boolean>;

/**
 * What was found out of the KMS keys of a call before it is carried out, since an operation waits
 * for nothing.
 */
export class KnownKmsKeys {
  readonly #usable = new Map<string, boolean>();

  constructor(private readonly look: KmsKeyLook) {}

  async learn(keys: Iterable<readonly [keyId: string | undefined, region: string]>): Promise<void> {
    for (const [keyId, region] of keys) {
      if (isChosen(keyId) && !this.#usable.has(`${region} ${keyId}`)) {
        this.#usable.set(`${region} ${keyId}`, await this.look(keyId, region));
      }
    }
  }

  /** What nobody has looked at concerns no value. */
  usable(keyId: string | undefined, region: string): boolean {
    return !isChosen(keyId) || (this.#usable.get(`${region} ${keyId}`) ?? true);
  }

  /** @throws EncryptionFailure */
  encrypt({ kmsKeyId }: Pick<Secret, "kmsKeyId">, region: string): void {
    if (!this.usable(kmsKeyId, region)) throw encryptionFailed();
  }

  /** @throws DecryptionFailure */
  decrypt({ kmsKeyId }: Pick<Secret, "kmsKeyId">, region: string): void {
    if (!this.usable(kmsKeyId, region)) throw decryptionFailed();
  }
}

function isChosen(keyId: string | undefined): keyId is string {
  return keyId !== undefined && keyId !== "" && keyId !== MANAGED_KEY;
}
