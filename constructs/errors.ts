/**
 * Errors that a person meets at synthesis. One factory per error, so that all wording is here.
 * Codes are stable; `docs/errors.md` has an entry for each.
 */
import { withoutValues } from "../src/model/key-value";
import { hidden, presentable, quoted, VALUE_PREFIXES } from "./given";
import type { IConstruct } from "./terraform";

/** What an error says. */
export interface ScopedKeyErrorParts {
  /** What is wrong. */
  readonly problem: string;
  /** What was given. */
  readonly given: string;
  /** What is allowed in its place. */
  readonly allowed: string;
  /** What to do. */
  readonly remedy: string;
  /**
   * Property of the declaration that is refused, e.g. `limits.spend`.
   * @default - none: what is refused is no property
   */
  readonly property?: string | undefined;
}

/** Where in a file something is declared. */
export interface FileLocation {
  /** As the program names it. */
  readonly file: string;
  /** From 1. Absent where the file as a whole is meant. */
  readonly line?: number;
  /** From 1. Absent where the line as a whole is meant. */
  readonly column?: number;
}

/** Where something is refused: a construct, or the place of a construct that does not exist yet. */
export interface IPlace {
  /** With the path of the construct. */
  readonly node: { readonly path: string };
}

/**
 * A declaration that cannot be deployed. No part of it holds what could be a key's value, whatever
 * was given.
 *
 * @example
 * try {
 *   key.grants.read({ roleName: "arn:aws:iam::111122223333:role/app" });
 * } catch (error) {
 *   if (error instanceof ScopedKeyError) console.error(error.code, error.remedy);
 * }
 */
export class ScopedKeyError extends Error {
  /** Tells it from other errors. */
  public override readonly name = "ScopedKeyError";
  /** Stable, e.g. `SK101`. */
  public readonly code: string;
  /** Path of the construct that refuses. */
  public readonly constructPath: string;
  /** What is wrong, in one clause. */
  public readonly problem: string;
  /** What was given; never what could be the value of a key. */
  public readonly given: string;
  /** What is allowed in its place. */
  public readonly allowed: string;
  /** What to do. */
  public readonly remedy: string;
  /** Property of the declaration that is refused, e.g. `limits.spend`, where it is one. */
  public readonly property: string | undefined;
  /** Where it is declared, if in a file. */
  public readonly location: FileLocation | undefined;

  public constructor(code: string, at: IPlace, given: ScopedKeyErrorParts, location?: FileLocation) {
    const path = withoutValues(at.node.path, VALUE_PREFIXES);
    const parts = harmless(given);
    super(
      [
        `[${code}] ${path}: ${parts.problem}.`,
        ...(location === undefined ? [] : [`  in:      ${describeLocation(location)}`]),
        `  given:   ${parts.given}`,
        `  allowed: ${parts.allowed}`,
        `  remedy:  ${parts.remedy}`,
        `  see:     docs/errors.md#${code.toLowerCase()}`,
      ].join("\n"),
    );
    this.code = code;
    this.constructPath = path;
    this.problem = parts.problem;
    this.given = parts.given;
    this.allowed = parts.allowed;
    this.remedy = parts.remedy;
    this.property = parts.property;
    this.location = location;
  }

  /**
   * The same error, which also says where the declaration is.
   * @internal
   */
  public _in(location: FileLocation): ScopedKeyError {
    return new ScopedKeyError(this.code, { node: { path: this.constructPath } }, this, location);
  }
}

function harmless(parts: ScopedKeyErrorParts): ScopedKeyErrorParts {
  const { problem, given, allowed, remedy, property } = parts;
  // Plain JavaScript may give anything.
  const clean = (text: string) => withoutValues(String(text), VALUE_PREFIXES);
  return {
    problem: clean(problem),
    given: clean(given),
    allowed: clean(allowed),
    remedy: clean(remedy),
    property: property === undefined ? undefined : clean(property),
  };
}

/** `keys.yaml:12:5`, which terminals and editors make a link of. */
function describeLocation({ file, line, column }: FileLocation): string {
  return [file, line, column].filter((part) => part !== undefined).join(":");
}

// Values of keys

