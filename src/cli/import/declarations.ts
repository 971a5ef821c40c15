import { defined } from "../../model/defined";
import type { Grant } from "../../model/grant";
import { FUNCTION_NAME_MAX_LENGTH, functionName, KEY_NAME, PREFIX } from "../../model/names";
import { shorten } from "../../model/redact";
import { count } from "../../model/units";
import type { VendorDescriptor } from "../../model/vendor-descriptor";
import { declaredGrant } from "./grant";
import type { FoundKey, FoundSecret, Inventory } from "./inventory";

/** An owner that synthesis refuses, as it is no e-mail address, until somebody has filled it in. */
export const OWNER_PLACEHOLDER = "FILL IN: e-mail address of the owner";

/**
 * Part of the declared life of each key; the vendor's keys that people mint are to be replaced less
 * often.
 */
export const LIFETIMES = {
  byItself: { every: "7 days", overlap: "24 hours", expiry: "10 days" },
  manual: { every: "60 days", overlap: "7 days", expiry: "90 days" },
} as const;
export type LifetimeWords = (typeof LIFETIMES)[keyof typeof LIFETIMES];

/** What the code declares, in no language yet. */
export interface Declarations {
  readonly vendor: VendorDescriptor;
  readonly adminSecret: string | undefined;
  readonly settings: Readonly<Record<string, string>>;
  readonly issuers: readonly DeclaredIssuer[];
  /** What is there and is not declared, and why. */
  readonly notes: readonly string[];
}

export interface DeclaredIssuer {
  readonly id: string;
  readonly prefix: string | undefined;
  readonly keys: readonly DeclaredKey[];
}

export interface DeclaredKey {
  readonly id: string;
  /** Where the id is another. */
  readonly keyName?: string;
  /** Lines. */
  readonly comments: readonly string[];
  readonly purpose: string;
  readonly existingSecretArn?: string;
  readonly kmsKeyArn?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * An empty list, or a limit of 0, stands where the vendor shows nothing that can be declared:
   * synthesis refuses that as well.
   */
  readonly grant: Grant;
  readonly lifetime: LifetimeWords;
}

export interface DeclarationsRequest {
  readonly vendor: VendorDescriptor;
  readonly adminSecret: string | undefined;
  readonly settings: Readonly<Record<string, string>>;
  readonly prefix: string | undefined;
  readonly inventory: Inventory;
  /** ISO 8601. */
  readonly now: string;
}

const ID_MAX_LENGTH = 40;
const NAME_IN_PURPOSE_MAX_LENGTH = 120;
const SECRET_ARN = /^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:([A-Za-z0-9/_+=.@-]{1,512})-[A-Za-z0-9]{6}$/;
const KMS_KEY_ARN = /^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:(?:key|alias)\/[A-Za-z0-9/_-]+$/;
/** What AWS takes; nothing that Terraform would take for a template. */
const TAG = /^[\p{L}\p{Zs}\p{N}_.:/=+\-@]*$/u;
const TAG_NAME_MAX_LENGTH = 128;

/** Names that every object has are other things in a literal than tags. */
function isPlainTag({ name, value }: { readonly name: string; readonly value: string }): boolean {
  const nameable = name !== "" && name.length <= TAG_NAME_MAX_LENGTH && !name.startsWith("aws:");
  return nameable && TAG.test(name) && TAG.test(value) && !(name in {}) && name !== "prototype";
}

