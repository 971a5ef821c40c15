import { describeSeconds } from "../model/units";
import type { VendorDescriptor } from "../model/vendor-descriptor";
import { VendorError } from "../model/vendor-error";

/**
 * Strategy `in_place`: throws where the vendor does not let an old value work on for so long, or so
 * short.
 */
export function checkGrace({ displayName, grace }: VendorDescriptor, endpoint: string, graceSeconds: number): void {
  const { minSeconds, maxSeconds } = grace ?? { minSeconds: 0, maxSeconds: 0 };
  if (Number.isSafeInteger(graceSeconds) && graceSeconds >= minSeconds && graceSeconds <= maxSeconds) return;
  const bounds = `${describeSeconds(minSeconds)} to ${describeSeconds(maxSeconds)}`;
  throw new VendorError("invalid", endpoint, `${displayName} lets an old value work on for ${bounds}`);
}
