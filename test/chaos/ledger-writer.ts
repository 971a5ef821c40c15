import fc from "fast-check";
import { defined } from "../../src/model/defined";
import type { KeyPolicy } from "../../src/model/key-policy";
import { type KeyRecord, newKeyRecord } from "../../src/model/key-record";

/** Whose id somebody writes into the ledger. */
export type Whose = "in_use" | "previous" | "pending" | "superseded" | "stranger" | "nobody";

/** What somebody who may write into the table, and nothing else, writes about the key. */
export type LedgerWrite =
  | { readonly field: "policy"; readonly to: "wide" | "long_life" | "no_overlap" | "none" }
  | { readonly field: "current"; readonly keyId: Whose }
  | { readonly field: "current"; readonly part: "versionId" | "issuedAt" | "expiresAt" | "valueEndsAt" | "all" }
  | { readonly field: "superseded"; readonly add: Whose }
  | { readonly field: "superseded"; readonly end: "now" | "never" | "disabled" | "forgotten" }
  | {
      readonly field: "pending";
      readonly add: Whose;
      readonly token: "in_use" | "previous" | "pending" | "new";
      readonly origin: "rotation" | "reconcile";
      readonly discarded: boolean;
      /** It began some day in the future. */
      readonly late: boolean;
    }
  | { readonly field: "pending"; readonly drop: true }
  | { readonly field: "revocation"; readonly successor: boolean; readonly keyIds: readonly Whose[] }
  | { readonly field: "revocation"; readonly drop: true }
  | { readonly field: "stopped"; readonly add: boolean }
  | { readonly field: "unfinished"; readonly action: "destroy" | "destroyed" | "late" | "apply" | "none" }
  | { readonly field: "ownerId"; readonly to: "stranger" | "none" }
  | { readonly field: "incidents" | "repair" | "record" }
  /** The record of a key that nobody has declared. */
  | { readonly field: "made_up"; readonly superseded: Whose; readonly revocation: boolean };

const whose = fc.constantFrom<Whose>("in_use", "previous", "pending", "superseded", "stranger", "nobody");
const fixed = <T extends LedgerWrite>(...writes: readonly T[]) => fc.constantFrom(...writes);

