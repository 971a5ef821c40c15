import * as v from "valibot";
import type { SimulatorResponse } from "../../../sandbox/vendors/simulator";
import { badRequest } from "./errors";

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 100;

export const cursorQuery = {
  limit: v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,5}$/), v.transform(Number), v.minValue(1), v.maxValue(LIMIT_MAX)),
    String(LIMIT_DEFAULT),
  ),
  after: v.optional(v.string()),
};

export interface Cursor {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

/** `after` and `before` name an object of the same listing. */
export function pageOf<Item extends { readonly id: string }>(
  items: readonly Item[],
  { limit, after, before }: Cursor,
  show: (item: Item) => object,
): SimulatorResponse {
  const at = (id: string, name: string) => {
    const index = items.findIndex((item) => item.id === id);
    if (index < 0) throw badRequest(`Invalid cursor: no object with id '${id}'.`, name, "invalid_cursor");
    return index;
  };
  const start = after === undefined ? 0 : at(after, "after") + 1;
  const end = before === undefined ? undefined : at(before, "before");
  const window = items.slice(before === undefined ? start : Math.max(0, (end ?? 0) - limit), end);
  const page = window.slice(0, limit);
  const hasMore = before === undefined ? window.length > limit : (end ?? 0) > limit;
  return {
    status: 200,
    body: {
      object: "list",
      data: page.map(show),
      first_id: page[0]?.id ?? null,
      last_id: page.at(-1)?.id ?? null,
      has_more: hasMore,
    },
  };
}
