import { describeLimits } from "./grant";
import type { KeyPolicy } from "./key-policy";
import { describeSeconds } from "./units";

/** AWS: a description has at most 2,048 characters. */
const LISTED_DESCRIBED = 10;

/**
 * What somebody who meets the secret in the console wants to know.
 * @param manual a person mints the key's vendor keys
 */
export function describeKey(policy: KeyPolicy, manual: boolean): string {
  const { rotateEverySeconds, overlapSeconds, expirySeconds } = policy.lifetime;
  const purpose = /[.!?]$/.test(policy.purpose) ? policy.purpose : `${policy.purpose}.`;
  const life =
    rotateEverySeconds === undefined
      ? `Expires after ${describeSeconds(expirySeconds)}, is not rotated.`
      : `${manual ? "Due for rotation by a person" : "Rotates"} every ${describeSeconds(rotateEverySeconds)}, overlap ${describeSeconds(overlapSeconds)}, ` +
        `expiry ${describeSeconds(expirySeconds)}.`;
  return [purpose, `Owner: ${policy.owner}.`, ...describeGrant(policy), life].join(" ");
}

function describeGrant({ scopes, models, endpoints, limits, networks }: KeyPolicy): string[] {
  return [
    ...listed("Scopes", scopes),
    ...listed("Models", models),
    ...listed("Endpoints", endpoints),
    ...listed("Limits", limits === undefined ? undefined : describeLimits(limits)),
    ...listed("Networks", networks),
  ];
}

function listed(what: string, list: readonly string[] | undefined): string[] {
  if (list === undefined) return [];
  const more = list.length - LISTED_DESCRIBED;
  return [`${what}: ${list.slice(0, LISTED_DESCRIBED).join(", ")}${more > 0 ? ` and ${more} more` : ""}.`];
}
