import * as v from "valibot";
import { REPAIR_NONE } from "../model/events";
import { keyPolicySchema } from "../model/key-policy";
import { functionName, issuerPrefix, PROJECT_LIMITS } from "../model/names";
import { count, describeSeconds } from "../model/units";
import { grouped } from "./attributes";
import type { FieldChange } from "./field-change";
import { guardrailChanges, isExcepted, issuerChanges, keyChanges } from "./fields";
import { type ForeignChange, reviewForeign } from "./foreign/review-foreign";
import { type GuardrailFacts, together } from "./guardrail-facts";
import { declaredElsewhere } from "./inventory";
import type { Inventory, KeyFacts } from "./inventory-facts";
import type { IssuerFacts } from "./issuer-facts";
import { type OwnedReview, reviewOwned } from "./owned/review-owned";
import type { Observations, Snapshot } from "./resources";

/**
 * What happens to a key, an issuer or a stack's guardrails, loosest first. `exception`: one from a
 * guardrail is new or lasts longer. `renamed`: one is revoked, and one issued anew in its place.
 * `unchanged`: its reach stays, and something else changes. A change that loosens and tightens, or
 * cannot be compared, is `loosened` as well as `tightened`.
 */
export const VERDICTS = [
  "loosened",
  "exception",
  "issued",
  "renamed",
  "tightened",
  "retired",
  "drift",
  "expiring",
  "unchanged",
] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Entry {
  readonly subject: "key" | "issuer" | "guardrails" | "stack" | "resource";
  /**
   * Name of the key's secret, the issuer's prefix, the name of the guardrails' output, or that of
   * the stack. Of what others have: who reaches the keys (`role app`), or the address of a
   * resource.
   */
  readonly name: string;
  /** Empty where a plan was read. */
  readonly stack: string;
  /** At least one, loosest first. */
  readonly verdicts: readonly Verdict[];
  readonly renamedFrom?: string;
  readonly fields: readonly FieldChange[];
  /** What the plan's apply would repair, in the observer's words. */
  readonly drift: readonly string[];
  /** Why it ends without anybody's doing. */
  readonly expiring: readonly string[];
  /** What follows from the change. */
  readonly notes: readonly string[];
}

export interface Review {
  readonly entries: readonly Entry[];
  /** Keys and issuers that the change leaves alone. */
  readonly untouched: number;
  readonly notes: readonly string[];
}

/** What else the sides are known to differ in. */
export interface Circumstances {
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** Addresses that leave the state and stay in the world. */
  readonly forgotten: ReadonlySet<string>;
  /** Addresses of what is destroyed and made again. */
  readonly replaced: ReadonlySet<string>;
  readonly notes: readonly string[];
}

export function review(before: Inventory, after: Inventory, circumstances: Circumstances): Review {
  const issuers = paired(before.issuers, after.issuers, [sameAccount]);
  const keys = paired(before.keys, after.keys, likenessesOfKeys(issuers));
  const guardrails = paired(before.guardrails, after.guardrails, []);
  const seen = new Observed(after.observed);
  const entries = [
    ...issuers.map((pair) => issuerEntry(pair, seen, keys)),
    ...keys.map((pair) => succeeding(keyEntry(pair, seen, circumstances), pair, keys)),
  ];
  const pairs = [...issuers, ...keys];
  const { besides, drift, stacks, isPart } = reviewOwned(
    { snapshot: circumstances.before, inventory: before },
    { snapshot: circumstances.after, inventory: after },
    [
      ...issuers.map((pair, i) => ({ of: "issuer" as const, ...pair, fields: entries[i]?.fields ?? [] })),
      ...keys.map((pair, i) => ({ of: "key" as const, ...pair, fields: entries[issuers.length + i]?.fields ?? [] })),
    ],
  );
  const all = [
    ...entries.map((entry, i) => withFields(entry, pairs[i] ?? NO_PAIR, besides[i] ?? [], drift[i] ?? [])),
    ...stacks.map(stackEntry),
  ];
  const told = all.filter(({ verdicts }) => verdicts.length > 0);
  // A stack that comes where others go has to keep what they kept.
  const gone = together(guardrails.flatMap(({ before, after }) => (after === undefined && before ? [before] : [])));
  const guarded = guardrails
    .map((pair) => guardrailsEntry(pair.before === undefined && gone ? { ...pair, before: gone } : pair))
    .filter(({ fields }) => fields.length > 0);
  const sideOf = (snapshot: Snapshot, inventory: Inventory) => ({
    inventory,
    resources: snapshot.resources,
    stacks: snapshot.blocks,
  });
  const [old, young] = [sideOf(circumstances.before, before), sideOf(circumstances.after, after)];
  const foreign = reviewForeign(old, young, isPart).map(foreignEntry);
  return {
    entries: [...told, ...guarded, ...foreign].sort(byVerdict),
    untouched: all.length - told.length,
    notes: [...circumstances.notes, ...seen.notes(), ...blind(issuers)],
  };
}

