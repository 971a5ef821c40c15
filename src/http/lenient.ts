import * as v from "valibot";
import { defined } from "../model/defined";
import type { Granted, OtherLimit } from "../model/granted";
import { OF_A_DEPLOYMENT } from "../model/names";
import { shorten } from "../model/redact";

/** What a field may hold that says nothing, in the order in which it is tried. */
const NOTHINGS: readonly unknown[] = [undefined, null, "", 0, "1970-01-01T00:00:00Z", false, []];
const FIELDS_MAX = 20;
const SHOWN_MAX_LENGTH = 200;

/** Fields that say what a key may do, and the part of a policy that each belongs to. */
export type GrantFields = Readonly<Record<string, OtherLimit["of"]>>;

export interface Odd {
  /** What was not read of what the key may do. */
  readonly odd?: readonly OtherLimit[];
}

/**
 * An item of a listing of everybody's keys: what others have made may lack a name or a date, and
 * must not hide the rest of the list. Such a field is read as one that says nothing. What bears a
 * name of this library's is read as strictly as ever, since of a key that is ours nothing may be
 * made up. What has no id is no key, and is refused as well.
 * @param id name of the field that holds the id
 * @param grants an odd one of these is no "no limit": `odd` of the item tells it
 */
export function lenient<Output extends object>(
  schema: v.GenericSchema<unknown, Output>,
  id: string,
  grants: GrantFields = {},
): v.GenericSchema<unknown, Output & Odd> {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, Output & Odd>(({ dataset, addIssue, NEVER }) => {
      const { item, odd } = mended(schema, dataset.value, id, grants);
      const parsed = v.safeParse(schema, item);
      if (parsed.success) return odd.length === 0 ? parsed.output : { ...parsed.output, odd };
      for (const { message, path, input } of parsed.issues) {
        addIssue({ message, input, ...(path === undefined ? {} : { path: [...path] as [v.IssuePathItem] }) });
      }
      return NEVER;
    }),
  );
}

/** What a key may do, with what was not read of it. */
export function withOdd(granted: Granted, { odd = [] }: Odd): Granted {
  return odd.length === 0 ? granted : { ...granted, others: [...(granted.others ?? []), ...odd] };
}

interface Mended {
  readonly item: unknown;
  readonly odd: readonly OtherLimit[];
}

function mended(schema: v.GenericSchema, item: unknown, id: string, grants: GrantFields): Mended {
  const asItIs = { item, odd: [] };
  if (typeof item !== "object" || item === null || Array.isArray(item)) return asItIs;
  if (OF_A_DEPLOYMENT.test(JSON.stringify(item))) return asItIs;
  const given: Readonly<Record<string, unknown>> = { ...item };
  const odd: OtherLimit[] = [];
  let so = given;
  for (let fields = 0; fields < FIELDS_MAX; fields += 1) {
    const field = oddField(schema, so);
    if (field === undefined) return { item: so, odd };
    if (field === id) return asItIs;
    const fits = (value: unknown) => oddField(schema, { ...so, [field]: value }) !== field;
    const read =
      field in grants ? [numbersIn(given[field], false), numbersIn(given[field], true)].find(fits) : undefined;
    if (read !== undefined) {
      so = { ...so, [field]: read };
      continue;
    }
    const nothing = NOTHINGS.findIndex(fits);
    if (nothing < 0) return asItIs;
    so = { ...so, [field]: NOTHINGS[nothing] };
    if (field in grants && given[field] != null) odd.push(oddLimit(field, given[field], grants[field]));
  }
  return asItIs;
}

/**
 * Numbers that are sent as texts are no less numbers. @param unset less than nothing, which tools
 * write for "no limit", becomes null
 */
function numbersIn(value: unknown, unset: boolean): unknown {
  const read = typeof value === "string" && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(value) ? Number(value) : value;
  if (unset && typeof read === "number" && read < 0) return null;
  if (Array.isArray(read)) return read.map((inner) => numbersIn(inner, unset));
  if (typeof read !== "object" || read === null) return read;
  return Object.fromEntries(Object.entries(read).map(([name, inner]) => [name, numbersIn(inner, unset)]));
}

function oddLimit(field: string, value: unknown, of: OtherLimit["of"]): OtherLimit {
  const words = shorten(JSON.stringify(value), SHOWN_MAX_LENGTH);
  return { ...defined({ of }), shown: `${field} ${words}`, reason: "it has a form that is not known" };
}

/** The first field that does not fit. */
function oddField(schema: v.GenericSchema, item: object): string | undefined {
  const parsed = v.safeParse(schema, item);
  if (parsed.success) return undefined;
  const key = parsed.issues[0].path?.[0]?.key;
  return typeof key === "string" ? key : undefined;
}
