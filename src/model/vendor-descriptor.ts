import type { Limits } from "./grant";

/**
 * What the engine knows of a vendor. An adapter has no logging, no retry, no pacing and no metrics
 * of its own: the engine and its ports wrap it. Every verb takes one request object, so that the
 * interface need not grow arguments.
 */

/** Who, if anybody, enforces a dimension of a key policy. */
export type Enforcement = "key" | "project" | "nobody";

/** The dimensions of a key policy that vendors differ in. */
export type Dimension =
  | "permissions"
  | "endpoints"
  | "models"
  | "requestsPerMinute"
  | "tokensPerMinute"
  | "spend"
  | "characters"
  | "expiry"
  | "sourceIp";

/**
 * How a key gets a new vendor key. `additive`: a second one is minted beside the first. `in_place`:
 * the vendor key gets a new value, its old value works on for a grace period. `slot_pair`: two
 * vendor keys exist for ever, and the idle one gets a new value. `manual`: a person mints it, in
 * the vendor's console.
 */
export type Strategy = "additive" | "in_place" | "slot_pair" | "manual";

/** A time that a vendor needs. */
export interface VendorTimes {
  readonly typicalSeconds: number;
  /** The longest that was documented or reported, or that has to be reckoned with. */
  readonly worstSeconds: number;
  /** Where that is known from. */
  readonly source: string;
}

/**
 * What a vendor says of an account (a project, a workspace) that is closed. Clauses. A state that
 * somebody can take back counts where the keys stay dead, or where `revivesKeys` says that they do
 * not.
 */
export type AccountGoneFacts =
  | {
      /** What counts as proof. */
      readonly proof: string;
      /** What becomes of the keys where somebody takes it back. */
      readonly reversal: string;
      /**
       * The keys live again then: nothing but an operator's order takes them for dead, and the
       * sweep goes on looking.
       */
      readonly revivesKeys?: true;
    }
  | {
      /** Why nothing that the vendor says counts. */
      readonly noProof: string;
    };

/** Plain facts about a vendor; constructs and documentation are made from it. Holds no code. */
export interface VendorDescriptor {
  /** Folder name, payload field and word in policies: `openai`. */
  readonly id: string;
  /** As people write it: `OpenAI`. */
  readonly displayName: string;
  readonly strategy: Strategy;
  /**
   * Base URLs that the adapter may speak to, default first. Everything else is refused. Empty where
   * `ownBaseUrl` is set.
   */
  readonly baseUrls: readonly string[];
  /**
   * The user says where the vendor's software runs: any https URL of a host that is not this
   * machine's own.
   */
  readonly ownBaseUrl?: true;
  /**
   * Starts of further URLs that the adapter calls: token exchange, data API. A `*` stands for one
   * label of a host.
   */
  readonly otherUrls?: readonly string[];
  readonly enforcement: Readonly<Record<Dimension, Enforcement>>;
  /**
   * What an issuer can declare for the whole project (or the vendor's like), each with the issuer's
   * property: `project.models`.
   */
  readonly account?: Readonly<Partial<Record<Dimension, string>>>;
  /** What `update` can change on a vendor key that lives; all else takes a new one. */
  readonly inPlace: { readonly grant: boolean; readonly expiry: boolean };
  /**
   * Part of the grant cannot be given to `mint`: `update` has to follow, before the value is
   * stored.
   */
  readonly grantAfterMint?: true;
  /**
   * A second mint under a name answers the vendor key that has it, value included: nothing can be
   * lost by repeating it.
   */
  readonly idempotentMint?: true;
  /**
   * Vendor keys bear no name of ours: all that an owner has, or the whole account where there are
   * no owners, is the key's.
   */
  readonly nameless?: true;
  /**
   * No keys are for administration alone: any key may also make, list and revoke keys of the user
   * whom it belongs to.
   */
  readonly keysManageKeys?: true;
  /** Vendor keys that one declared key can have at a time. Undefined: as many as it takes. */
  readonly vendorKeysMax?: number;
  /** Keys that can be declared with one issuer. Undefined: as many as you like. */
  readonly keysMax?: number;
  /** Strategy `in_place`: for how long the vendor lets an old value work on. */
  readonly grace?: { readonly minSeconds: number; readonly maxSeconds: number };
  /** Periods that a spend limit can start anew with; needed where spend is enforced per key. */
  readonly spendPeriods?: ReadonlyArray<NonNullable<Limits["spend"]>["per"]>;
  /** Spend limits are whole multiples of so many US dollars. @default 0.01 */
  readonly spendStepUsd?: number;
  /** Scopes known by name: scope -> what it opens. Others need `custom`. */
  readonly scopes: Readonly<Record<string, string>>;
  /**
   * Of `scopes`, those that manage keys, members or the account: what belongs to an admin key
   * alone.
   */
  readonly adminScopes?: readonly string[];
  /** What programs can use in the place of a key: `the program's own role, …`. */
  readonly keyless?: string;
  /** Longest life the vendor gives a key; undefined where there is no maximum. */
  readonly maxExpirySeconds: number;
  /**
   * The vendor ends keys at whole steps of so many seconds, e.g. at the end of a day: at the next
   * one after the time asked for. @default 1
   */
  readonly expiryStepSeconds?: number;
  /**
   * The vendor gives a key a life of whole multiples of so many seconds, counted from its mint:
   * what is asked is rounded up. @default 1
   */
  readonly expiryUnitSeconds?: number;
  /** How long a new key takes until it works everywhere. @default an hour at the worst */
  readonly activation?: VendorTimes;
  /** How long a key that was revoked may go on working. @default not known */
  readonly revocation?: VendorTimes;
  /**
   * How an account that is closed is told from one that does not let the admin key in. @default
   * nothing counts
   */
  readonly accountGone?: AccountGoneFacts;
  /** Admin calls a minute and endpoint that the vendor answers without throttling. */
  readonly adminCallsPerMinute: number;
  /** Names that the vendor takes for a vendor key. */
  readonly keyNamePattern: RegExp;
  /** Permission that the admin key, or the controller's role, needs, in the vendor's words. */
  readonly adminPermission: string;
  /**
   * `none`: the vendor has no admin API, or the functions' own roles do what is to be done.
   * @default "secret"
   */
  readonly adminKey?: "secret" | "none";
  /** Fixed start of a key's value, for redaction. */
  readonly valuePrefixes: readonly string[];
}