export const valueGiven = (at: IPlace, prop: string, length: number, location?: FileLocation) =>
  new ScopedKeyError(
    "SK160",
    at,
    {
      problem: `\`${prop}\` holds what looks like the value of a key. It would stand in the configuration, the plan and the state`,
      given: `a text of ${length} characters, not shown`,
      allowed: "names, ids and words; a key's value belongs in Secrets Manager alone",
      property: prop,
      remedy:
        "remove it, and replace that key at its vendor, because its value stood in code. Name an admin key by its secret (`AdminKey.fromSecretName`). Pass anything that is not a key's value as a Terraform variable",
    },
    location,
  );

export const valueInCode = (at: IPlace, prop: string) =>
  new ScopedKeyError("SK180", at, {
    problem: `the file of \`${prop}\` holds what looks like the value of a key. The file is deployed as the functions' code, and a plan role can read that code`,
    given: "a value in the file, not shown",
    allowed: "code without values; the functions read the admin key from the issuer's admin secret",
    property: prop,
    remedy:
      "remove it from the file and from its history, and replace that key at its vendor. The adapter receives the admin key as `adminKey`. Store any other secret in the admin secret too, as JSON",
  });

// Scopes

export const noScopes = (at: IConstruct, vendor: string) =>
  new ScopedKeyError("SK101", at, {
    problem: `a key needs at least one scope, because an empty list can mean all permissions at ${vendor}`,
    given: "no scopes",
    allowed: "1 to 100 scopes",
    property: "scopes",
    remedy: "list the permissions of the key in `scopes`",
  });

export const unknownScope = (at: IConstruct, vendor: string, given: unknown, known: readonly string[]) =>
  new ScopedKeyError("SK102", at, {
    problem: `unknown scope of ${vendor}`,
    given: quoted(given),
    allowed: known.join(", "),
    property: "scopes",
    remedy: `use a constant, or \`custom(…)\` if ${vendor} documents the scope but this release does not know it`,
  });

export const wildcardScope = (at: IConstruct, vendor: string, given: string) =>
  new ScopedKeyError("SK103", at, {
    problem: `the scope opens more than one permission of ${vendor}`,
    given: quoted(given),
    allowed: "scopes that open one permission each",
    property: "scopes",
    remedy: "list the scopes that are needed, or confirm the wildcard with `custom(…)`",
  });

export const foreignScope = (at: IConstruct, given: string, scopeVendor: string, issuerVendor: string) =>
  new ScopedKeyError("SK104", at, {
    problem: "the scope belongs to another vendor than the issuer",
    given: `${quoted(given)} of ${scopeVendor}`,
    allowed: `scopes of ${issuerVendor}`,
    property: "scopes",
    remedy: "use the scope class of the issuer's vendor, or another issuer",
  });

export const duplicateScope = (at: IConstruct, given: string) =>
  new ScopedKeyError("SK105", at, {
    problem: "`scopes` lists a scope twice",
    given: quoted(given),
    allowed: "each scope once",
    property: "scopes",
    remedy: "remove one of the two",
  });

export const malformedScope = (at: IConstruct, given: unknown) =>
  new ScopedKeyError("SK106", at, {
    problem: "the scope is malformed",
    given: quoted(given),
    allowed: "1 to 128 visible ASCII characters without blanks",
    property: "scopes",
    remedy: "write the scope as the vendor documents it",
  });

export const tooManyScopes = (at: IConstruct, given: number) =>
  new ScopedKeyError("SK107", at, {
    problem: "the key has too many scopes",
    given: `${given} scopes`,
    allowed: "1 to 100 scopes",
    property: "scopes",
    remedy: "declare several keys, one for each use",
  });

// Lifetime

export const malformedDuration = (at: IConstruct, prop: string, given: string) =>
  new ScopedKeyError("SK111", at, {
    problem: `\`${prop}\` is not a valid duration`,
    given,
    allowed: "a whole number above 0 (the overlap may be 0)",
    property: prop,
    remedy: `correct the amount of \`${prop}\``,
  });

export const overlapTooLong = (at: IConstruct, overlap: string, every: string) =>
  new ScopedKeyError("SK112", at, {
    problem: "the overlap is not shorter than the rotation interval",
    given: `overlap ${overlap}, interval ${every}`,
    allowed: `an overlap below ${every}`,
    property: "overlap",
    remedy: "shorten `overlap` or lengthen `every`",
  });

