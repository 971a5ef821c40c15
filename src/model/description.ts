import { describeLimits } from "./grant";
import type { KeyPolicy } from "./key-policy";
import { describeSeconds } from "./units";

/** AWS: of a secret's description. */
const DESCRIPTION_MAX_LENGTH = 2_048;
/** How much of each list is told, the most that has room. */
const LISTED_DESCRIBED = [10, 4, 1] as const;

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
  const described = (most: number) =>
    [purpose, `Owner: ${policy.owner}.`, ...describeGrant(policy, most), life].join(" ");
  return (
    LISTED_DESCRIBED.map(described).find(({ length }) => length <= DESCRIPTION_MAX_LENGTH) ??
    [purpose, `Owner: ${policy.owner}.`, life].join(" ")
  );
}

function describeGrant({ scopes, models, endpoints, limits, networks }: KeyPolicy, most: number): string[] {
  return [
    ...listed("Scopes", scopes, most),
    ...listed("Models", models, most),
    ...listed("Endpoints", endpoints, most),
    ...listed("Limits", limits === undefined ? undefined : describeLimits(limits), most),
    ...listed("Networks", networks, most),
  ];
}

function listed(what: string, list: readonly string[] | undefined, most: number): string[] {
  if (list === undefined) return [];
  const more = list.length - most;
  return [`${what}: ${list.slice(0, most).join(", ")}${more > 0 ? ` and ${more} more` : ""}.`];
}
