import type { AccountPolicy, AccountState } from "../model/account-policy";
import type { Grant, Limits } from "../model/grant";

/**
 * What the engine knows of a vendor. An adapter has no logging, no retry, no pacing and no metrics of its own: the engine
 * and its ports wrap it. Every verb takes one request object, so that the interface need not grow arguments.
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
 * How a key gets a new vendor key.
 * `additive`: a second one is minted beside the first. `in_place`: the vendor key gets a new value, its old value works on for a grace
 * period. `slot_pair`: two vendor keys exist for ever, and the idle one gets a new value. `manual`: a person mints it, in the vendor's console.
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
 * What a vendor says of an account (a project, a workspace) that is closed. Clauses.
 * A state that somebody can take back counts where the keys stay dead, or where `revivesKeys` says that they do not.
 */
export type AccountGoneFacts =
  | {
      /** What counts as proof. */
      readonly proof: string;
      /** What becomes of the keys where somebody takes it back. */
      readonly reversal: string;
      /** The keys live again then: nothing but an operator's order takes them for dead, and the sweep goes on looking. */
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
  /** Base URLs that the adapter may speak to, default first. Everything else is refused. Empty where `ownBaseUrl` is set. */
  readonly baseUrls: readonly string[];
  /** The user says where the vendor's software runs: any https URL of a host that is not this machine's own. */
  readonly ownBaseUrl?: true;
  /** Starts of further URLs that the adapter calls: token exchange, data API. A `*` stands for one label of a host. */
  readonly otherUrls?: readonly string[];
  readonly enforcement: Readonly<Record<Dimension, Enforcement>>;
  /** What an issuer can declare for the whole project (or the vendor's like), each with the issuer's property: `project.models`. */
  readonly account?: Readonly<Partial<Record<Dimension, string>>>;
  /** What `update` can change on a vendor key that lives; all else takes a new one. */
  readonly inPlace: { readonly grant: boolean; readonly expiry: boolean };
  /** Part of the grant cannot be given to `mint`: `update` has to follow, before the value is stored. */
  readonly grantAfterMint?: true;
  /** A second mint under a name answers the vendor key that has it, value included: nothing can be lost by repeating it. */
  readonly idempotentMint?: true;
  /** Vendor keys bear no name of ours: all that an owner has, or the whole account where there are no owners, is the key's. */
  readonly nameless?: true;
  /** No keys are for administration alone: any key may also make, list and revoke keys of the user whom it belongs to. */
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
  /** Of `scopes`, those that manage keys, members or the account: what belongs to an admin key alone. */
  readonly adminScopes?: readonly string[];
  /** What programs can use in the place of a key: `the program's own role, …`. */
  readonly keyless?: string;
  /** Longest life the vendor gives a key; undefined where there is no maximum. */
  readonly maxExpirySeconds: number;
  /** The vendor ends keys at whole steps of so many seconds, e.g. at the end of a day: at the next one after the time asked for. @default 1 */
  readonly expiryStepSeconds?: number;
  /** The vendor gives a key a life of whole multiples of so many seconds, counted from its mint: what is asked is rounded up. @default 1 */
  readonly expiryUnitSeconds?: number;
  /** How long a new key takes until it works everywhere. @default an hour at the worst */
  readonly activation?: VendorTimes;
  /** How long a key that was revoked may go on working. @default not known */
  readonly revocation?: VendorTimes;
  /** How an account that is closed is told from one that does not let the admin key in. @default nothing counts */
  readonly accountGone?: AccountGoneFacts;
  /** Admin calls a minute and endpoint that the vendor answers without throttling. */
  readonly adminCallsPerMinute: number;
  /** Names that the vendor takes for a vendor key. */
  readonly keyNamePattern: RegExp;
  /** Permission that the admin key, or the controller's role, needs, in the vendor's words. */
  readonly adminPermission: string;
  /** `none`: the vendor has no admin API, or the functions' own roles do what is to be done. @default "secret" */
  readonly adminKey?: "secret" | "none";
  /** Fixed start of a key's value, for redaction. */
  readonly valuePrefixes: readonly string[];
}

