import * as v from "valibot";
import { LATEST_SECONDS } from "./units";

/**
 * Effects that the ledger remembers of one key: what is older was overwritten. With
 * `WHAT_MAX_LENGTH` far below the 400 KB of an item.
 */
export const HISTORY_MAX = 50;
export const WHAT_MAX_LENGTH = 160;

const keyEffectSchema = v.object({
  /** Unix seconds. */
  at: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LATEST_SECONDS)),
  door: v.string(),
  request: v.string(),
  /** Claimed, and not proven. */
  by: v.optional(v.string()),
  /** In words: `vendor key minted: key_1f0c`. */
  what: v.string(),
  /** Digest of the policy that was set, or that the key had. */
  policy: v.optional(v.string()),
});
/** One thing that was done to a key, and what is known of who ordered it. */
export type KeyEffect = v.InferOutput<typeof keyEffectSchema>;

/** Oldest first. */
export const historySchema = v.object({ schema: v.literal(1), effects: v.array(keyEffectSchema) });
