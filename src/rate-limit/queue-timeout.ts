/**
 * How long a step of a rotation waits for the turn of an admin call. Secrets Manager tries again,
 * and the sweep after it; behind a reconcile, a destroy or an emergency revoke somebody waits. So
 * rotations leave the end of the queue to those, who may wait as long as their run lasts.
 * docs/decisions/0009-turns-are-refused.md has the figures.
 */
export const ROTATION_QUEUE_TIMEOUT_MILLIS = 120_000;
