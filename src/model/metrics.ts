/**
 * CloudWatch metrics of the functions, written in embedded metric format. Alarms and `key.metrics`
 * name the same.
 */
export const METRIC_NAMESPACE = "ScopedKeys";

export const METRICS = {
  /** A rotation step failed. Count; dimensions Issuer and Issuer+Key. */
  rotationFailed: "RotationFailed",
  rotationSucceeded: "RotationSucceeded",
  /** A reconcile failed. Count. */
  reconcileFailed: "ReconcileFailed",
  /** A sweep ended well. Count; dimension Issuer. Its absence is what the alarm looks for. */
  sweepCompleted: "SweepCompleted",
  /** Vendor keys revoked because nobody should have them any more. Count; dimension Issuer. */
  orphansReclaimed: "OrphansReclaimed",
  /**
   * Days until the current vendor key expires, written by each sweep. Days; dimensions Issuer
   * (minimum over keys) and Issuer+Key.
   */
  daysUntilExpiry: "DaysUntilExpiry",
  /** The vendor refused the admin key. Count; dimension Issuer. */
  adminKeyRefused: "AdminKeyRefused",
  /** An incident began, or is over. Count; dimensions Issuer and Issuer+Incident. */
  incidentsOpened: "IncidentsOpened",
  incidentsResolved: "IncidentsResolved",
  /** Incidents that are not over, written by each sweep. Count; dimension Issuer. */
  openIncidents: "OpenIncidents",
  /** Vendor keys of the issuer that open anything. Count; dimension Issuer. */
  liveVendorKeys: "LiveVendorKeys",
} as const;
export type MetricName = (typeof METRICS)[keyof typeof METRICS];

/** Dimension names; values are the issuer's prefix, the key's name and the kind of an incident. */
export const DIMENSIONS = { issuer: "Issuer", key: "Key", incident: "Incident" } as const;