export const expiryTooShort = (
  at: IConstruct,
  lengths: {
    readonly every: string;
    readonly overlap: string;
    readonly margin: string;
    readonly expiry: string;
    readonly least: string;
  },
) =>
  new ScopedKeyError("SK113", at, {
    problem: "keys could expire before the next rotation has succeeded",
    given: `interval ${lengths.every} + overlap ${lengths.overlap} + retry margin ${lengths.margin} > expiry ${lengths.expiry}`,
    allowed: `an expiry of at least ${lengths.least}`,
    property: "expiry",
    remedy: `set \`expiry\` to ${lengths.least} or more, or shorten \`every\` or \`overlap\``,
  });

export const expiryAboveVendorMaximum = (at: IConstruct, vendor: string, given: string, maximum: string) =>
  new ScopedKeyError("SK114", at, {
    problem: `the expiry exceeds the maximum life of a key at ${vendor}`,
    given,
    allowed: `at most ${maximum}`,
    property: "expiry",
    remedy: "shorten the expiry and the rotation interval",
  });

export const expiryAboveIssuerMaximum = (at: IConstruct, issuer: string, given: string, maximum: string) =>
  new ScopedKeyError("SK115", at, {
    problem: `the expiry exceeds the maximum of the issuer ${issuer}`,
    given,
    allowed: `at most ${maximum} (\`maxExpiry\` of the issuer)`,
    property: "expiry",
    remedy: "shorten the expiry, or ask the owner of the issuer",
  });

export const intervalOutOfRange = (at: IConstruct, given: string) =>
  new ScopedKeyError("SK116", at, {
    problem: "Secrets Manager cannot rotate at this interval",
    given,
    allowed: "4 hours to 1000 days",
    property: "every",
    remedy: "change `every`",
  });

export const intervalNotExpressible = (at: IConstruct, given: string) =>
  new ScopedKeyError("SK117", at, {
    problem: "Secrets Manager has no schedule for this interval",
    given,
    allowed: "4 to 23 whole hours, or 1 to 1000 whole days",
    property: "every",
    remedy: "round `every` to whole hours or whole days",
  });

// What the key is for

export const malformedOwner = (at: IConstruct, given: unknown, rule: string) =>
  new ScopedKeyError("SK121", at, {
    problem: "the owner is missing or malformed",
    given: quoted(given),
    allowed: rule,
    property: "owner",
    remedy: 'set `owner` to a contact for the key, e.g. "search-team@example.com"',
  });

export const malformedPurpose = (at: IConstruct, given: unknown, maximum: number) =>
  new ScopedKeyError("SK122", at, {
    problem: "the purpose is missing or too long",
    given: typeof given === "string" && given.length > maximum ? `a text of ${given.length} characters` : quoted(given),
    allowed: `1 to ${maximum} characters`,
    property: "purpose",
    remedy: "describe the use of the key in `purpose`, in one sentence",
  });

// Limits and grants

export const notEnforcedPerKey = (
  at: IConstruct,
  vendor: string,
  prop: string,
  enforcedPer: string,
  issuerProperty: string | undefined,
) => {
  const where =
    issuerProperty === undefined ? `set it for the ${enforcedPer}` : `declare it on the issuer (\`${issuerProperty}\`)`;
  return new ScopedKeyError("SK125", at, {
    problem: `${vendor} does not enforce \`${prop}\` per key, so this limit would have no effect`,
    given: `\`${prop}\``,
    allowed:
      enforcedPer === "nobody" ? `${vendor} does not enforce it at all` : `${vendor} enforces it per ${enforcedPer}`,
    property: prop,
    remedy:
      enforcedPer === "nobody"
        ? `leave \`${prop}\` out, or declare the key with an issuer of a vendor that enforces it`
        : `leave \`${prop}\` out and ${where}. Keys that need another value need an issuer with another ${enforcedPer}`,
  });
};

export const malformedGrant = (at: IConstruct, prop: string, given: string, rule: string) =>
  new ScopedKeyError("SK126", at, {
    problem: `\`${prop}\` is malformed`,
    given: presentable(given),
    allowed: rule,
    property: prop,
    remedy: `correct \`${prop}\``,
  });

export const spendPeriodNotKnown = (
  at: IConstruct,
  vendor: string,
  prop: string,
  given: string,
  known: readonly string[],
) =>
  new ScopedKeyError("SK127", at, {
    problem: `${vendor} has no spend limit for this period (\`${prop}\`)`,
    given: PERIOD_WORDS[given] ?? quoted(given),
    allowed: known.map((period) => PERIOD_WORDS[period] ?? period).join(", "),
    property: prop,
    remedy: "use one of the allowed periods, with an amount for that period",
  });

