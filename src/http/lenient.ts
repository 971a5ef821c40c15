import * as v from "valibot";
import { OF_A_DEPLOYMENT } from "../model/names";

/** What a field may hold that says nothing, in the order in which it is tried. */
const NOTHINGS: readonly unknown[] = [undefined, null, "", 0, "1970-01-01T00:00:00Z", false, []];
const FIELDS_MAX = 20;

/**
 * An item of a listing of everybody's keys: what others have made may lack a name or a date, and must not hide the rest of the list. Such a
 * field is read as one that says nothing. What bears a name of this library's is read as strictly as ever, since of a key that is ours
 * nothing may be made up. What has no id is no key, and is refused as well.
 * @param id name of the field that holds the id
 */
export function lenient<Output>(
  schema: v.GenericSchema<unknown, Output>,
  id: string,
): v.GenericSchema<unknown, Output> {
  return v.pipe(
    v.unknown(),
    v.transform((item) => mended(schema, item, id)),
    schema,
  );
}

function mended(schema: v.GenericSchema, item: unknown, id: string): unknown {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return item;
  if (OF_A_DEPLOYMENT.test(JSON.stringify(item))) return item;
  let so: Record<string, unknown> = { ...item };
  for (let fields = 0; fields < FIELDS_MAX; fields += 1) {
    const field = oddField(schema, so);
    if (field === undefined) return so;
    if (field === id) return item;
    const better = NOTHINGS.map((nothing) => ({ ...so, [field]: nothing })).find(
      (candidate) => oddField(schema, candidate) !== field,
    );
    if (better === undefined) return item;
    so = better;
  }
  return item;
}

/** The first field that does not fit. */
function oddField(schema: v.GenericSchema, item: object): string | undefined {
  const parsed = v.safeParse(schema, item);
  if (parsed.success) return undefined;
  const key = parsed.issues[0].path?.[0]?.key;
  return typeof key === "string" ? key : undefined;
}
