/** Staging labels of Secrets Manager, and the controller's own, on the versions of a secret. */

/** Version id -> its staging labels; an object without a prototype, since ids come from outside. */
export type Versions = Readonly<Record<string, readonly string[]>>;

export const CURRENT = "AWSCURRENT";

export const PREVIOUS = "AWSPREVIOUS";

export const PENDING = "AWSPENDING";

/**
 * Label of a value that a reconcile stages: AWSPENDING belongs to Secrets Manager's rotation, which
 * a second writer would abandon.
 */
export const STAGED = "SCOPED_KEYS_STAGED";

/**
 * Label of the version that says that nothing was issued yet. Once something was, it is on none.
 */
export const UNISSUED = "SCOPED_KEYS_UNISSUED";

/**
 * Start of the labels that mark a version whose vendor key must not be revoked; its id follows,
 * since a label is on one version only. On the secret and not in the ledger: so the mark outlives a
 * lost ledger, and keeps Secrets Manager from deleting the version.
 */
export const RETAINED = "SCOPED_KEYS_RETAINED_";

/** Id of the version that is AWSCURRENT. */
export function currentVersion(versions: Versions): string | undefined {
  return Object.keys(versions).find((id) => versions[id]?.includes(CURRENT));
}

/** Whether the version in use is the controller's own word that nothing was issued yet. */
export function isUnissued(versions: Versions): boolean {
  const current = currentVersion(versions);
  return current !== undefined && versions[current]?.includes(UNISSUED) === true;
}

/** Id of the version that was AWSCURRENT before. */
export function previousVersion(versions: Versions): string | undefined {
  return Object.keys(versions).find((id) => versions[id]?.includes(PREVIOUS));
}