const PERIOD_WORDS: Readonly<Record<string, string>> = {
  day: "Spend.perDay",
  week: "Spend.perWeek",
  month: "Spend.perMonth",
  lifetime: "Spend.lifetime",
};

// Names

export const malformedKeyName = (at: IConstruct, given: string, rule: string) =>
  new ScopedKeyError("SK131", at, {
    problem: "the name of the key is malformed",
    given: quoted(given),
    allowed: rule,
    property: "keyName",
    remedy: "change the construct's id, or set `keyName`",
  });

export const malformedPrefix = (at: IConstruct, given: string, rule: string) =>
  new ScopedKeyError("SK132", at, {
    problem: "the prefix of the issuer is malformed",
    given: quoted(given),
    allowed: rule,
    remedy: "set `prefix`; its default is made from the ids of the stack and the issuer",
  });

export const functionNameTooLong = (at: IConstruct, given: string, maximum: number) =>
  new ScopedKeyError("SK133", at, {
    problem: "the issuer's prefix makes a function name that is too long",
    given: `${quoted(given)}, ${given.length} characters`,
    allowed: `at most ${maximum} characters`,
    remedy: `shorten \`prefix\` by ${given.length - maximum} characters`,
  });

export const vendorRefusesName = (at: IConstruct, vendor: string, given: string, pattern: string) =>
  new ScopedKeyError("SK134", at, {
    problem: `${vendor} refuses the name that the vendor keys would have`,
    given: quoted(given),
    allowed: pattern,
    property: "keyName",
    remedy: "shorten `prefix` of the issuer or the key's name",
  });

export const duplicateKeyName = (at: IConstruct, given: string, other: string) =>
  new ScopedKeyError("SK135", at, {
    problem: "two keys of one issuer have the same name",
    given: `${quoted(given)}, also declared at ${other}`,
    allowed: "one key per name and issuer, over all stacks",
    property: "keyName",
    remedy: "change the construct's id, or set `keyName`",
  });

export const prefixTaken = (at: IConstruct, given: string, other: string, otherPrefix: string) =>
  new ScopedKeyError("SK136", at, {
    problem:
      "the issuer's prefix collides with the prefix of another issuer. One of them would reach the secrets or functions of the other",
    given: `${quoted(given)}, beside ${quoted(otherPrefix)} at ${other}`,
    allowed: "prefixes that differ and do not contain each other, also as function names",
    remedy: "set another `prefix`, or pass one of the two issuers to all keys",
  });

export const tooManyKeys = (at: IConstruct, vendor: string, maximum: number, others: readonly string[]) =>
  new ScopedKeyError("SK137", at, {
    problem: `${vendor} does not support so many keys per issuer`,
    given: `${maximum + 1} keys, also ${others.join(", ")}`,
    allowed: `${maximum} for each issuer`,
    remedy: `give the key an issuer with its own account at ${vendor}`,
  });

export const accountDeclaredTwice = (at: IConstruct, given: string, other: string) =>
  new ScopedKeyError("SK138", at, {
    problem: "two issuers declare limits for one project or workspace. Each would undo the settings of the other",
    given: `${quoted(given)}, also declared at ${other}`,
    allowed: "one declaration for each project or workspace, over all stacks",
    remedy: "declare it on one of the two issuers",
  });

export const otherSecret = (at: IConstruct, given: string, secretName: string) =>
  new ScopedKeyError("SK139", at, {
    property: "existingSecretArn",
    problem:
      "`existingSecretArn` names another secret than the key's own, and only the key's own secret can be taken over",
    given: quoted(given),
    allowed: `the ARN of ${quoted(secretName)}: the issuer's prefix, "/" and the key's name`,
    remedy:
      "set `keyName` and the issuer's `prefix` so that they form the secret's name, or leave out `existingSecretArn`",
  });

/** Terraform says it, at plan: no other state is seen at synthesis. */
export const keyOfAnotherState = (at: IPlace, secretName: string) =>
  new ScopedKeyError("SK170", at, {
    property: "existingSecretArn",
    problem: "the secret is the secret of a declared key already, and this state does not have it",
    given: secretName,
    allowed: "a secret that no state has; a destroy here would delete a secret that another state relies on",
    remedy:
      "leave `existingSecretArn` out. If no other state has the secret, terraform import brings it into this state",
  });