export function declarationsOf(request: DeclarationsRequest): Declarations {
  const { vendor, adminSecret, settings, prefix, inventory } = request;
  const notes: string[] = [];
  // Constructs keep their children in a plain object, where these are taken.
  const ids = new Set(Object.getOwnPropertyNames(Object.prototype).map((name) => name.toLowerCase()));
  const ofKeysId = uniqueId(ids, vendor.id, "issuer");
  // First, since a secret's name is its key's name, and a vendor key may be called anything.
  const issuers: DeclaredIssuer[] = [...takeovers(vendor, inventory.secrets, notes)].map(([secretPrefix, secrets]) => ({
    id: uniqueId(ids, `${vendor.id}-${secretPrefix}`, "issuer"),
    prefix: secretPrefix,
    keys: secrets.map(([secret, keyName]) => secretKey(vendor, secret, keyName, ids)),
  }));
  const room = (vendor.keysMax ?? Number.POSITIVE_INFINITY) - (sharing(issuers, prefix)?.keys.length ?? 0);
  const keys = keysOf(request, room, ids, notes);
  const shared = sharing(issuers, prefix);
  if (shared !== undefined) issuers[issuers.indexOf(shared)] = { ...shared, keys: [...shared.keys, ...keys] };
  else if (keys.length > 0) issuers.unshift({ id: ofKeysId, prefix, keys });
  const overlapping = issuers.find((a) => issuers.some((b) => a !== b && b.prefix?.startsWith(`${a.prefix}/`)));
  if (overlapping !== undefined) {
    notes.push(
      `the prefix of another issuer lies under prefix ${overlapping.prefix}. Synthesis refuses that: leave out one of the two`,
    );
  }
  return { vendor, adminSecret, settings, issuers, notes };
}

function sharing(issuers: readonly DeclaredIssuer[], prefix: string | undefined): DeclaredIssuer | undefined {
  return prefix === undefined ? undefined : issuers.find((issuer) => issuer.prefix === prefix);
}

function keysOf(
  { vendor, inventory, now }: DeclarationsRequest,
  room: number,
  ids: Set<string>,
  notes: string[],
): DeclaredKey[] {
  const keys: DeclaredKey[] = [];
  for (const key of inventory.keys) {
    const at = `vendor key ${key.id} "${key.name}"`;
    if (key.declaredAs !== undefined) notes.push(`${at} belongs to the declared key ${key.declaredAs}`);
    else if (key.madeFor !== undefined) notes.push(`${at} is ${key.madeFor}`);
    else if (key.disabled) notes.push(`${at} is disabled at ${vendor.displayName}`);
    else if (key.expiresAt !== undefined && key.expiresAt <= now) notes.push(`${at} expired on ${key.expiresAt}`);
    else if (keys.length >= room) {
      notes.push(`${at}: an issuer of ${vendor.displayName} can have at most ${count(vendor.keysMax ?? 0, "key")}`);
    } else keys.push(vendorKey(vendor, key, ids));
  }
  return keys;
}

function vendorKey(vendor: VendorDescriptor, key: FoundKey, ids: Set<string>): DeclaredKey {
  const { displayName } = vendor;
  const facts = [
    key.createdAt === undefined ? `${displayName} does not say when it was made` : `made ${key.createdAt}`,
    key.lastUsedAt === undefined ? "its last use is not shown" : `last used ${key.lastUsedAt}`,
    key.expiresAt === undefined ? "its expiry is not shown" : `ends ${key.expiresAt}`,
  ];
  const { grant, comments } = declaredGrant(vendor, key.granted);
  return {
    id: uniqueId(ids, key.name, "key"),
    comments: [
      `${displayName}: vendor key ${key.id} "${key.name}"${key.ownerId === undefined ? "" : ` of ${key.ownerId}`}: ${facts.join(", ")}.`,
      ...comments,
    ],
    purpose: purposeOf(key.name, displayName),
    grant,
    lifetime: lifetimeOf(vendor),
  };
}

function secretKey(vendor: VendorDescriptor, secret: FoundSecret, keyName: string, ids: Set<string>): DeclaredKey {
  const id = uniqueId(ids, keyName, "key");
  const { comments, grant } = declaredGrant(vendor, undefined);
  const kept = secret.tags.filter(isPlainTag);
  const { kmsKeyId } = secret;
  const kmsKeyArn = kmsKeyId !== undefined && KMS_KEY_ARN.test(kmsKeyId) ? kmsKeyId : undefined;
  return {
    id,
    ...(id === keyName ? {} : { keyName }),
    comments: [
      `Secrets Manager: secret ${secret.name} (${secret.because.join(", ")}): ${times(secret)}.`,
      ...(secret.description === undefined ? [] : [`It is described as "${secret.description}".`]),
      "Not listed: its replicas and its resource policy, which the plan shows.",
      ...(secret.rotates ? ["A function rotates it: cancel that rotation first."] : []),
      ...(kmsKeyId !== undefined && kmsKeyArn === undefined
        ? [`It is encrypted with KMS key ${kmsKeyId}: give the ARN as kmsKeyArn.`]
        : []),
      ...(kept.length === secret.tags.length
        ? []
        : ["Some of its tags are left out, because code cannot contain their texts."]),
      ...comments,
    ],
    purpose: purposeOf(secret.name, "Secrets Manager"),
    existingSecretArn: secret.arn,
    ...defined({ kmsKeyArn }),
    ...(kept.length === 0 ? {} : { tags: Object.fromEntries(kept.map(({ name, value }) => [name, value])) }),
    grant,
    lifetime: lifetimeOf(vendor),
  };
}

