import { invalidNextToken } from "./errors";

const DEFAULT_PAGE = 100;

/**
 * One page of a list; the token names the last entry given, so that entries that come or go do not
 * shift the rest.
 */
export function page<T>(
  entries: readonly T[],
  idOf: (entry: T) => string,
  input: { readonly MaxResults?: number | undefined; readonly NextToken?: string | undefined },
): { entries: readonly T[]; NextToken: string | undefined } {
  let start = 0;
  if (input.NextToken !== undefined) {
    const last = Buffer.from(input.NextToken, "base64url").toString("utf8");
    start = entries.findIndex((entry) => idOf(entry) === last) + 1;
    if (start === 0) throw invalidNextToken();
  }
  const end = start + (input.MaxResults ?? DEFAULT_PAGE);
  const chosen = entries.slice(start, end);
  const last = chosen.at(-1);
  const more = last !== undefined && end < entries.length;
  return { entries: chosen, NextToken: more ? Buffer.from(idOf(last)).toString("base64url") : undefined };
}
