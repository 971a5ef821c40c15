import { count, SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE, unixSeconds } from "../../model/units";
import { aligned, type TerminalText } from "../../output/terminal";
import type { KeyStatus } from "./key-status";

/** More keys than these with the same reason are counted and not named. */
const NAMED_MAX = 2;

const HEADINGS = ["key", "state", "age", "expires", "next rotation", "last used", "drift", "owner"];

/** @param now Unix seconds */
export function statusTable(keys: readonly KeyStatus[], now: number): TerminalText[] {
  if (keys.length === 0) return [];
  return aligned([HEADINGS, ...keys.map((key) => row(key, now))]);
}

function row(key: KeyStatus, now: number): string[] {
  return [
    key.name,
    words(key.state),
    key.issuedAt === null ? "unknown" : span(now - unixSeconds(key.issuedAt)),
    key.expiresAt === null ? (key.state === "not_issued" ? "-" : "unknown") : when(key.expiresAt, now),
    nextRotation(key, now),
    lastUsed(key),
    words(key.drift),
    key.owner ?? "unknown",
  ];
}

function nextRotation({ rotation, nextRotationAt }: KeyStatus, now: number): string {
  if (rotation === "none" || rotation === "off") return rotation;
  if (rotation === "unknown" || nextRotationAt === null) return rotation === "manual" ? "manual" : "unknown";
  return rotation === "manual" ? `manual, ${when(nextRotationAt, now)}` : when(nextRotationAt, now);
}

/** AWS knows the day alone, and keeps no trace of a secret that nobody has read. */
function lastUsed({ lastUsedAt, secret }: KeyStatus): string {
  if (lastUsedAt !== null) return lastUsedAt.slice(0, 10);
  return secret === "present" || secret === "not_issued" ? "never" : "unknown";
}

/** Sentences under the table: for each reason the keys that have it. */
export function reasonLines(keys: readonly KeyStatus[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { name, reasons } of keys) {
    for (const reason of reasons) byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  }
  return [...byReason].map(
    ([reason, names]) => `${names.length > NAMED_MAX ? count(names.length, "key") : names.join(", ")}: ${reason}`,
  );
}

function words(word: string): string {
  return word.replaceAll("_", " ");
}

function when(iso: string, now: number): string {
  const left = unixSeconds(iso) - now;
  return left >= 0 ? `in ${span(left)}` : `${span(-left)} ago`;
}

/** In its largest unit, rounded down. */
function span(seconds: number): string {
  const length = Math.max(0, seconds);
  if (length >= 2 * SECONDS_PER_DAY) return count(Math.floor(length / SECONDS_PER_DAY), "day");
  if (length >= 2 * SECONDS_PER_HOUR) return count(Math.floor(length / SECONDS_PER_HOUR), "hour");
  return count(Math.floor(length / SECONDS_PER_MINUTE), "minute");
}
