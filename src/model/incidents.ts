import { defined } from "./defined";

/**
 * What goes wrong now and then, and is healed without anybody: told once when it begins and once
 * when it is over, as an event and as a metric. `docs/operations.md` has an entry for each.
 */
export const INCIDENTS = {
  /**
   * A new vendor key failed its test, and was revoked. Over with the next vendor key that passes.
   */
  poisonedPending: "poisoned-pending",
  /**
   * Nobody has worked on a rotation for too long, e.g. since somebody edited the secret. Over when
   * what it left is cleared away.
   */
  abandonedRotation: "abandoned-rotation",
  /**
   * Secrets Manager has not rotated a key in time, e.g. since the vendor was down. Over when a new
   * vendor key is in its place.
   */
  overdueRotation: "overdue-rotation",
  /**
   * A vendor key may have been minted whose id nobody got. Over when the vendor was searched for
   * it.
   */
  lostMint: "lost-mint",
  /** The ledger does not know a key that its secret holds. Over when an apply has rebuilt it. */
  lostLedger: "lost-ledger",
  /** A destroy could not revoke everything. Over when a later one has. */
  unfinishedDestroy: "unfinished-destroy",
  /**
   * An emergency revoke could not confirm that everything is dead. Over when a later run, or the
   * sweep, has.
   */
  unfinishedRevocation: "unfinished-revocation",
  /** AWSPENDING is left on a version that no rotation works on. Over when it is taken off. */
  stuckLabel: "stuck-label",
  /** The vendor no longer has the key in use. Over when a new one is in its place. */
  keyGone: "key-gone",
  /**
   * A person has to make a vendor key and hand it over. Over when one is in use that lives long
   * enough.
   */
  rotationDue: "rotation-due",
  /**
   * A superseded vendor key lives, and only a person can delete it, in the vendor's console. Over
   * when the vendor refuses it.
   */
  revokeManually: "revoke-manually",
  /**
   * The ledger says other than the secret's marks, which the controller alone can write. Over when
   * an apply has written it anew.
   */
  ledgerTampered: "ledger-tampered",
  /**
   * The ledger knows only what was in use before, and the secret holds a later value of the
   * controller's: its table was restored from a backup. Over when the sweep, or an apply, has
   * brought it up to date.
   */
  staleLedger: "stale-ledger",
  /**
   * The ledger names a vendor key for revocation that nothing else shows to be the key's. Over when
   * the ledger no longer names it.
   */
  notShownOurs: "not-shown-ours",
  /**
   * Somebody put another value into the secret than the controller's. Over when the controller's is
   * in use again.
   */
  secretEdited: "secret-edited",
  /**
   * Somebody has set a policy through Terraform's door that no plan had asked about. Over with an
   * apply of a plan that showed it.
   */
  unforeseenPolicy: "unforeseen-policy",
  /**
   * The vendor refuses the admin key; of the issuer as a whole. Over with the first sweep that is
   * let in.
   */
  adminKeyRefused: "admin-key-refused",
  /**
   * The vendor says that the account (or project, or workspace) is gone; of the issuer as a whole.
   * Over when it no longer says so.
   */
  accountGone: "account-gone",
} as const;
export type Incident = (typeof INCIDENTS)[keyof typeof INCIDENTS];
export type IncidentChange = "opened" | "resolved";

/** One telling of an incident. */
export interface ToldIncident {
  readonly change: IncidentChange;
  readonly kind: Incident;
  /** Unix milliseconds. */
  readonly at: number;
  /** Absent where it is the issuer's as a whole. */
  readonly key?: string;
  readonly cause?: IncidentCause;
}

/**
 * Of the run that opened or resolved it: which door, which request, and who says to have ordered
 * it.
 */
export interface IncidentCause {
  readonly door?: string | undefined;
  readonly requestId: string;
  /** Claimed, and not proven. */
  readonly claimedBy?: string | undefined;
}

/** EventBridge: `source` and `detail-type` of the events. */
export const INCIDENT_EVENT_SOURCE = "scoped-keys";
export const INCIDENT_EVENT_TYPES: Readonly<Record<IncidentChange, string>> = {
  opened: "Scoped Key Incident Opened",
  resolved: "Scoped Key Incident Resolved",
};

/** `detail` of an event. */
export interface IncidentDetail {
  readonly version: 1;
  /** Prefix of the issuer. */
  readonly issuer: string;
  readonly key?: string;
  readonly incident: Incident;
  readonly cause?: IncidentCause;
  /** ISO 8601, in UTC. */
  readonly at: string;
}

export function incidentDetail(issuer: string, { key, kind, at, cause }: ToldIncident): IncidentDetail {
  return {
    version: 1,
    issuer,
    ...defined({ key }),
    incident: kind,
    ...defined({ cause }),
    at: new Date(at).toISOString(),
  };
}
