import type { AwsCredentials } from "../model/aws-credentials";
import type { Grant } from "../model/grant";
import type { Granted } from "../model/granted";
import type { ProjectLimits, ProjectLimitsState } from "../model/project-limits";
import type { VendorDescriptor } from "../model/vendor-descriptor";
import type { VerifyResult } from "../model/verify-result";
import type { RateLimiter } from "../rate-limit/rate-limiter";

/**
 * One credential at the vendor as the vendor lists it; never with its value. Times are Unix
 * seconds.
 */
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

export interface ProjectLimitsRequest extends CallOptions {
  readonly policy: ProjectLimits;
}

/** What a vendor enforces for the whole project (or the vendor's like) that the keys are in. */
export interface VendorProject {
  /** As sentences name it: `project proj_abc`. */
  readonly name: string;
  /** Of that which the policy declares, what holds now. One or a few calls. */
  read(request: ProjectLimitsRequest): Promise<ProjectLimitsState>;
  /**
   * Sets what the policy declares where it is other, and nothing else; may be sent again. What
   * cannot be set is found out before anything is, where that can be known. Answers what it has
   * found before it set anything.
   */
  apply(request: ProjectLimitsRequest): Promise<ProjectLimitsState>;
}

export interface VendorAdapter {
  readonly descriptor: VendorDescriptor;
  /** Present where the descriptor's `account` is, and the settings name the project. */
  readonly account?: VendorProject;
  /**
   * Finds the owner of that name, or undefined. One call per 100 owners. Oldest first where several
   * have the name. An owner that `createOwner` left half made is finished first, so this may write:
   * not for the observer. Absent where the vendor has nothing that belongs to one key: then the
   * other two are absent as well.
   */
  findOwner?(request: OwnerRequest): Promise<string | undefined>;
  /** Makes an owner that keys with a grant can be minted for; may take two calls. */
  createOwner?(request: OwnerRequest): Promise<string>;
  /** Deletes the owner; where it owns keys, with them. */
  deleteOwner?(request: { readonly ownerId: string } & CallOptions): Promise<"deleted" | "gone">;
  /**
   * Present where the caller chooses a key's value: it is stored before it is minted, so that no
   * answer can be lost.
   */
  chooseValue?(): { readonly value: string; readonly id: string };
  /** Exactly one request that has an effect; never re-sent here. Absent where a person mints. */
  mint?(request: MintRequest): Promise<MintedKey>;
  /**
   * Strategies `manual` and `slot_pair`: which vendor key a value is. Undefined where the vendor
   * does not know it, or cannot tell it from others.
   */
  identify?(request: IdentifyRequest): Promise<VendorKey | undefined>;
  /**
   * Strategy `in_place`: the same vendor key with a new value, which is as old as `createdAt` says.
   * Exactly one request that has an effect; never re-sent here. After a lost answer nobody knows
   * the new value, and the old one ends with its grace.
   */
  rotate?(request: RotateRequest): Promise<MintedKey>;
  /** All keys of the project, all pages, whoever owns them. One call per 100 keys. */
  list(request: CallOptions): Promise<VendorKey[]>;
  read(request: KeyRequest): Promise<VendorKey | undefined>;
  /**
   * Whether the vendor has made a new value, or a new vendor key, known everywhere. Absent where it
   * does not say.
   */
  isActive?(request: KeyRequest): Promise<boolean>;
  /** Absent where a vendor key cannot be changed. */
  update?(request: UpdateRequest): Promise<VendorKey>;
  /**
   * A stop that people can take back; a `revoke` follows later. Absent where the vendor has none,
   * or ends keys at once.
   */
  disable?(request: KeyRequest): Promise<"disabled" | "gone">;
  /**
   * `revoked`: the vendor has taken it off its list; it opens nothing any more, at once or after
   * the descriptor's `revocation`. `gone`: there was no such key. `manual`: it lives, and nobody
   * but a person can end it. `unconfirmed`: it is refused, and nothing shows that the vendor is
   * well, which refuses keys that live in an outage, too.
   */
  revoke(request: KeyRequest): Promise<"revoked" | "gone" | "manual" | "unconfirmed">;
  /**
   * Calls the vendor's data API with the key, unpaced. Never costs money. Throws what is no verdict
   * on the key: a 429, a 5xx, a page of a proxy, and refusals that speak of a region, a bill, a
   * budget, an account or a permission. Does not wait: a vendor may answer `refused` for a key that
   * is seconds old.
   */
  verify(request: VerifyRequest): Promise<VerifyResult>;
  /**
   * Asks the vendor whether nothing can open any more what all the keys are in: an account that is
   * deleted, a project that is archived, keys that are switched off for all of it. Answers how that
   * is known, as a clause; undefined: it is open, or the vendor does not say. A refusal of the
   * admin key is no such answer. Absent where the descriptor's `accountGone` has no proof, or the
   * settings name nothing that could be closed.
   */
  accountGone?(request: CallOptions): Promise<string | undefined>;
  /** Newest first. Absent where the vendor shows scopes in `list`, or has no audit log. */
  scopeChanges?(request: ScopeChangesRequest): Promise<ScopeChange[]>;
}

/** What an adapter is asked of its vendor: each call takes one request. */
export type VendorVerb = Exclude<keyof VendorAdapter, "descriptor" | "account" | "chooseValue">;

/** By verb, so that a new one is listed here or does not compile. */
const verbs: Readonly<Record<VendorVerb, true>> = {
  findOwner: true,
  createOwner: true,
  deleteOwner: true,
  mint: true,
  identify: true,
  rotate: true,
  list: true,
  read: true,
  isActive: true,
  update: true,
  disable: true,
  revoke: true,
  verify: true,
  accountGone: true,
  scopeChanges: true,
};
export const VENDOR_VERBS = Object.keys(verbs) as readonly VendorVerb[];

/** An adapter that mints, and whose keys have owners and can be changed. */
export type FullVendorAdapter = VendorAdapter &
  Required<Pick<VendorAdapter, "findOwner" | "createOwner" | "deleteOwner" | "mint" | "update">>;

/** What ledger and secrets know of vendor keys, where the vendor tells nothing of them. */
export interface KnownKeys {
  /** Those in use, being adopted, or superseded and not known to be dead. */
  list(): Promise<ReadonlyArray<Pick<VendorKey, "id" | "name" | "createdAt">>>;
  /**
   * Undefined where no version of the key's secret holds it any more. Not for the observer, which
   * may read no values.
   */
  value(keyId: string): Promise<string | undefined>;
}

/** How an adapter is made: everything passed in, nothing read from the process environment. */
export interface VendorConnection {
  /** Reads the admin key when it is first needed. */
  readonly adminKey: () => Promise<string>;
  /** Of the role that the adapter runs with, for vendors whose admin API is AWS's own. */
  readonly awsCredentials?: () => Promise<AwsCredentials>;
  /**
   * Vendor's own settings, unparsed (OpenAI: `{ projectId, baseUrl? }`); the adapter parses them
   * with its schema.
   */
  readonly settings: unknown;
  readonly rateLimiter: RateLimiter;
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
   * Base URL of the data API, as programs use it; goes into the secret. Settings are those of
   * `connect`, which accepted them.
   * @default the settings' `baseUrl`, else the descriptor's first
   */
  dataUrl?(settings: unknown): string;
  connect(connection: VendorConnection): Adapter;
}
