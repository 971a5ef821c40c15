import { MILLIS_PER_SECOND, SECONDS_PER_HOUR, SECONDS_PER_MINUTE } from "../../../model/units";

/** What AWS leaves open; each can be set to the other case. */
export interface SecretsManagerSettings {
  /**
   * Waits between a failed attempt and the next one; after the last, the rotation has failed until
   * its next window. AWS says "retries the entire rotation process multiple times" and publishes no
   * numbers.
   */
  readonly rotationRetryDelaysMillis: readonly number[];
  /**
   * What the AWSPENDING version holds while `RotateImmediately=false` tests the function: at AWS,
   * the current value.
   */
  readonly testVersionContent: "empty" | "copied";
  /**
   * How long after the end of the recovery window a secret is gone for good; AWS gives no
   * guarantee.
   */
  readonly permanentDeletionDelayMillis: number;
}

const MINUTE_MILLIS = SECONDS_PER_MINUTE * MILLIS_PER_SECOND;
const HOUR_MILLIS = SECONDS_PER_HOUR * MILLIS_PER_SECOND;

export const DEFAULT_SETTINGS: SecretsManagerSettings = {
  rotationRetryDelaysMillis: [15 * MINUTE_MILLIS, HOUR_MILLIS, 4 * HOUR_MILLIS],
  testVersionContent: "copied",
  permanentDeletionDelayMillis: 0,
};