/** One credential at the vendor as the vendor lists it; never with its value. Times are Unix seconds. */
export interface VendorKey {
  readonly id: string;
  readonly name: string;
  /** 0 where the vendor does not say. */
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly lastUsedAt?: number;
  /** Somebody switched it off at the vendor: it opens nothing until they switch it on again. */
  readonly disabled?: boolean;
  /** Service account (or the vendor's like) that owns the key. */
  readonly ownerId?: string;
  /** Project (or the vendor's like) that it belongs to, where the vendor shows it. */
  readonly projectId?: string;
  /** What the vendor shows of its grant; dimensions that it does not show are absent. */
  readonly granted?: Granted;
  /** What the vendor made it for, where no program uses it: `a session of its UI`. */
  readonly madeFor?: string;
}

/** Per dimension what the vendor says of a key; `null`: it says that there is no such limit. */
export interface Granted {
  readonly scopes?: readonly string[] | null;
  readonly models?: readonly string[] | null;
  readonly endpoints?: readonly string[] | null;
  readonly limits?: Limits | null;
  readonly networks?: readonly string[] | null;
  /** What the vendor shows besides, and no policy says in the same way. */
  readonly others?: readonly OtherLimit[];
}

/** A limit of a key that a policy cannot say as the vendor has it: 2 US dollars an hour, 12.345 a month, nothing at all. */
export interface OtherLimit {
  /** Part of a policy that it belongs to; absent where policies have no such part. */
  readonly of?: "scopes" | "models" | "endpoints" | "networks" | keyof Limits;
  /** In the vendor's own names and numbers: `max_budget 2, budget_duration 1h`. */
  readonly shown: string;
  /** Why a policy does not say the same: a clause that follows a colon. */
  readonly reason: string;
  /** The vendor's tools write it for "no limit". */
  readonly unset?: true;
  /** So much in each window of so many seconds; without those, altogether. */
  readonly within?: { readonly amount: number; readonly seconds?: number };
}

/** A vendor key just made: the only moment at which its value is seen. */
export interface MintedKey {
  readonly id: string;
  readonly name: string;
  readonly value: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
}

export interface CallOptions {
  /** Ends the call; the adapter passes it on to `fetch`. */
  readonly signal?: AbortSignal;
}

export interface OwnerRequest extends CallOptions {
  readonly name: string;
}

export interface MintRequest extends CallOptions {
  /** Of vendors that have owners. */
  readonly ownerId?: string;
  readonly name: string;
  readonly grant: Grant;
  readonly expiresInSeconds: number;
  /** Of vendors whose keys have values of the caller's choice: what `chooseValue` answered. */
  readonly value?: string;
  /** Ids of vendor keys that must live on, for vendors with a fixed number of slots. */
  readonly keep?: readonly string[];
}

export interface RotateRequest extends CallOptions {
  readonly keyId: string;
  /** How long the old value works on, from this request. */
  readonly graceSeconds: number;
  /** Life of the vendor key from this request. */
  readonly expiresInSeconds: number;
}

export interface IdentifyRequest extends CallOptions {
  readonly value: string;
  /** What the person was told to call it; what follows it after a slash is theirs. */
  readonly name: string;
}

export interface KeyRequest extends CallOptions {
  readonly keyId: string;
}

/** At least one of `grant` and `expiresInSeconds`. */
export interface UpdateRequest extends KeyRequest {
  readonly ownerId?: string;
  /** All of it: what is absent is taken off. */
  readonly grant?: Grant;
  /** Counted from this request. */
  readonly expiresInSeconds?: number;
}

export interface VerifyRequest extends CallOptions {
  readonly value: string;
  readonly grant: Grant;
}

/**
 * What real calls with a key showed. Whatever else the vendor answers is no verdict, and thrown.
 * `works`: the vendor knows the key, what is inside the scopes is let through, and what is outside is refused.
 * `refused`: the vendor says in its own words, and not by a status alone, that it does not know the key, or that the key has ended.
 * `wider`: the key lives, and a call outside of its grant is let through, whatever it lacks besides.
 * `narrower`: the key lives, a call inside of its grant is refused, and none outside was let through.
 */
export interface VerifyResult {
  readonly outcome: "works" | "refused" | "wider" | "narrower";
  /** One sentence, free of secrets. */
  readonly evidence: string;
  /** Whether a call outside the scopes was made and refused; false where no such call is known. */
  readonly scopeProven: boolean;
}

