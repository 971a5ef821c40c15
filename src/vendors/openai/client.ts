import * as v from "valibot";
import { type AdminCall, type AdminClient, allPages, stuckPages } from "../../http/admin-client";
import { bearer, envelopeOf } from "../../http/envelope";
import { type Dialect, parseAnswer } from "../../http/exchange";
import { openAiDescriptor } from "./descriptor";
import { errorSchema, pageSchema } from "./schemas";

export const openAiDialect: Dialect = {
  displayName: openAiDescriptor.displayName,
  authorize: bearer,
  errorIn: envelopeOf(
    v.pipe(
      errorSchema,
      v.transform(({ error }) => error),
    ),
  ),
  valuePrefixes: openAiDescriptor.valuePrefixes,
  // Those of rate limits are made of models' names: `rl-gpt-4.1`, `rl-ft:gpt-4o`.
  id: /^[A-Za-z0-9_-][A-Za-z0-9._:-]{0,127}$/,
};

/** All pages of a listing, 100 objects each. */
export function listAll<Item>(client: AdminClient, request: AdminCall<Item>, pagesMax?: number): Promise<Item[]> {
  const { endpoint } = request;
  return allPages(
    openAiDialect.displayName,
    endpoint,
    async (more) => {
      const query = [...(request.query ?? []), ["limit", "100"] as const, ...more];
      const { data, has_more, last_id } = await client.call({ ...request, query, answer: pageSchema });
      const items = data.map((item) => parseAnswer(openAiDialect, request.answer, item, endpoint));
      if (has_more && last_id == null) throw stuckPages(openAiDialect.displayName, endpoint);
      return { items, next: has_more ? [["after", last_id ?? ""]] : undefined };
    },
    pagesMax,
  );
}