function times({ createdAt, changedAt, readAt }: FoundSecret): string {
  const said = [
    createdAt === undefined ? "" : `made ${createdAt}`,
    changedAt === undefined ? "" : `changed ${changedAt}`,
    readAt === undefined ? "its last read is not shown" : `last read ${readAt.slice(0, 10)}`,
  ];
  return said.filter((part) => part !== "").join(", ");
}

/** Secrets that can become a declared key's, by prefix. */
function takeovers(
  vendor: VendorDescriptor,
  secrets: readonly FoundSecret[],
  notes: string[],
): Map<string, Array<[secret: FoundSecret, keyName: string]>> {
  const byPrefix = new Map<string, Array<[FoundSecret, string]>>();
  for (const secret of secrets) {
    const at = `secret ${secret.name}`;
    const slash = secret.name.lastIndexOf("/");
    const prefix = secret.name.slice(0, Math.max(0, slash));
    const keyName = secret.name.slice(slash + 1);
    const named = PREFIX.test(prefix) && KEY_NAME.test(keyName) && SECRET_ARN.exec(secret.arn)?.[1] === secret.name;
    const nameable = named && functionName(prefix, "controller").length <= FUNCTION_NAME_MAX_LENGTH;
    const room = vendor.keysMax ?? Number.POSITIVE_INFINITY;
    if (secret.declared) notes.push(`${at} already belongs to a declared key`);
    else if (!secret.vendors.includes(vendor.id)) {
      const others = secret.vendors.length === 0 ? "of an unknown vendor" : `of ${secret.vendors.join(" or ")}`;
      notes.push(`${at} looks like a key ${others}; to declare it, name its vendor with --vendor`);
    } else if (secret.notToldFrom.length > 0) {
      const others = secret.notToldFrom.join(", or ");
      notes.push(
        `${at} looks like a key of ${vendor.displayName}, but may also be of ${others}: declare it if you know that it is one`,
      );
    } else if (!nameable) {
      notes.push(`${at} cannot be taken over: its name is not PREFIX/KEY or is too long (docs/taking-over.md)`);
    } else if ((byPrefix.get(prefix)?.length ?? 0) >= room) {
      notes.push(`${at}: an issuer of ${vendor.displayName} can have at most ${count(vendor.keysMax ?? 0, "key")}`);
    } else byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), [secret, keyName]]);
  }
  return byPrefix;
}

function lifetimeOf({ strategy }: VendorDescriptor): LifetimeWords {
  return strategy === "manual" ? LIFETIMES.manual : LIFETIMES.byItself;
}

function purposeOf(name: string, where: string): string {
  const words = name
    .replace(/[^\p{L}\p{N}_.:/@+ -]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  return `In use before it was declared, as ${words === "" ? "a key without a name" : shorten(words, NAME_IN_PURPOSE_MAX_LENGTH)} in ${where}`;
}

/** A construct's id that is a key's name, and that none has yet. */
function uniqueId(ids: Set<string>, name: string, fallback: string): string {
  const cleaned = name
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9_.-]+/g, "-")
    .slice(0, ID_MAX_LENGTH)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "");
  const base = KEY_NAME.test(cleaned) ? cleaned : fallback;
  let id = base;
  for (let n = 2; ids.has(id.toLowerCase()); n += 1) id = `${base}-${n}`;
  ids.add(id.toLowerCase());
  return id;
}
