import { aligned, type TerminalText } from "../../output/terminal";
import type { Life } from "./openai";

export interface Promotion {
  /** Declared key. */
  readonly key: string;
  /** Vendor key. */
  readonly keyId: string;
  readonly at: Date;
}

/**
 * A row for each vendor key: issued and deleted as the vendor's audit log says, superseded when its
 * successor was promoted.
 * @param listed ids of the vendor keys that the vendor lists now
 */
export function lifeTable(
  promotions: readonly Promotion[],
  lives: ReadonlyMap<string, Life>,
  listed: ReadonlySet<string>,
): TerminalText[] {
  const rows = [...promotions]
    .sort((a, b) => a.key.localeCompare(b.key) || a.at.getTime() - b.at.getTime())
    .map(({ key, keyId }, index, all) => {
      const successor = all[index + 1];
      const superseded = successor?.key === key ? successor.at : undefined;
      const life = lives.get(keyId);
      return [
        key,
        keyId,
        shownTime(life?.createdAt),
        superseded === undefined ? "" : shownTime(superseded.getTime() / 1_000),
        shownTime(life?.deletedAt),
        listed.has(keyId) ? "live" : "dead",
      ];
    });
  return aligned([["key", "vendor key", "issued", "superseded", "deleted", "now"], ...rows]);
}

/** To the minute, in UTC. */
function shownTime(unixSeconds: number | undefined): string {
  return unixSeconds === undefined ? "" : new Date(unixSeconds * 1_000).toISOString().slice(0, 16).replace("T", " ");
}
