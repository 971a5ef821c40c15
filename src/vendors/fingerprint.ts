import { createHash } from "node:crypto";

/**
 * Tells a value from others without giving it away, as an id of vendor keys that have none at the
 * vendor. Values are random and long, so that none can be found by trying.
 * @param domain vendor's id: the same value has another fingerprint elsewhere
 */
export function fingerprint(domain: string, value: string, hexDigits: number): string {
  return createHash("sha256").update(`scoped-keys/vendor-key/${domain}\n${value}`).digest("hex").slice(0, hexDigits);
}
