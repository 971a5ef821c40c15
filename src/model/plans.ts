import * as v from "valibot";
import { SECONDS_PER_DAY, SECONDS_PER_HOUR } from "./units";

/** A plan that is older is not known any more. */
export const PLAN_MAX_AGE_SECONDS = 30 * SECONDS_PER_DAY;
/** About 100 bytes each; an item of the ledger holds 400 KB. */
const WORDS_MAX = 2_000;
/** A word that is younger is not written again. */
const FRESH_SECONDS = SECONDS_PER_HOUR;

/** Key, digest of the policy that a plan asked about, Unix seconds. */
const wordSchema = v.tuple([v.string(), v.string(), v.number()]);
export const plansSchema = v.object({ schema: v.literal(1), words: v.array(wordSchema) });

/** Policies that plans have asked the observer about, oldest first. */
export type Plans = v.InferOutput<typeof plansSchema>;

/** Unix seconds at which a plan last asked about the policy; undefined where none did. */
export function askedAt(plans: Plans, key: string, digest: string, now: number): number | undefined {
  const at = plans.words.find(([k, d]) => k === key && d === digest)?.[2];
  return at === undefined || at + PLAN_MAX_AGE_SECONDS < now ? undefined : at;
}

/** What a plan asks about one key. */
export interface Asked {
  /** Of the policy. */
  readonly digest: string;
  /**
   * A word has to be younger than this (Unix seconds): something has happened then that this plan
   * shows.
   */
  readonly after?: number | undefined;
}

/** Undefined where nothing of it is new. */
export function withWords(
  before: Plans | undefined,
  asked: ReadonlyMap<string, Asked>,
  now: number,
): Plans | undefined {
  const words = before?.words ?? [];
  const isFresh = (key: string, { digest, after = 0 }: Asked) =>
    words.some(([k, d, at]) => k === key && d === digest && at + FRESH_SECONDS > now && at <= now && at > after);
  const news = [...asked].filter(([key, about]) => !isFresh(key, about));
  if (before !== undefined && news.length === 0) return undefined;
  const kept = words.filter(
    ([key, digest, at]) =>
      at + PLAN_MAX_AGE_SECONDS >= now && !news.some(([k, about]) => k === key && about.digest === digest),
  );
  const added = news.map(([key, { digest }]): [string, string, number] => [key, digest, now]);
  return { schema: 1, words: [...kept, ...added].slice(-WORDS_MAX) };
}