/** A change of a key's scopes that the vendor's audit log knows of. */
export interface ScopeChange {
  readonly keyId: string;
  readonly scopes: readonly string[];
  /** Unix seconds. */
  readonly at: number;
  /** E-mail or id of who did it, where known. */
  readonly actor?: string;
}

export interface ScopeChangesRequest extends CallOptions {
  /** Unix seconds; changes at this second are included. */
  readonly since: number;
}

export interface AccountRequest extends CallOptions {
  readonly policy: AccountPolicy;
}

/** What a vendor enforces for the whole project (or the vendor's like) that the keys are in. */
export interface VendorAccount {
  /** As sentences name it: `project proj_abc`. */
  readonly name: string;
  /** Of that which the policy declares, what holds now. One or a few calls. */
  read(request: AccountRequest): Promise<AccountState>;
  /**
   * Sets what the policy declares where it is other, and nothing else; may be sent again. What cannot be set is found out before anything
   * is, where that can be known. Answers what it has found before it set anything.
   */
  apply(request: AccountRequest): Promise<AccountState>;
}

export interface VendorAdapter {
  readonly descriptor: VendorDescriptor;
  /** Present where the descriptor's `account` is, and the settings name the project. */
  readonly account?: VendorAccount;
  /**
   * Finds the owner of that name, or undefined. One call per 100 owners. Oldest first where several have the name. An owner that
   * `createOwner` left half made is finished first, so this may write: not for the observer.
   * Absent where the vendor has nothing that belongs to one key: then the other two are absent as well.
   */
  findOwner?(request: OwnerRequest): Promise<string | undefined>;
  /** Makes an owner that keys with a grant can be minted for; may take two calls. */
  createOwner?(request: OwnerRequest): Promise<string>;
  /** Deletes the owner; where it owns keys, with them. */
  deleteOwner?(request: { readonly ownerId: string } & CallOptions): Promise<"deleted" | "gone">;
  /** Present where the caller chooses a key's value: it is stored before it is minted, so that no answer can be lost. */
  chooseValue?(): { readonly value: string; readonly id: string };
  /** Exactly one request that has an effect; never re-sent here. Absent where a person mints. */
  mint?(request: MintRequest): Promise<MintedKey>;
  /** Strategies `manual` and `slot_pair`: which vendor key a value is. Undefined where the vendor does not know it, or cannot tell it from others. */
  identify?(request: IdentifyRequest): Promise<VendorKey | undefined>;
  /**
   * Strategy `in_place`: the same vendor key with a new value, which is as old as `createdAt` says. Exactly one request that has an effect;
   * never re-sent here. After a lost answer nobody knows the new value, and the old one ends with its grace.
   */
  rotate?(request: RotateRequest): Promise<MintedKey>;
  /** All keys of the project, all pages, whoever owns them. One call per 100 keys. */
  list(request: CallOptions): Promise<VendorKey[]>;
  read(request: KeyRequest): Promise<VendorKey | undefined>;
  /** Whether the vendor has made a new value, or a new vendor key, known everywhere. Absent where it does not say. */
  isActive?(request: KeyRequest): Promise<boolean>;
  /** Absent where a vendor key cannot be changed. */
  update?(request: UpdateRequest): Promise<VendorKey>;
  /** A stop that people can take back; a `revoke` follows later. Absent where the vendor has none, or ends keys at once. */
  disable?(request: KeyRequest): Promise<"disabled" | "gone">;
  /**
   * `revoked`: the vendor has taken it off its list; it opens nothing any more, at once or after the descriptor's `revocation`. `gone`: there
   * was no such key. `by_hand`: it lives, and nobody but a person can end it. `unconfirmed`: it is refused, and nothing shows that the vendor
   * is well, which refuses keys that live in an outage, too.
   */
  revoke(request: KeyRequest): Promise<"revoked" | "gone" | "by_hand" | "unconfirmed">;
  /**
   * Calls the vendor's data API with the key, unpaced. Never costs money. Throws what is no verdict on the key: a 429, a 5xx, a page of a
   * proxy, and refusals that speak of a region, a bill, a budget, an account or a permission. Does not wait: a vendor may answer `refused`
   * for a key that is seconds old.
   */
  verify(request: VerifyRequest): Promise<VerifyResult>;
  /**
   * Asks the vendor whether nothing can open any more what all the keys are in: an account that is deleted, a project that is archived, keys that
   * are switched off for all of it. Answers how that is known, as a clause; undefined: it is open, or the vendor does not say. A refusal of the
   * admin key is no such answer. Absent where the descriptor's `accountGone` has no proof, or the settings name nothing that could be closed.
   */
  accountGone?(request: CallOptions): Promise<string | undefined>;
  /** Newest first. Absent where the vendor shows scopes in `list`, or has no audit log. */
  scopeChanges?(request: ScopeChangesRequest): Promise<ScopeChange[]>;
}

