import { createHash } from "node:crypto";

/**
 * Names. Everything that carries a key's name is derived here, so that a lost key can be found by
 * its name:
 *
 *   prefix                 ai-keys/openai                                  declared once per issuer
 *   secret                 ai-keys/openai/summariser                       Secrets Manager
 *   functions              ai-keys-openai-controller, …-observer           Lambda
 *   ledger                 ai-keys-openai-ledger                           DynamoDB
 *   resources              summariser_secret_1F2E3D4C                      Terraform: its addresses
 *   deployment             ai-keys/openai.3f9a2c1b                         prefix and lineage
 *   owner at the vendor    ai-keys/openai.3f9a2c1b/summariser              OpenAI: service account
 *   vendor key             ai-keys/openai.3f9a2c1b/summariser/9c2f11d04ab7 owner and token part
 *   IAM user               scoped-keys-<hash of prefix>-summariser-<hash>  owner at AWS, where 64 characters are all
 */

/** Name of a key: construct ids and YAML keys follow it. */
export const KEY_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?$/;
export const KEY_NAME_RULE = "1 to 64 letters, digits, '-', '_' or '.', starting and ending with a letter or digit";

/**
 * Stands where a key's name stands, for what an issuer declares for the whole account: no key can
 * have this name.
 */
export const PROJECT_LIMITS = "#account";

/**
 * Prefix of an issuer's secrets: one or more segments with the characters that Secrets Manager
 * allows in a name.
 */
export const PREFIX = /^[A-Za-z0-9][A-Za-z0-9_+=.@-]{0,40}(?:\/[A-Za-z0-9][A-Za-z0-9_+=.@-]{0,40}){0,3}$/;
export const PREFIX_RULE =
  "1 to 4 segments separated by '/', each of 1 to 41 letters, digits or _+=.@- and starting with a letter or digit";

/** AWS: a function's name has at most 64 characters. */
export const FUNCTION_NAME_MAX_LENGTH = 64;
/**
 * Of the id of a vendor key, as the ledger holds it: nothing may put a longer one there, since a
 * record that holds it cannot be read.
 */
export const VENDOR_KEY_ID_MAX_LENGTH = 256;

export function secretName(prefix: string, key: string): string {
  return `${prefix}/${key}`;
}

/** Prefix of the issuer that a secret's name says; empty where it says none. */
export function issuerPrefix(secretName: string): string {
  return secretName.slice(0, Math.max(0, secretName.lastIndexOf("/")));
}

/**
 * Tags whose names start so are the library's own: nobody else may set them, and no declaration
 * holds one.
 */
export const OWN_TAGS = "scoped-keys:";
/**
 * Tag of each key's secret: its issuer's prefix. What a description or a name says is no proof of
 * it.
 */
export const ISSUER_TAG = `${OWN_TAGS}issuer`;

/**
 * Constant over releases: a new name would replace the invocation, and that would revoke every key.
 */
export function functionName(prefix: string, role: "controller" | "observer"): string {
  return `${prefix.replace(/[^A-Za-z0-9]+/g, "-")}-${role}`;
}

/** What the names of an issuer's functions, alarms and schedule start with: `ai-keys-openai-`. */
export function issuerBase(prefix: string): string {
  return functionName(prefix, "controller").slice(0, -"controller".length);
}

/** AWS: a role's name has at most 64 characters. */
const ROLE_NAME_MAX_LENGTH = 64;
/** Room for the region's name; `ap-southeast-1` has 14. */
const REGION_LENGTH = 16;

/**
 * Of a function's role, with the region, since roles are global.
 * @param region of the stack in which the name is used
 * @param start what an organisation demands that names of roles begin with
 */
