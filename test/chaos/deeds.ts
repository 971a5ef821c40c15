import fc from "fast-check";
import { canonicalPolicy, type KeyPolicy } from "../../src/model/key-policy";
import { SECONDS_PER_DAY, SECONDS_PER_HOUR } from "../../src/model/units";
import { type LedgerWrite, ledgerWrites } from "./ledger-writer";
import type { FaultKind, Moment, PlannedFault } from "./world";

/**
 * Policies that a script switches between: scopes, a longer life, a shorter life, another overlap.
 */
export const POLICIES: readonly KeyPolicy[] = [
  policy(["api.model.read", "api.model.request"], 7, 24, 10),
  policy(["api.model.request"], 7, 24, 10),
  policy(["api.model.read", "api.model.request"], 30, 48, 40),
  policy(["api.files.read"], 5, 6, 8),
];

function policy(scopes: string[], everyDays: number, overlapHours: number, expiryDays: number): KeyPolicy {
  return canonicalPolicy({
    vendor: "openai",
    owner: "team@example.com",
    purpose: "chaos",
    scopes,
    lifetime: {
      rotateEverySeconds: everyDays * SECONDS_PER_DAY,
      overlapSeconds: overlapHours * SECONDS_PER_HOUR,
      expirySeconds: expiryDays * SECONDS_PER_DAY,
    },
  });
}

/** What a person does at the wrong moment. */
export type Mishap =
  | "edit_secret"
  /** The `baseUrl` alone. */
  | "edit_payload"
  /** Under the token of the rotation that is under way. */
  | "edit_pending"
  | "delete_vendor_key"
  | "delete_pending_vendor_key"
  | "widen_scopes"
  | "change_expiry"
  | "add_foreign_key"
  /** Of somebody else, and as no vendor documents one. */
  | "add_odd_key"
  | "close_account"
  | "open_account"
  | "cancel_rotation"
  | "lose_ledger"
  | "delete_secret";

/** What somebody or something does. */
export type Deed =
  | { readonly do: "apply"; readonly policy: number }
  | { readonly do: "rotate" | "sweep" | "destroy" }
  /**
   * The provider's SDK sends the last reconcile again, e.g. after a dropped connection, maybe while
   * the first still runs.
   */
  | { readonly do: "resend" }
  /** An operator's emergency, and an operator's marks. */
  | {
      readonly do: "revoke";
      readonly successor: boolean;
      readonly keepCurrent?: boolean;
      readonly accountGone?: boolean;
    }
  | {
      readonly do: "retain";
      readonly version: "current" | "previous";
      readonly retain: boolean;
      readonly overEmergency?: boolean;
    }
  | { readonly do: Mishap }
  /** Somebody who may write into the ledger's table, and nothing else. */
  | { readonly do: "write_ledger"; readonly writes: readonly LedgerWrite[] }
  | { readonly do: "wait"; readonly hours: number }
  /**
   * An organisation's maximum of a key's life, also for the keys that are there; undefined: it is
   * lifted.
   */
  | { readonly do: "shorten_lives"; readonly maxHours: number | undefined; readonly existing: boolean }
  /** Looks with a key get no verdict: a region, a bill, a proxy. */
  | { readonly do: "speechless"; readonly hours: number }
  /** The vendor's admin API is out of reach; keys go on working. */
  | { readonly do: "outage"; readonly hours: number };

/** Deeds that happen together, and what they meet. */
export interface Step {
  readonly deeds: readonly Deed[];
  readonly faults: readonly PlannedFault[];
  readonly order: readonly number[];
  readonly skewsMillis: readonly number[];
  /** When people act. */
  readonly peopleAt: Moment;
  /** How long new vendor keys take until they work. */
  readonly activationSeconds: number;
  /** How long values of revoked vendor keys work on. */
  readonly revocationSeconds: number;
}

/** A step in which nothing but its deeds happens. */
export const UNDISTURBED = {
  faults: [],
  order: [],
  skewsMillis: [],
  peopleAt: 0,
  activationSeconds: 0,
  revocationSeconds: 0,
} as const satisfies Omit<Step, "deeds">;

const fault: fc.Arbitrary<PlannedFault> = fc.record({
  at: fc.nat({ max: 40 }),
  kind: fc.constantFrom<FaultKind>("crash_before", "crash_after", "lost_reply", "unavailable", "throttled", "slow"),
});

const hours = fc.integer({ min: 1, max: 30 });

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("apply" as const), policy: fc.nat({ max: POLICIES.length - 1 }) }),
  },
  {
    weight: 10,
    arbitrary: fc.constantFrom<Deed>({ do: "rotate" }, { do: "rotate" }, { do: "sweep" }, { do: "resend" }),
  },
  { weight: 2, arbitrary: fc.constant<Deed>({ do: "destroy" }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Deed>(
      { do: "revoke", successor: true },
      { do: "revoke", successor: false },
      { do: "revoke", successor: true, keepCurrent: true },
      { do: "revoke", successor: false, accountGone: true },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("retain" as const),
      version: fc.constantFrom("current" as const, "previous" as const),
      retain: fc.boolean(),
      overEmergency: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("write_ledger" as const), writes: ledgerWrites }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("wait" as const), hours }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("outage" as const), hours }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("shorten_lives" as const),
      maxHours: fc.constantFrom(1, 6, 30, 72, undefined),
      existing: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("speechless" as const), hours }) },
  {
    weight: 5,
    arbitrary: fc.constantFrom<Deed>(
      { do: "edit_secret" },
      { do: "edit_payload" },
      { do: "edit_pending" },
      { do: "delete_vendor_key" },
      { do: "delete_pending_vendor_key" },
      { do: "widen_scopes" },
      { do: "change_expiry" },
      { do: "add_foreign_key" },
      { do: "add_odd_key" },
      { do: "close_account" },
      { do: "open_account" },
      { do: "cancel_rotation" },
      { do: "lose_ledger" },
      { do: "delete_secret" },
    ),
  },
);

const MINUTE_MILLIS = 60_000;
const DAY_MILLIS = SECONDS_PER_DAY * 1_000;
const skewMillis = fc.constantFrom(0, 0, 10 * MINUTE_MILLIS, -10 * MINUTE_MILLIS, DAY_MILLIS, -DAY_MILLIS);

/** Each step is one to three deeds at once, with up to two faults. */
export const script: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    deeds: fc.array(deed, { minLength: 1, maxLength: 3 }),
    faults: fc.array(fault, { maxLength: 2 }),
    order: fc.array(fc.nat({ max: 5 }), { maxLength: 12 }),
    skewsMillis: fc.oneof(
      { weight: 3, arbitrary: fc.constant<number[]>([]) },
      { weight: 1, arbitrary: fc.array(skewMillis, { minLength: 1, maxLength: 3 }) },
    ),
    peopleAt: fc.oneof(
      fc.nat({ max: 40 }),
      fc.constantFrom("secret.promote", "secret.stage", "vendor.mint", "vendor.revoke", "table.put key"),
    ),
    activationSeconds: fc.constantFrom(0, 0, 0, 20, 60, 300, 1_800),
    revocationSeconds: fc.constantFrom(0, 0, 0, 30, 1_400),
  }),
  { minLength: 1, maxLength: 7 },
);
