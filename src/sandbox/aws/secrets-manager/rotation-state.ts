import type { PlannedRotation, RotationRules, Schedule } from "./schedule";

/** Rotation of one secret: how it is configured, and the rotation that has not ended. */
export interface SecretRotation {
  enabled: boolean;
  functionArn: string;
  /** Exactly as given. */
  rules: RotationRules | undefined;
  schedule: Schedule | undefined;
  next: PlannedRotation | undefined;
  /** Of the last rotation that succeeded; a manual write is none. */
  rotatedAt: number | undefined;
  /** Of the last rotation or manual write, which the schedule counts from. */
  renewedAt: number | undefined;
  progress: RotationProgress | undefined;
}

/**
 * One rotation from its first attempt to its success, to its end by hand, or, after its last
 * failure, to the next window.
 */
export interface RotationProgress {
  /** Only testSecret runs, for `RotateImmediately=false`. */
  readonly kind: "rotation" | "test";
  /** Id of the version that is to become current. */
  token: string;
  running: boolean;
  failures: number;
  /** Absent while an attempt runs, and after the last one failed. */
  retryAt: number | undefined;
}
