import type { Grant } from "../../model/grant";
import type { Granted, OtherLimit } from "../../model/granted";
import { VendorError } from "../../model/vendor-error";

/** Lists of a grant, and how an ACL for one of their items begins. */
const STARTS = { models: "api-key:model:", endpoints: "api-key:endpoint:" } as const;
type List = keyof typeof STARTS;
const LISTS: readonly List[] = ["models", "endpoints"];

const ALL = "*";
/**
 * Stands where no ACL of a kind is left, so that the key opens nothing: an empty list would read as
 * "all".
 */
const NOTHING = "(none)";

/** Without ACLs of both kinds a key opens nothing, so both are always sent. */
export function aclsOf(endpoint: string, grant: Grant): string[] {
  return LISTS.flatMap((list) => {
    const items = grant[list] ?? [ALL];
    if (grant[list]?.includes(ALL)) {
      throw new VendorError("invalid", endpoint, `"${ALL}" among ${list} is all of them: leave \`${list}\` out`);
    }
    return items.map((item) => STARTS[list] + item).sort();
  });
}

/**
 * What ACLs grant, in the words of a grant; `null`: all. ACLs of other kinds than the two are not
 * documented and left out.
 */
export function grantedBy(acls: readonly string[]): Required<Pick<Granted, List>> {
  return { models: listed(acls, STARTS.models), endpoints: listed(acls, STARTS.endpoints) };
}

/** `models grok-4.5, grok-4.3; all endpoints` */
export function describeAcls(granted: ReturnType<typeof grantedBy>): string {
  return LISTS.map((list) => (granted[list] === null ? `all ${list}` : `${list} ${granted[list].join(", ")}`)).join(
    "; ",
  );
}

/** Whether what the one opens the other opens as well. */
export function isWithin(one: ReturnType<typeof grantedBy>, other: ReturnType<typeof grantedBy>): boolean {
  return LISTS.every((list) => {
    const [items, all] = [one[list], other[list]];
    return all === null || items?.every((item) => item === NOTHING || all.includes(item)) === true;
  });
}

/** A kind without an ACL opens nothing, which no list says. */
export function othersIn({ models, endpoints }: ReturnType<typeof grantedBy>): OtherLimit[] {
  return Object.entries({ models, endpoints }).flatMap(([of, items]) =>
    items?.includes(NOTHING)
      ? [{ of: of as List, shown: `no ACL for ${of}`, reason: "a policy cannot say that nothing is let through" }]
      : [],
  );
}

function listed(acls: readonly string[], start: string): readonly string[] | null {
  const items = new Set(acls.filter((acl) => acl.startsWith(start)).map((acl) => acl.slice(start.length)));
  if (items.has(ALL)) return null;
  return items.size === 0 ? [NOTHING] : [...items].sort();
}