/** Where only one side is told, a plan cannot say that it was otherwise before. */
function blind(issuers: ReadonlyArray<Pair<IssuerFacts>>): string[] {
  return issuers.flatMap(({ before, after }) =>
    after?.driftAtPlan === false && before?.driftAtPlan === undefined
      ? [`Plans do not check the keys under ${after.name}/ for drift.`]
      : [],
  );
}

function byVerdict(a: Entry, b: Entry): number {
  return rank(a) - rank(b) || compare(a.subject, b.subject) || compare(a.name, b.name) || compare(a.stack, b.stack);
}

function rank({ verdicts: [first] }: Entry): number {
  return first === undefined ? VERDICTS.length : VERDICTS.indexOf(first);
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

interface Pair<F> {
  readonly before: F | undefined;
  readonly after: F | undefined;
}

interface Named {
  readonly stack: string;
  readonly name: string;
  readonly address: string;
}

/**
 * What one that got another name has in common with what it was; undefined: nothing that can be
 * told.
 */
type Likeness<F> = (facts: F, side: "before" | "after") => string | undefined;

/**
 * Both sides of each: by name; what is left by the address in the configuration, and then by
 * likenesses, each where only one on either side has it.
 */
function paired<F extends Named>(
  before: readonly F[],
  after: readonly F[],
  likenesses: ReadonlyArray<Likeness<F>>,
): Pair<F>[] {
  const pairs: Pair<F>[] = [];
  let old = [...before];
  let young = [...after];
  for (const alike of [
    ({ stack, name }: F) => `${stack}\n${name}`,
    ({ stack, address }: F) => (address === "" ? undefined : `${stack}\n${address}`),
    ({ name, address }: F) => (address === "" ? undefined : name),
    ...likenesses,
  ] satisfies ReadonlyArray<Likeness<F>>) {
    const byLikeness = grouped(young, (facts) => alike(facts, "after") ?? "");
    const others = grouped(old, (facts) => alike(facts, "before") ?? "");
    const found = new Set<F>();
    for (const facts of old) {
      const wanted = alike(facts, "before");
      const [match, ...more] = byLikeness.get(wanted ?? "") ?? [];
      if (wanted === undefined || match === undefined || more.length > 0 || others.get(wanted)?.length !== 1) continue;
      pairs.push({ before: facts, after: match });
      found.add(facts).add(match);
    }
    old = old.filter((facts) => !found.has(facts));
    young = young.filter((facts) => !found.has(facts));
  }
  return [
    ...pairs,
    ...old.map((facts) => ({ before: facts, after: undefined })),
    ...young.map((facts) => ({ before: undefined, after: facts })),
  ];
}

/**
 * An issuer for the same account of the vendor, with the same admin key, is taken for the same
 * issuer under another prefix.
 */
function sameAccount({ stack, vendorSettings, adminSecret }: IssuerFacts): string | undefined {
  return vendorSettings === undefined ? undefined : JSON.stringify([stack, vendorSettings, adminSecret]);
}

/**
 * Addresses follow from names, so that of a renamed key nothing else is left: it is the one of its
 * name under its renamed issuer; or its issuer's one with the same policy, or with the same owner
 * and purpose.
 */
function likenessesOfKeys(issuers: ReadonlyArray<Pair<IssuerFacts>>): Array<Likeness<KeyFacts>> {
  const renamed = new Map(
    issuers.flatMap(({ before, after }) =>
      before === undefined || after === undefined ? [] : [[before.name, after.name]],
    ),
  );
  const issuerOf = ({ name }: KeyFacts, side: "before" | "after") => {
    const prefix = issuerPrefix(name);
    return side === "before" ? (renamed.get(prefix) ?? prefix) : prefix;
  };
  const declared =
    (likeness: Likeness<KeyFacts>): Likeness<KeyFacts> =>
    (facts, side) =>
      facts.address === "" ? undefined : likeness(facts, side);
  return [
    declared((facts, side) => `${issuerOf(facts, side)}/${facts.name.slice(issuerPrefix(facts.name).length + 1)}`),
    declared((facts, side) => facts.policyText && `${issuerOf(facts, side)}\n${facts.policyText}`),
    declared(
      (facts, side) =>
        facts.policy && JSON.stringify([issuerOf(facts, side), facts.policy.owner, facts.policy.purpose]),
    ),
  ];
}

/**
 * A key that another stack declares is only read here: where nobody reads it any more, it is still
 * there.
 */
function completed({ before, after }: Pair<KeyFacts>): Pair<KeyFacts> {
  return {
    before: before ?? (after?.address === "" ? declaredElsewhere(after.stack, after.name, []) : undefined),
    after: after ?? (before?.address === "" ? declaredElsewhere(before.stack, before.name, []) : undefined),
  };
}

function keyEntry(pair: Pair<KeyFacts>, observed: Observed, circumstances: Circumstances): Entry {
  const { before, after } = completed(pair);
  const fields = keyChanges(before, after);
  const prefix = issuerPrefix((after ?? before)?.name ?? "");
  const key = (after ?? before)?.name.slice(prefix.length + 1) ?? "";
  const seen = observed.of(prefix, key);
  const unrotated = after?.policy?.lifetime.rotateEverySeconds === undefined ? after?.policy?.lifetime : undefined;
  const wasRotated = before?.policy === undefined || before.policy.lifetime.rotateEverySeconds !== undefined;
  const expiring = [
    ...(seen?.state === "due" || seen?.state === "expired" ? seen.drift : []),
    ...(unrotated !== undefined && wasRotated
      ? [`not rotated: it ends ${describeSeconds(unrotated.expirySeconds)} after it is issued, and nothing replaces it`]
      : []),
  ];
  return entryOf("key", { before, after }, fields, {
    drift: driftOf(before, after, seen),
    expiring,
    notes: notesOf(before, after, circumstances),
  });
}

function issuerEntry(
  { before, after }: Pair<IssuerFacts>,
  observed: Observed,
  keys: ReadonlyArray<Pair<KeyFacts>>,
): Entry {
  const seen = observed.of((after ?? before)?.name ?? "", PROJECT_LIMITS);
  const drift = seen?.state === "drift" && after !== undefined ? seen.drift : [];
  return entryOf("issuer", { before, after }, issuerChanges(before, after), {
    drift,
    expiring: [],
    notes: endOf(before, after, keys),
  });
}

/** What an issuer takes along that goes, or that gets another prefix. */
function endOf(
  before: IssuerFacts | undefined,
  after: IssuerFacts | undefined,
  keys: ReadonlyArray<Pair<KeyFacts>>,
): string[] {
  if (before === undefined || before.name === after?.name) return [];
  const own = keys.filter(
    (key) => key.before !== undefined && key.before.address !== "" && issuerPrefix(key.before.name) === before.name,
  );
  const kept = own.filter((key) => key.after?.name === key.before?.name);
  const goes = count(own.length - kept.length, "key");
  const left =
    kept.length === 0
      ? []
      : [`Still declared without a controller: ${count(kept.length, "key")}. Nobody rotates or revokes them.`];
  if (after === undefined)
    return [`The apply removes the issuer: its functions, its schedule, its ledger and ${goes}.`, ...left];
  return [
    `A new prefix makes a new issuer. The apply removes the functions, schedule and ledger of ${before.name} and ${goes}, and creates those of ${after.name}.`,
    ...left,
  ];
}

function guardrailsEntry({ before, after }: Pair<GuardrailFacts>): Entry {
  const fields = guardrailChanges(before, after);
  return entryOf("guardrails", { before, after }, fields, { drift: [], expiring: [], notes: [] });
}

function foreignEntry({ stack, name, fields }: ForeignChange): Entry {
  const named = { stack, name, address: "" };
  return entryOf("resource", { before: named, after: named }, fields, { drift: [], expiring: [], notes: [] });
}

/**
 * An issued key that comes where another of the same owner and purpose goes is compared with that
 * one: its name alone is new.
 */
function succeeding(entry: Entry, { before, after }: Pair<KeyFacts>, keys: ReadonlyArray<Pair<KeyFacts>>): Entry {
  if (before !== undefined || after?.policy === undefined) return entry;
  const { owner, purpose } = after.policy;
  const [gone] = keys.flatMap((pair) =>
    pair.after === undefined && pair.before?.policy?.owner === owner && pair.before.policy.purpose === purpose
      ? [pair.before]
      : [],
  );
  if (gone === undefined) return entry;
  const wider = keyChanges(gone, after).filter(
    ({ direction }) => direction === "looser" || direction === "incomparable",
  );
  if (wider.length === 0) return entry;
  const named = new Set(wider.map(({ field }) => field));
  const fields = [...wider, ...entry.fields.filter(({ field }) => !named.has(field))];
  const notes = [...entry.notes, `It replaces ${gone.name}, which has the same owner and purpose, and allows more.`];
  return entryOf("key", { before, after }, fields, { ...entry, notes });
}

const NO_PAIR: Pair<Named> = { before: undefined, after: undefined };

function withFields(entry: Entry, pair: Pair<Named>, fields: readonly FieldChange[], drift: readonly string[]): Entry {
  if (fields.length === 0 && drift.length === 0) return entry;
  const all = { ...entry, drift: [...entry.drift, ...drift] };
  return entryOf(entry.subject, pair, [...entry.fields, ...fields], all);
}

function stackEntry({ stack, fields }: OwnedReview["stacks"][number]): Entry {
  const named = { stack, name: stack === "" ? "plan" : stack, address: "" };
  return entryOf("stack", { before: named, after: named }, fields, { drift: [], expiring: [], notes: [] });
}

function entryOf(
  subject: Entry["subject"],
  { before, after }: Pair<Named>,
  fields: readonly FieldChange[],
  more: Pick<Entry, "drift" | "expiring" | "notes">,
): Entry {
  const renamed = before !== undefined && after !== undefined && before.name !== after.name;
  const reissued = before !== undefined && after !== undefined && more.notes.length > 0;
  const went = new Set(fields.map(({ direction }) => direction));
  const holds: Readonly<Record<Verdict, boolean>> = {
    loosened: went.has("looser") || went.has("incomparable") || went.has("unknown"),
    exception: fields.some(isExcepted),
    issued: before === undefined,
    renamed: renamed || reissued,
    tightened: went.has("tighter") || went.has("incomparable"),
    retired: after === undefined,
    drift: more.drift.length > 0,
    expiring: more.expiring.length > 0,
    unchanged: went.size === 1 && went.has("same") && !renamed && !reissued,
  };
  const verdicts = VERDICTS.filter((verdict) => holds[verdict]);
  return {
    subject,
    name: (after ?? before)?.name ?? "",
    stack: (after ?? before)?.stack ?? "",
    verdicts,
    ...(renamed ? { renamedFrom: before.name } : {}),
    fields,
    drift: more.drift,
    expiring: more.expiring,
    notes: more.notes,
  };
}

function notesOf(
  before: KeyFacts | undefined,
  after: KeyFacts | undefined,
  { forgotten, replaced }: Circumstances,
): string[] {
  if (before === undefined) return [];
  if (after === undefined) {
    return forgotten.has(before.address)
      ? ["It leaves the state without being revoked. From then on nobody rotates or revokes it."]
      : ["The apply revokes its vendor keys and deletes its secret. Programs that still use it fail."];
  }
  if (before.name !== after.name)
    return [
      `The apply issues ${after.name} and revokes ${before.name}. Programs that read the old secret have to read the new one.`,
    ];
  if (before.stack !== after.stack)
    return [
      `It moves from stack ${before.stack} to ${after.stack}: the apply of the first revokes it, and the apply of the second issues a new one.`,
    ];
  if (replaced.has(after.address))
    return ["Terraform replaces it: the apply revokes all its vendor keys and issues a new one."];
  if (before.address !== after.address || before.controllerName !== after.controllerName) {
    return [
      "A different resource declares it. Unless a moved block connects the two, the apply revokes the key and issues it anew.",
    ];
  }
  return [];
}

/** Words of a repair token that say that an apply is behind, which is no drift. */
const BEHIND = /^(?:policy [0-9a-f]{12} is to be applied|no vendor key was issued yet)/;

/** Of what the observer said; where that is not in the plan, of the token that it gave. */
function driftOf(
  before: KeyFacts | undefined,
  after: KeyFacts | undefined,
  seen: Observations[string] | undefined,
): readonly string[] {
  if (before === undefined || after === undefined) return [];
  const isKept = before.policyText === after.policyText;
  if (seen?.state === "behind" && isKept) return meddled(seen, after);
  if (seen?.state === "drift" && isKept && seen.applied !== undefined) {
    return [...new Set([...meddled(seen, after), ...seen.drift])];
  }
  if (seen !== undefined) return seen.state === "drift" ? seen.drift : [];
  const { repair } = after;
  if (repair === undefined || repair === before.repair || repair === REPAIR_NONE || BEHIND.test(repair)) return [];
  return [repair];
}

/**
 * Of a key whose declared policy stays as it is and is not the one that was applied last: what
 * somebody has applied besides, field by field, and the plan puts back.
 */
function meddled({ drift, applied, by }: Observations[string], after: KeyFacts): string[] {
  const parsed = v.safeParse(keyPolicySchema, applied);
  if (!parsed.success) return [...drift];
  const now: KeyFacts = { ...after, policy: parsed.output, policyText: JSON.stringify(parsed.output) };
  const sentences = keyChanges(after, now).map(({ field, direction, was, is }) => {
    const which = direction === "same" || direction === undefined ? "" : ` (${DIRECTION_WORDS[direction]})`;
    return `${field} changed outside this state${which}: declared ${was}, applied ${is}`;
  });
  return sentences.length === 0 ? [...drift] : [...sentences, `by whom: ${by ?? "not known"}`];
}

const DIRECTION_WORDS = {
  looser: "looser",
  tighter: "tighter",
  incomparable: "incomparable",
  unknown: "nobody can tell",
};

/** What observers said; also counts of what they could not see. */
class Observed {
  readonly #unseen = new Set<string>();

  constructor(private readonly byFunction: ReadonlyMap<string, Observations>) {}

  of(prefix: string, key: string): Observations[string] | undefined {
    const seen = this.byFunction.get(functionName(prefix, "observer"))?.[key];
    if (seen?.state === "unknown") this.#unseen.add(`${prefix} ${key}`);
    return seen;
  }

  notes(): string[] {
    const n = this.#unseen.size;
    return n === 0 ? [] : [`${count(n, "key")} could not be compared with the vendor when the plan was made.`];
  }
}