// Values

export const tokenNotAllowed = (at: IPlace, prop: string) =>
  new ScopedKeyError("SK141", at, {
    problem: `\`${prop}\` must be known at synthesis, because plans show it and names are made from it`,
    given: "a token, whose value only Terraform learns",
    allowed: "a literal value",
    property: prop,
    remedy: `write the value of \`${prop}\` in the code, or read it from a file`,
  });

export const notARole = (at: IConstruct, property: string, given: string) =>
  new ScopedKeyError("SK142", at, {
    problem: `\`${property}\` accepts only an IAM role`,
    given,
    allowed: 'an `IamRole`, a `DataAwsIamRole`, or `{ roleName: "name-of-a-role" }`',
    property,
    remedy: "pass the role itself, or its name without path or ARN",
  });

export const malformedSetting = (at: IConstruct, prop: string, given: unknown, rule: string, where: string) =>
  new ScopedKeyError("SK150", at, {
    problem: `\`${prop}\` is missing or malformed`,
    given: quoted(given),
    allowed: `${rule}, or a token`,
    remedy:
      given === undefined || given === ""
        ? `set the environment variable that \`${prop}\` is read from before synthesis. Without it \`process.env.NAME!\` is undefined`
        : `copy it from ${where}`,
  });

export const malformedProjectId = (at: IConstruct, given: unknown) =>
  new ScopedKeyError("SK151", at, {
    problem: "the project id is missing or malformed",
    given: quoted(given),
    allowed: '"proj_" followed by letters, digits, "_" or "-", or a token',
    remedy:
      given === undefined || given === ""
        ? "set the environment variable that `projectId` is read from before synthesis. Without it `process.env.NAME!` is undefined"
        : "copy the id from the project's settings at OpenAI",
  });

export const baseUrlNotAllowed = (at: IConstruct, vendor: string, given: unknown, allowed: readonly string[]) =>
  new ScopedKeyError("SK152", at, {
    problem: `the controller does not call this base URL of ${vendor}`,
    given: quoted(given),
    allowed: allowed.join(", "),
    remedy: "leave out `baseUrl`, or set an allowed one",
  });

export const adminSecretUnderPrefix = (at: IConstruct, prop: string, given: string, prefix: string) =>
  new ScopedKeyError("SK153", at, {
    problem: `the secret of the admin key has a name that the issuer manages (\`${prop}\`)`,
    given: quoted(given),
    allowed: `a secret whose name does not start with "${prefix}/"`,
    remedy: "store the admin key under another secret name, or change `prefix`",
  });

export const malformedArn = (
  at: IConstruct,
  prop: string,
  given: unknown,
  example: string,
  remedy = "copy the complete ARN",
): ScopedKeyError =>
  new ScopedKeyError("SK154", at, {
    problem: `\`${prop}\` is not an ARN of the required kind`,
    given: /admin/i.test(prop) && !`${given}`.startsWith("arn:") ? hidden(given) : quoted(given),
    allowed: `${example}, or a token`,
    property: prop,
    remedy,
  });

export const malformedSecretName = (at: IConstruct, prop: string, given: unknown) =>
  new ScopedKeyError("SK155", at, {
    problem: `\`${prop}\` is not the name of a secret`,
    given: hidden(given),
    allowed: "1 to 512 letters, digits or /_+=.@-",
    remedy: "use the name that Secrets Manager shows, or pass the ARN with `AdminKey.fromSecretArn`",
  });

export const outOfRange = (at: IConstruct, prop: string, given: unknown, allowed: string) =>
  new ScopedKeyError("SK156", at, {
    problem: `\`${prop}\` is out of range`,
    given: quoted(given),
    allowed,
    remedy: `change \`${prop}\``,
  });

export const emptyNetwork = (at: IConstruct) =>
  new ScopedKeyError("SK157", at, {
    problem: "`network` has no subnets or no security groups",
    given: "an empty list",
    allowed: "at least one subnet and one security group",
    remedy: "list both in `network`, or leave it out to run outside a VPC",
  });