export function roleName(functionName: string, region: string, start = ""): string {
  const name = `${start}${functionName}`;
  const most = ROLE_NAME_MAX_LENGTH - 1 - REGION_LENGTH;
  if (name.length <= most) return `${name}-${region}`;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${name.slice(0, most - 1 - hash.length)}-${hash}-${region}`;
}

/** The issuer's ledger. No part of it is the stack's: that may be renamed. */
export function ledgerTableName(prefix: string): string {
  return `${issuerBase(prefix)}ledger`;
}

/**
 * Name of a resource in Terraform's configuration: `summariser_secret_1F2E3D4C`. It follows from
 * what the resource is of and from nothing else, above all not from where a construct stands. The
 * hash tells apart what reads alike; Terraform takes no name that starts with a digit.
 * @param of names that are identity, and last the one to read: an issuer's prefix, and of a key its
 * name
 * @param part of it
 */
export function resourceId(of: readonly string[], part: string): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([...of, part]))
    .digest("hex")
    .slice(0, 8)
    .toUpperCase();
  const readable = (of.at(-1)?.split("/").at(-1) ?? "").replace(/[^A-Za-z0-9_-]+/g, "-");
  return `${readable.replace(/^(?![A-Za-z_])/, "_")}_${part}_${hash}`;
}

/**
 * Name of something that the keys of one issuer share in a stack, but for the hash that follows:
 * `scoped-keys_ai-keys-openai_observed`. As CDKTF makes it, which leaves out a part that the one
 * before ends in: of `…-observer` the observer has no more than that.
 * @param base names of an issuer's functions without their role
 */
export function sharedName(base: string, part: string): string {
  const parts: string[] = [];
  for (const each of ["scoped-keys", base, part]) if (parts.at(-1)?.endsWith(each) !== true) parts.push(each);
  return parts.join("_");
}

/**
 * Partition of the ledger that the observer may write: the pace of admin calls, and what plans have
 * asked about.
 */
export function pacePartition(prefix: string): string {
  return `${prefix}#pace`;
}

/**
 * Tells two deployments of one prefix apart, e.g. the same stack in two accounts sharing one vendor
 * project. Made from the controller's ARN without its function name (partition, region, account)
 * and the prefix, so it survives a lost ledger.
 */
export function lineageOf(functionArn: string, prefix: string): string {
  const account = functionArn.split(":").slice(0, 5).join(":");
  return createHash("sha256").update(`${account}\n${prefix}`).digest("hex").slice(0, 8);
}

/** `prefix.lineage` */
export function deploymentName(prefix: string, lineage: string): string {
  return `${prefix}.${lineage}`;
}

/**
 * In every name of a vendor key, and of an owner, that a deployment of this library made: where its
 * prefix ends, and its lineage.
 */
export const OF_A_DEPLOYMENT = /\.[0-9a-f]{8}\//;

export function ownerName(deployment: string, key: string): string {
  return `${deployment}/${key}`;
}

/**
 * Path of IAM users that own vendor keys, unless an organisation demands another, and of the policy
 * that bounds them.
 */
export const IAM_PATH = "/scoped-keys/";

/** What an organisation demands of the IAM users of an issuer. */
export interface IamUsers {
  /** Begins and ends with a slash. */
  readonly path: string;
  /** What their names begin with; may be empty. */
  readonly namePrefix: string;
}

export const IAM_USERS: IamUsers = { path: IAM_PATH, namePrefix: "" };
/** `/platform/`; nothing in it is a wildcard of IAM's. AWS takes 512 characters. */
export const IAM_USERS_PATH = /^(?=.{1,512}$)\/(?:[\w+=,.@-]+\/)*$/;
/** As long as what a name has of its key: AWS takes 64 characters. */
export const IAM_USERS_NAME_PREFIX = /^[\w+=,.@-]{0,24}$/;

/** Start of the names of an issuer's IAM users: all that its roles may touch. */
export function iamUserStart(prefix: string, namePrefix = ""): string {
  return `${namePrefix}scoped-keys-${shortHash(prefix)}-`;
}

const IAM_USER_KEY_LENGTH = 24;

/** Name of the IAM policy that bounds what an issuer's IAM users may ever do. */
export function iamBoundaryName(prefix: string): string {
  return `${iamUserStart(prefix)}boundary`;
}

/**
 * Name of the IAM user that is an owner: its name tells people the key, and the hash tells owners
 * apart that look alike.
 * @param owner as `ownerName` makes it
 */
export function iamUserName(owner: string, namePrefix = ""): string {
  const deployment = owner.slice(0, owner.lastIndexOf("/"));
  const prefix = deployment.slice(0, deployment.lastIndexOf("."));
  const key = owner.slice(deployment.length + 1);
  return `${iamUserStart(prefix, namePrefix)}${key.slice(0, IAM_USER_KEY_LENGTH - namePrefix.length)}-${shortHash(owner)}`;
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/**
 * The token is a Secrets Manager version id of 32 to 64 characters and is never parsed, so its part
 * is a hash.
 */
export function vendorKeyName(deployment: string, key: string, token: string): string {
  return `${ownerName(deployment, key)}/${createHash("sha256").update(token).digest("hex").slice(0, 12)}`;
}

/**
 * Which declared key a vendor key's name points at; undefined where the name is not of this
 * deployment.
 */
export function keyOfVendorName(deployment: string, name: string): string | undefined {
  if (!name.startsWith(`${deployment}/`)) return undefined;
  const key = name.slice(deployment.length + 1).split("/")[0];
  return key === undefined || key === "" ? undefined : key;
}
