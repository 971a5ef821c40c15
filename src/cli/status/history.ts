import type { Reading } from "../../engine/reading";
import { DynamoLedger } from "../../ledger/dynamo-ledger";
import type { KeyEffect } from "../../model/history";
import { isoSeconds } from "../../model/units";
import { aligned, line, type TerminalText, terminal } from "../../output/terminal";
import { refusal } from "../evidence";
import type { KeyAddress } from "../operator-commands/key-address";
import { ledgerTables, type Sources } from "./inventory";

/**
 * What the ledger remembers of a key's last effects, newest first. Also of one that is destroyed.
 */
export type KeyHistory = Reading<readonly KeyEffect[]>;

export async function readHistory(
  { table, clock, look }: Sources,
  { prefix, key }: KeyAddress,
  tables: readonly string[],
): Promise<KeyHistory> {
  let failed: string | undefined;
  for (const name of ledgerTables(prefix, tables)) {
    try {
      const effects = await look.wait(`reading the history of ${prefix}/${key}`, () =>
        new DynamoLedger(table(name), prefix, clock, "status").history(key),
      );
      if (effects.length > 0) return { value: [...effects].reverse() };
    } catch (error) {
      failed = refusal(`dynamodb:GetItem on table ${name}`, error);
    }
  }
  return failed === undefined ? { value: [] } : { failed };
}

/** A table of one key's history. */
export function historyLines(name: string, history: KeyHistory): TerminalText[] {
  if ("failed" in history) return [line(`${name}: its history could not be read: ${history.failed}`)];
  if (history.value.length === 0) return [terminal`${name}: the history is empty`];
  const rows = history.value.map(({ at, door, request, by, what, policy }) => [
    isoSeconds(at),
    door,
    policy ?? "",
    what,
    request,
    by === undefined ? "" : `claims to be ${by}`,
  ]);
  return [terminal`${name}, newest first:`, ...aligned([["time", "door", "policy", "what", "request", "by"], ...rows])];
}
