import { mapConcurrent } from "../model/map-concurrent";
import { secretName } from "../model/names";
import type { ScheduledDeletion } from "../model/scheduled-deletion";
import { errorSummary } from "./error-summary";
import { type Encryption, readEncryption } from "./integrity/encryption";
import type { Engine, SecretState, SecretStore } from "./ports";

/** Something read from outside: `failed` says in words why it could not be. */
export type Reading<T> = { readonly value: T } | { readonly failed: string };

/**
 * Secrets Manager answers thousands of reads a second; a plan over 1,000 keys should not queue them
 * one by one.
 */
const SECRET_READS_AT_ONCE = 25;

/** What Secrets Manager says of the keys' secrets, without their values. */
export async function readSecrets(
  engine: Engine,
  keys: readonly string[],
): Promise<Map<string, Reading<SecretState | undefined>>> {
  const states = new Map<string, Reading<SecretState | undefined>>();
  await mapConcurrent(keys, SECRET_READS_AT_ONCE, async (key) => {
    states.set(key, await read("the secret", () => engine.secrets.describe(secretName(engine.prefix, key))));
  });
  return states;
}

/** Of the secrets that are not there, which AWS still keeps. */
export async function readDeletions(
  { prefix, secrets: store }: { readonly prefix: string; readonly secrets: Pick<SecretStore, "scheduledDeletion"> },
  secrets: ReadonlyMap<string, Reading<SecretState | undefined>>,
): Promise<Map<string, Reading<ScheduledDeletion | undefined>>> {
  const states = new Map<string, Reading<ScheduledDeletion | undefined>>();
  const waiting = [...secrets].flatMap(([key, found]) => ("value" in found && found.value === undefined ? [key] : []));
  await mapConcurrent(waiting, SECRET_READS_AT_ONCE, async (key) => {
    states.set(key, await read("the secret", () => store.scheduledDeletion(secretName(prefix, key))));
  });
  return states;
}

/**
 * What keeps values from being read; asks once for each KMS key, however many secrets it encrypts.
 */
export async function readEncryptions(
  { kmsKeys }: Pick<Engine, "kmsKeys">,
  secrets: ReadonlyMap<string, Reading<SecretState | undefined>>,
): Promise<Map<string, Encryption>> {
  const found = [...secrets].flatMap(([key, secret]) => ("value" in secret ? [[key, secret.value] as const] : []));
  return new Map(
    await Promise.all(found.map(async ([key, secret]) => [key, await readEncryption(kmsKeys, secret)] as const)),
  );
}

export async function read<T>(what: string, effect: () => Promise<T>): Promise<Reading<T>> {
  try {
    return { value: await effect() };
  } catch (error) {
    return { failed: `${what} could not be read: ${errorSummary(error)}` };
  }
}