export const malformedRegion = (at: IConstruct, given: unknown) =>
  new ScopedKeyError("SK158", at, {
    problem: "the region of a replica is malformed, listed twice, or the key's own region",
    given: quoted(given),
    allowed: 'names of other regions, such as "eu-west-1", each once',
    property: "replicas",
    remedy: "correct `replicas`",
  });

export const malformedWorkspaceId = (at: IConstruct, given: string) =>
  new ScopedKeyError("SK159", at, {
    problem: "the workspace id is malformed",
    given: quoted(given),
    allowed: "a UUID in lower case, or a token",
    remedy: "copy the id from the workspace's settings at the vendor",
  });

export const ownTag = (at: IConstruct, given: string, start: string) =>
  new ScopedKeyError("SK162", at, {
    problem: "the library sets this tag itself, and permissions depend on it",
    given: quoted(given),
    allowed: `tags whose names do not start with "${start}"`,
    property: "tags",
    remedy: "give the tag another name",
  });

export const malformedReader = (at: IConstruct, given: string) =>
  new ScopedKeyError("SK163", at, {
    problem: "a reader is not the name of an IAM role",
    given: quoted(given),
    allowed: "1 to 64 letters, digits or _+=,.@-, without path or ARN",
    property: "readers",
    remedy: "use the name that IAM shows. Roles of other accounts cannot read a key",
  });

export const tooManyReaders = (at: IConstruct, given: number, maximum: number) =>
  new ScopedKeyError("SK164", at, {
    problem: "the policy of a secret has no room for so many readers",
    given: `${given} roles`,
    allowed: `at most ${maximum} with \`Readers.declaredOnly()\``,
    property: "readers",
    remedy: "let programs share a role, or declare one key per group of programs",
  });

// Installation

export const kmsAlias = (at: IConstruct, prop: string, given: string): ScopedKeyError =>
  new ScopedKeyError("SK167", at, {
    problem: "an alias is not a KMS key, and a policy that names an alias allows nobody to decrypt",
    given: quoted(given),
    allowed: "the ARN of the key itself, such as arn:aws:kms:eu-west-1:111122223333:key/…",
    property: prop,
    remedy: "pass the ARN of the KMS key, or `target_key_arn` of a data.aws_kms_alias",
  });

export const tooManyGrants = (at: IConstruct, given: number, maximum: number): ScopedKeyError =>
  new ScopedKeyError("SK168", at, {
    problem: "one role reads more keys than its policies have room for",
    given: `${given + 1} keys in this stack`,
    allowed: `what fits into half of the role's inline policies and ${maximum} managed policies`,
    remedy: "give each program its own role with the keys that it needs",
  });

export const issuerElsewhere = (
  at: IPlace,
  part: string,
  here: string,
  issuer: string,
  there: string,
): ScopedKeyError =>
  new ScopedKeyError("SK169", at, {
    problem: `the stack has keys of an issuer in another ${part}. The issuer's functions cannot reach the secrets of these keys`,
    given: `${quoted(here)}, and ${quoted(there)} for ${issuer}`,
    allowed: "keys in the account and region of their issuer; replicas can be in other regions",
    remedy: "declare the keys in the issuer's region with `replicas`, or give this stack its own issuer",
  });

/** @param address as Terraform has it */
export const addressIsIdentity = (at: IPlace, address: string): ScopedKeyError =>
  new ScopedKeyError("SK165", at, {
    problem: "the address of this resource must not be overridden",
    given: "overrideLogicalId or resetOverrideLogicalId",
    allowed: `${address}, which follows from the issuer's prefix and the key's name`,
    remedy:
      "remove the override: the construct can move and be renamed without it. If a state knows the resource by another address, call moveFrom on the key",
  });

export const malformedMove = (at: IPlace, given: string): ScopedKeyError =>
  new ScopedKeyError("SK166", at, {
    problem: "the key cannot move from this place",
    given: quoted(given),
    allowed:
      "the former path of its construct in its stack, such as team/summariser, or the address of its secret, its invocation or its rotation, such as aws_secretsmanager_secret.summariser",
    remedy: "use the address that terraform state list shows. A key from another stack needs terraform state mv",
  });

export const functionCodeMissing = (at: IConstruct, path: string) =>
  new ScopedKeyError("SK161", at, {
    problem: "the package does not contain the code of a function",
    given: path,
    allowed: "an installed release, or a built working copy",
    remedy: "run `npm run build` in a working copy. Anywhere else reinstall the package",
  });