const write: fc.Arbitrary<LedgerWrite> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      field: fc.constant("policy" as const),
      to: fc.constantFrom(
        "wide" as const,
        "wide" as const,
        "long_life" as const,
        "no_overlap" as const,
        "none" as const,
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ field: fc.constant("current" as const), keyId: whose }) },
  {
    weight: 2,
    arbitrary: fc.record({
      field: fc.constant("current" as const),
      part: fc.constantFrom("versionId", "issuedAt", "expiresAt", "valueEndsAt", "all"),
    }) as fc.Arbitrary<LedgerWrite>,
  },
  { weight: 4, arbitrary: fc.record({ field: fc.constant("superseded" as const), add: whose }) },
  {
    weight: 2,
    arbitrary: fixed<LedgerWrite>(
      { field: "superseded", end: "now" },
      { field: "superseded", end: "never" },
      { field: "superseded", end: "disabled" },
      { field: "superseded", end: "forgotten" },
    ),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      field: fc.constant("pending" as const),
      add: whose,
      token: fc.constantFrom("in_use" as const, "previous" as const, "pending" as const, "new" as const),
      origin: fc.constantFrom("rotation" as const, "reconcile" as const),
      discarded: fc.boolean(),
      late: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      field: fc.constant("revocation" as const),
      successor: fc.boolean(),
      keyIds: fc.array(whose, { maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ field: fc.constant("stopped" as const), add: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      field: fc.constant("unfinished" as const),
      action: fc.constantFrom("destroy", "destroyed", "late", "apply", "none") as fc.Arbitrary<"destroy">,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      field: fc.constant("ownerId" as const),
      to: fc.constantFrom("stranger" as const, "stranger" as const, "none" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fixed<LedgerWrite>(
      { field: "pending", drop: true },
      { field: "revocation", drop: true },
      { field: "incidents" },
      { field: "repair" },
      { field: "record" },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({ field: fc.constant("made_up" as const), superseded: whose, revocation: fc.boolean() }),
  },
);

export const ledgerWrites = fc.array(write, { minLength: 1, maxLength: 4 });

/** What the writer knows of the world. */
export interface Target {
  readonly id: (whose: Whose) => string;
  readonly version: (which: "in_use" | "previous" | "pending" | "new") => string;
  readonly strangersOwner: string;
  readonly now: number;
}

type Draft = { -readonly [field in keyof KeyRecord]: KeyRecord[field] };

/** Undefined: the record is deleted. */
export function written(record: KeyRecord, writes: readonly LedgerWrite[], target: Target): KeyRecord | undefined {
  const draft: Draft = structuredClone(record);
  for (const one of writes) {
    if (one.field === "record") return undefined;
    scribble(draft, one, target);
  }
  return { ...draft, rev: record.rev + 1 };
}

/** Undefined where none is written. */
export function madeUp(record: KeyRecord, writes: readonly LedgerWrite[], target: Target): KeyRecord | undefined {
  const write = writes.find((one) => one.field === "made_up");
  if (write?.field !== "made_up") return undefined;
  const keyId = target.id(write.superseded);
  const { now } = target;
  return {
    ...newKeyRecord("made-up"),
    ...defined({ policy: record.policy }),
    superseded: [{ keyId, revokeAfter: 0, expiresAt: now + LONG }],
    ...(write.revocation ? { revocation: { since: now, successor: false, keyIds: [keyId] } } : {}),
    rev: 1,
  };
}

/** Nobody has ordered it. */
export const FORGED_STOP = "somebody";

const LONG = 100_000_000;
/** As long as a policy may say. */
const LONG_LIFE = 80_000_000;

function scribble(draft: Draft, write: LedgerWrite, { id, version, strangersOwner, now }: Target): void {
  switch (write.field) {
    case "policy":
      if (write.to === "none") delete draft.policy;
      else if (draft.policy !== undefined) draft.policy = wider(draft.policy, write.to);
      return;
    case "current":
      writeCurrent(draft, write, { id, now });
      return;
    case "superseded":
      if ("add" in write) {
        const entry = { keyId: id(write.add), revokeAfter: 0, expiresAt: now + LONG };
        draft.superseded = [...draft.superseded, entry];
      } else if (write.end === "forgotten") draft.superseded = [];
      else {
        const revokeAfter = write.end === "now" ? 0 : now + LONG;
        const disabled = write.end === "disabled" ? { disabled: true as const } : {};
        draft.superseded = draft.superseded.map((entry) => ({ ...entry, revokeAfter, ...disabled }));
      }
      return;
    case "pending":
      if ("drop" in write) draft.pending = [];
      else {
        const known = write.add === "nobody" ? {} : { keyId: id(write.add), issuedAt: 0, expiresAt: now + LONG };
        const entry = {
          token: version(write.token),
          origin: write.origin,
          startedAt: write.late ? now + LONG : 0,
          ...known,
        };
        draft.pending = [...draft.pending, { ...entry, ...(write.discarded ? { discarded: true as const } : {}) }];
      }
      return;
    case "revocation":
      if ("drop" in write) delete draft.revocation;
      else draft.revocation = { since: now, successor: write.successor, keyIds: write.keyIds.map(id) };
      return;
    case "stopped":
      if (write.add) draft.stopped = { id: FORGED_STOP, since: now };
      else delete draft.stopped;
      return;
    case "unfinished":
      if (write.action === "none") delete draft.unfinished;
      else {
        const action = write.action === "apply" ? "apply" : "destroy";
        const since = write.action === "late" ? now + LONG : 0;
        const revoked = write.action === "destroyed" ? { revoked: true as const } : {};
        draft.unfinished = { action, since, reason: "it was cut off", ...revoked };
      }
      return;
    case "ownerId":
      if (write.to === "none") delete draft.ownerId;
      else draft.ownerId = strangersOwner;
      return;
    case "incidents":
      delete draft.incidents;
      return;
    case "repair":
      draft.repair = "somebody's";
      return;
    case "record":
    case "made_up":
      return;
  }
}

function writeCurrent(
  draft: Draft,
  write: Extract<LedgerWrite, { readonly field: "current" }>,
  { id, now }: Pick<Target, "id" | "now">,
): void {
  const { current } = draft;
  if (current === undefined) return;
  if ("keyId" in write) draft.current = { ...current, keyId: id(write.keyId) };
  else if (write.part === "all") delete draft.current;
  else if (write.part === "versionId") draft.current = { ...current, versionId: "nowhere" };
  else draft.current = { ...current, [write.part]: write.part === "valueEndsAt" ? now : 0 };
}

export const WIDE_SCOPES = ["api.all"];

function wider(policy: KeyPolicy, to: "wide" | "long_life" | "no_overlap"): KeyPolicy {
  if (to === "wide") return policy.scopes === undefined ? policy : { ...policy, scopes: WIDE_SCOPES };
  const { lifetime } = policy;
  if (to === "no_overlap") return { ...policy, lifetime: { ...lifetime, overlapSeconds: 0 } };
  return { ...policy, lifetime: { ...lifetime, expirySeconds: LONG_LIFE } };
}
