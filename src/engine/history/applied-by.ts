import { HISTORY_MAX, type KeyEffect } from "../../model/history";
import { policyDigest } from "../../model/key-policy";
import type { KeyRecord } from "../../model/key-record";
import { isoTime } from "../../model/units";
import type { Engine } from "../ports";
import { read } from "../reading";

/**
 * A plan that changes many policies asks about none of them: only few can have been changed by
 * somebody else.
 */
const ASKED_MAX = 20;

/**
 * Who has set the policies that were applied last, as the keys' histories say it. A key is left out
 * of which that is not known.
 * @param records of keys that are behind
 */
export async function appliedBy(engine: Engine, records: readonly KeyRecord[]): Promise<ReadonlyMap<string, string>> {
  if (records.length > ASKED_MAX) return new Map();
  const each = await Promise.all(
    records.map(async ({ key, policy }) => {
      const history = await read("the key's history", () => engine.ledger.history(key));
      const effect =
        "value" in history && policy !== undefined ? setterOf(history.value, policyDigest(policy)) : undefined;
      return effect === undefined ? [] : [[key, words(effect)] as const];
    }),
  );
  return new Map(each.flat());
}

/**
 * The first of the latest effects that know the policy: it has set it, if what came before is still
 * remembered.
 */
function setterOf(effects: readonly KeyEffect[], digest: string): KeyEffect | undefined {
  const other = effects.findLastIndex(({ policy }) => policy !== undefined && policy !== digest);
  if (other < 0 && effects.length >= HISTORY_MAX) return undefined;
  return effects.slice(other + 1).find(({ policy }) => policy === digest);
}

function words({ at, door, request, by }: KeyEffect): string {
  const claimed = by === undefined ? "" : `, claimed to be ${by}`;
  return `door ${door}, request ${request}, on ${isoTime(at)}${claimed}`;
}