export const functionCodeChanged = (at: IConstruct, path: string, sha256: string) =>
  new ScopedKeyError("SK360", at, {
    problem: "the code of a function differs from the code that this release published",
    given: `${path} with SHA-256 ${sha256}`,
    allowed: "code whose hash stands in lib/lambda/hashes.json of the package, under its own version",
    remedy:
      "find out who changed the installed package, and reinstall it from the registry. In a working copy run `npm run build`",
  });

export const guardrailsOutputTaken = (at: IConstruct, output: string) =>
  new ScopedKeyError("SK361", at, {
    problem: `the app itself writes the output ${output}, but reviews read the active guardrails from that output`,
    given: "an override or an output of that name",
    allowed: "the output that synthesis computes from `KeyGuardrails`",
    remedy: "remove the override or output, and declare guardrails with KeyGuardrails.of(scope).add(…)",
  });

// Custom issuers

export const adapterUnreadable = (at: IPlace, path: string, problem: string, maximumBytes: number) =>
  new ScopedKeyError("SK171", at, {
    problem: `the adapter file cannot be used: ${problem}`,
    given: quoted(path),
    allowed: `a file of at most ${maximumBytes} bytes; a relative path starts at the folder in which synthesis runs`,
    remedy: "bundle the adapter into that file before synthesis. Minify it if it is too large",
  });

export const adapterNotLoaded = (at: IPlace, path: string, problem: string) =>
  new ScopedKeyError("SK172", at, {
    problem: `the adapter file cannot be loaded: ${problem}`,
    given: quoted(path),
    allowed: "one CommonJS file that requires only Node's own modules, and only defines things when it is loaded",
    remedy:
      "bundle it with everything that it imports: esbuild adapter.ts --bundle --platform=node --format=cjs --outfile=adapter.js",
  });

export const adapterMalformed = (at: IPlace, path: string, problem: string) =>
  new ScopedKeyError("SK173", at, {
    problem: `the adapter file exports no usable vendor: ${problem}`,
    given: quoted(path),
    allowed: "`export const vendor: Vendor = { descriptor, connect }` with the types of cdktf-scoped-keys/adapter",
    remedy: "correct the adapter as docs/vendors/custom.md describes, and bundle it again",
  });

export const adapterOfBuiltInVendor = (at: IPlace, path: string, id: string, displayName: string) =>
  new ScopedKeyError("SK174", at, {
    problem: `the adapter's vendor uses the id of ${displayName}, a vendor of this library`,
    given: `${quoted(id)} in ${quoted(path)}`,
    allowed: "an id that no vendor of the library uses",
    remedy: `use the issuer of ${displayName}, or give the vendor another id`,
  });

export const adminKeyOfAdapter = (at: IConstruct, vendor: string, isGiven: boolean) =>
  new ScopedKeyError("SK175", at, {
    problem: `\`adminKey\` does not fit the descriptor of ${vendor}'s adapter`,
    given: isGiven ? "an admin key" : "no admin key",
    allowed: isGiven
      ? 'none: the descriptor says `adminKey: "none"`'
      : 'one, unless the descriptor says `adminKey: "none"`',
    remedy: isGiven ? "leave `adminKey` out" : "set `adminKey` to the secret that holds the vendor's admin key",
  });

// Guardrails

export const guardrailsBroken = (at: IConstruct, broken: readonly string[]) =>
  new ScopedKeyError("SK176", at, {
    problem: "guardrails are broken",
    given: ["", ...broken].join("\n"),
    allowed: "declarations that meet each guardrail; its page says why",
    remedy:
      "change the declarations that are named, or have an exception approved and declare it with `KeyGuardrails.of(…).except(…)`",
  });

export const malformedGuardrail = (at: IConstruct, id: string, given: unknown, rule: string) =>
  new ScopedKeyError("SK177", at, {
    problem: `the guardrail \`${id}\` is malformed`,
    given: quoted(given),
    allowed: rule,
    remedy: "correct the parameters that the guardrail is declared with",
  });

export const malformedException = (at: IConstruct, prop: string, given: unknown, rule: string) =>
  new ScopedKeyError("SK178", at, {
    problem: `an exception is malformed (\`${prop}\`)`,
    given: quoted(given),
    allowed: rule,
    remedy: `correct \`${prop}\``,
  });