/** An adapter that mints, and whose keys have owners and can be changed. */
export type FullVendorAdapter = VendorAdapter &
  Required<Pick<VendorAdapter, "findOwner" | "createOwner" | "deleteOwner" | "mint" | "update">>;

export type VendorErrorKind =
  /** 401 or 403 on an admin call: the admin key is wrong, expired or lacks a permission. */
  | "admin_refused"
  | "not_found"
  | "conflict"
  /** 400 or 422: the same request will never succeed. */
  | "invalid"
  | "throttled"
  /** Not sent: the pacer has no turn that comes while the run can wait. */
  | "no_turn"
  /** 5xx, a broken connection, a time-out: whether the effect happened is not known. */
  | "unavailable"
  /** A look with a key was refused in words that say nothing certain of the key. */
  | "no_verdict"
  /** An answer that does not follow the vendor's schema. */
  | "unexpected";

/** The one error that adapters throw. Its message holds no secret. */
export class VendorError extends Error {
  override readonly name = "VendorError";
  readonly kind: VendorErrorKind;
  /** Method and path template, e.g. `POST /organization/projects/{project}/service_accounts`. */
  readonly call: string;
  readonly status: number | undefined;
  /** From `Retry-After`, where the vendor sent one. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    kind: VendorErrorKind,
    call: string,
    message: string,
    details: { status?: number; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.call = call;
    this.status = details.status;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

/** Waits for its turn before each admin call, and is told how the call went. Implemented over the ledger. */
export interface Pacer {
  /** Resolves when the call may be sent. `endpoint` is method and path template. Throws `no_turn` at once where that would be too late. */
  turn(endpoint: string, signal?: AbortSignal): Promise<void>;
  /** Told of a 429, so that every driver of the issuer backs off. */
  throttled(endpoint: string, retryAfterSeconds: number | undefined): Promise<void>;
}

/** What ledger and secrets know of vendor keys, where the vendor tells nothing of them. */
export interface KnownKeys {
  /** Those in use, being adopted, or superseded and not known to be dead. */
  list(): Promise<ReadonlyArray<Pick<VendorKey, "id" | "name" | "createdAt">>>;
  /** Undefined where no version of the key's secret holds it any more. Not for the observer, which may read no values. */
  value(keyId: string): Promise<string | undefined>;
}

/** What requests to AWS are signed with. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** How an adapter is made: everything passed in, nothing read from the process environment. */
export interface VendorConnection {
  /** Reads the admin key when it is first needed. */
  readonly adminKey: () => Promise<string>;
  /** Of the role that the adapter runs with, for vendors whose admin API is AWS's own. */
  readonly awsCredentials?: () => Promise<AwsCredentials>;
  /** Vendor's own settings, unparsed (OpenAI: `{ projectId, baseUrl? }`); the adapter parses them with its schema. */
  readonly settings: unknown;
  readonly pacer: Pacer;
  /** For vendors without an admin API. */
  readonly known?: KnownKeys;
  readonly fetch: typeof fetch;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly sleep: (millis: number, signal?: AbortSignal) => Promise<void>;
}

export interface Vendor<Adapter extends VendorAdapter = VendorAdapter> {
  readonly descriptor: VendorDescriptor;
  /**
   * Base URL of the data API, as programs use it; goes into the secret. Settings are those of `connect`, which accepted them.
   * @default the settings' `baseUrl`, else the descriptor's first
   */
  dataUrl?(settings: unknown): string;
  connect(connection: VendorConnection): Adapter;
}