// Keys as data

export const keysFileUnreadable = (at: IConstruct, location: FileLocation, given: string, allowed: string) =>
  new ScopedKeyError(
    "SK181",
    at,
    {
      problem: "the keys file cannot be read",
      given,
      allowed,
      remedy: "correct `file`, or the file itself. A relative path starts at the folder that the program runs in",
    },
    location,
  );

export const notYaml = (
  at: IConstruct,
  location: FileLocation,
  parts: { readonly problem: string; readonly given: string; readonly remedy: string },
) =>
  new ScopedKeyError(
    "SK182",
    at,
    {
      problem: parts.problem,
      given: parts.given,
      allowed: "one document of YAML 1.2 or JSON that all programs read in the same way",
      remedy: parts.remedy,
    },
    location,
  );

export const unknownField = (
  at: IConstruct,
  location: FileLocation,
  given: string,
  known: string,
  meant: string | undefined,
) =>
  new ScopedKeyError(
    "SK183",
    at,
    {
      problem: "unknown field",
      given: quoted(given),
      allowed: known,
      remedy: meant === undefined ? "remove it, or correct its name or its place" : `write \`${meant}\``,
    },
    location,
  );

export const malformedField = (at: IConstruct, location: FileLocation, field: string, given: string, rule: string) =>
  new ScopedKeyError(
    "SK184",
    at,
    { problem: `\`${field}\` is malformed`, given, allowed: rule, remedy: `correct \`${field}\``, property: field },
    location,
  );

export const missingField = (
  at: IConstruct,
  location: FileLocation,
  given: string,
  field: string,
  meant: string | undefined,
) =>
  new ScopedKeyError(
    "SK185",
    at,
    {
      problem: `\`${field}\` is missing`,
      given,
      allowed: `a value for \`${field}\``,
      remedy: meant === undefined ? `add \`${field}\`` : `add \`${field}\`, or write \`${meant}\` if you mean that`,
      property: field,
    },
    location,
  );

export const unknownName = (
  at: IConstruct,
  location: FileLocation,
  what: string,
  given: string,
  known: readonly string[],
  meant: string | undefined,
) =>
  new ScopedKeyError(
    "SK186",
    at,
    {
      problem: `${what} has this name`,
      given: quoted(given),
      allowed: known.length === 0 ? "none exists" : known.slice(0, NAMES_SHOWN).join(", "),
      remedy: meant === undefined ? "correct the name, or declare what it should refer to" : `write ${quoted(meant)}`,
    },
    location,
  );

const NAMES_SHOWN = 20;

// Issuers of other apps

export const importedTwice = (at: IConstruct, prefix: string, other: string) =>
  new ScopedKeyError("SK267", at, {
    problem: "a stack has keys of one issuer through two constructs",
    given: `${quoted(prefix)}, also through ${other}`,
    allowed: "one construct for each issuer and stack",
    property: "issuer",
    remedy: `import the issuer once, and pass that construct to all keys of the stack`,
  });

export const importedIssuerIsDeclared = (at: IConstruct, prefix: string, other: string, otherPrefix: string) =>
  new ScopedKeyError("SK245", at, {
    problem: "an issuer that this app declares, or one that reaches its secrets, is imported as that of another app",
    given: `${quoted(prefix)}, beside ${quoted(otherPrefix)} at ${other}`,
    allowed: "prefixes of issuers that other apps deploy, neither equal to nor inside those of this app",
    property: "prefix",
    remedy: `pass the issuer ${other} itself to the keys, or correct \`prefix\``,
  });

export const noIssuer = (at: IConstruct, given: string) =>
  new ScopedKeyError("SK259", at, {
    problem: "`issuer` is no issuer of this library",
    given,
    allowed: "an issuer such as `new OpenAiIssuer(…)`, or one of another app by `OpenAiIssuer.fromAttributes(…)`",
    property: "issuer",
    remedy: "declare the issuer, or import it, and pass that construct",
  });

export const notOfImportedIssuer = (at: IConstruct, given: string, allowed: readonly string[]) =>
  new ScopedKeyError("SK260", at, {
    problem: `\`${given}\` cannot be said of an issuer that another app deploys`,
    given: quoted(given),
    allowed: allowed.join(", "),
    property: given,
    remedy: `leave \`${given}\` out; where it is to change, change it in the app that declares the issuer`,
  });
