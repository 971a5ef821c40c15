import { PROJECT_LIMITS, secretName } from "./names";
import { type Refusal, refusalOf } from "./refusals";
import { restoreWords, type ScheduledDeletion, scheduledWords } from "./scheduled-deletion";

/**
 * Errors that a person meets at run time: in a Terraform run, in CloudWatch, in the terminal. One factory per error, so that all
 * wording is here. Codes are stable; `docs/errors.md` has an entry for each. No message holds a secret.
 */
export class ScopedKeysRuntimeError extends Error {
  override readonly name = "ScopedKeysRuntimeError";
  readonly code: string;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** With which the command line ends. */
  readonly exitCode: number;
  /** What it means for whoever sent the order. */
  readonly refusal: Refusal;

  constructor(code: string, parts: ErrorParts, options: ErrorOptionsOfOurs = {}) {
    super(wording(code, parts), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.exitCode = options.exitCode ?? 1;
    this.refusal = { ...refusalOf(code), ...options.refusal };
  }
}

interface ErrorOptionsOfOurs {
  readonly retryable?: boolean;
  readonly cause?: unknown;
  /** 1 if left out. */
  readonly exitCode?: number;
  /** Of an error that the command line itself makes; what the function answers is in `refusals.ts`. */
  readonly refusal?: Refusal;
}

/** Of an error that the arguments of a command alone cause. */
export const WRONG_ARGUMENTS = { exitCode: 2 } as const;

export interface ErrorParts {
  /** Key, secret or event that it is about. */
  readonly subject: string;
  readonly problem: string;
  readonly given?: string;
  readonly allowed?: string;
  readonly remedy: string;
}

/** `key "summariser"`; of what an issuer declares for the whole account, that. */
export function subjectOf(key: string): string {
  return key === PROJECT_LIMITS ? "account policy" : `key "${key}"`;
}

function wording(code: string, { subject, problem, given, allowed, remedy }: ErrorParts): string {
  const sentences = [`${subject}: ${problem}.`];
  if (given !== undefined) sentences.push(`Given: ${given}.`);
  if (allowed !== undefined) sentences.push(`Allowed: ${allowed}.`);
  sentences.push(remedy.endsWith(".") ? remedy : `${remedy}.`);
  return `[${code}] ${sentences.join(" ")}`;
}

export const unknownEvent = (given: string) =>
  new ScopedKeysRuntimeError("SK201", {
    subject: "event",
    problem: "the function does not know this event, and has changed nothing",
    given,
    allowed: "a reconcile of Terraform, a rotation step of Secrets Manager, a scheduled sweep, an operator's order",
    remedy: "Let only the resources that this library renders, and operators, invoke the function",
  });

export const malformedEvent = (subject: string, problem: string) =>
  new ScopedKeysRuntimeError("SK202", {
    subject,
    problem: `the event is malformed, and nothing was changed: ${problem}`,
    remedy: "Apply with the release of the library that the function was deployed with",
  });

export const foreignSecret = (given: string, prefix: string) =>
  new ScopedKeysRuntimeError("SK203", {
    subject: "secret",
    problem: "the secret does not belong to this issuer, and nothing was changed",
    given,
    allowed: `secrets of this account and region under ${prefix}/`,
    remedy: "Give the secret its own issuer, or declare its key with this one",
  });

export const foreignVendor = (key: string, given: string, allowed: string) =>
  new ScopedKeysRuntimeError("SK204", {
    subject: subjectOf(key),
    problem: "the policy is for another vendor, and nothing was changed",
    given,
    allowed,
    remedy: "Declare it with an issuer of its vendor",
  });

export const adminKeyMissing = (secret: string, cause: unknown) =>
  new ScopedKeysRuntimeError(
    "SK205",
    {
      subject: `admin key in secret "${secret}"`,
      problem: "it cannot be read",
      given: cause instanceof Error ? cause.name : "no value",
      allowed: "a secret whose whole text is the admin key, readable by the function's role",
      remedy: "Store the admin key there (aws secretsmanager put-secret-value), then apply again",
    },
    { cause },
  );

/** @param secret undefined: the vendor has no admin key, and the function's role does what it does elsewhere */
export const adminKeyRefused = (secret: string | undefined, vendor: string, permission: string, evidence: string) =>
  new ScopedKeysRuntimeError("SK206", {
    subject: secret === undefined ? "role of the function" : `admin key in secret "${secret}"`,
    problem: `${vendor} refuses it (${evidence})`,
    allowed: `${secret === undefined ? "a role" : "an admin key"} with ${permission}`,
    remedy:
      secret === undefined
        ? "Look for a changed role policy, a permissions boundary or a service control policy, then apply again; keys already issued keep working"
        : "Put a valid admin key into that secret, then apply again; keys already issued keep working",
  });

export const keyBusy = (key: string) =>
  new ScopedKeysRuntimeError(
    "SK207",
    {
      subject: subjectOf(key),
      problem: "another run of the controller works on it, and nothing was changed",
      remedy: "Run again in a minute",
    },
    { retryable: true },
  );

export const vendorFailed = (key: string, vendor: string, evidence: string, cause: unknown) =>
  new ScopedKeysRuntimeError(
    "SK208",
    {
      subject: subjectOf(key),
      problem: `${vendor} did not do what was asked (${evidence})`,
      remedy: "Run again; what is half done is remembered in the ledger and finished then",
    },
    { retryable: true, cause },
  );

const NOT_TAKEN = "SK280";

export const grantNotTaken = (key: string, vendor: string, keyId: string, differences: string) =>
  new ScopedKeysRuntimeError(
    NOT_TAKEN,
    {
      subject: subjectOf(key),
      problem: `${vendor} was asked for what the policy says, and shows vendor key ${keyId} with something else (${differences})`,
      remedy: `Declare what this release or plan of ${vendor} enforces, or bring it up to date; what it shows is what holds`,
    },
    { retryable: true },
  );

export const accountNotGone = (key: string, vendor: string, evidence: string) =>
  new ScopedKeysRuntimeError("SK281", {
    subject: subjectOf(key),
    problem: `vendor keys are taken for dead only where ${vendor} itself says that nothing can open its account, and it does not (${evidence})`,
    remedy:
      "Revoke without --account-gone where the account is open; else let the admin key read the account, or end the keys at the vendor and retain none",
  });

/** @param reason why nothing that the vendor says counts: a clause */
export const accountNotProvable = (key: string, vendor: string, reason: string) =>
  new ScopedKeysRuntimeError("SK282", {
    subject: subjectOf(key),
    problem: `${vendor} gives no proof that an account is gone, so nothing is taken for dead: ${reason}`,
    remedy:
      "Open the account again, revoke without --account-gone, and close it then. Where it cannot be opened again, ask the vendor to delete the keys; " +
      "what nobody has seen dead stays in the ledger, and leaves Terraform with `terraform state rm`",
  });

export function isNotTaken(error: unknown): boolean {
  return error instanceof ScopedKeysRuntimeError && error.code === NOT_TAKEN;
}

/** @param stays whether another one is in use */
/** How a vendor key that lives does not fit its policy. */
export type Misfit = "wider" | "narrower";

const MISFITS = {
  wider: { words: "may do more than its policy declares" },
  narrower: { words: "may do less than its policy declares" },
} as const;

const UNFIT_REMEDIES = {
  wider:
    "Look at the vendor for what widened it: a default of the project, an admin, a release that ignores what was asked. The next rotation or apply issues another one",
  narrower:
    "Compare the policy with what the vendor lets its keys do (a limit of the project, a permission of the admin key). The next rotation or apply issues another one",
} as const;

export const unfitKey = (key: string, misfit: Misfit, evidence: string, stays: boolean) =>
  new ScopedKeysRuntimeError(
    misfit === "wider" ? "SK265" : "SK266",
    {
      subject: subjectOf(key),
      problem: `the new vendor key ${MISFITS[misfit].words}, and was given up; ${stays ? "the current one stays in use" : "none is in use yet"} (${evidence})`,
      remedy: UNFIT_REMEDIES[misfit],
    },
    { retryable: true },
  );

export const unfitKeyInUse = (key: string, misfit: Misfit, evidence: string) =>
  new ScopedKeysRuntimeError(misfit === "wider" ? "SK252" : "SK253", {
    subject: subjectOf(key),
    problem: `the vendor key in use ${MISFITS[misfit].words}, and was left alone (${evidence})`,
    remedy: "Plan and apply the stack: the plan says what differs, and the apply heals it",
  });

/** What a look with a key showed against it, as a clause. */
export const wordsOfOutcome = (outcome: "refused" | Misfit) =>
  outcome === "refused" ? "is refused by the vendor" : MISFITS[outcome].words;

export const poisonedKey = (key: string, evidence: string, stays: boolean) =>
  new ScopedKeysRuntimeError(
    "SK209",
    {
      subject: subjectOf(key),
      problem: `the new vendor key failed its test and was given up; ${stays ? "the current one stays in use" : "none is in use yet"} (${evidence})`,
      remedy:
        "The next rotation or apply issues another one; if this repeats, compare the scopes with what the vendor grants",
    },
    { retryable: true },
  );

/** Until its first apply has succeeded, nobody but the next apply knows what a key may do. */
const WHO_TESTS = "tested again by the next apply and, where the key was applied before, by its next rotation or sweep";

export const keyNotKnownYet = (key: string, evidence: string, until: string) =>
  new ScopedKeysRuntimeError(
    "SK261",
    {
      subject: subjectOf(key),
      problem: `the vendor does not know the new vendor key yet, so it is not in use (${evidence})`,
      remedy: `Nothing is lost: the same vendor key is kept until ${until}, and ${WHO_TESTS}. Run again in some minutes`,
    },
    { retryable: true },
  );

export const keyNotTestedYet = (key: string, cause: Error) =>
  new ScopedKeysRuntimeError(
    "SK262",
    {
      subject: subjectOf(key),
      problem: `the vendor key could not be tested, since the vendor's answer says nothing certain of it (${cause.message})`,
      remedy: `Nothing was revoked: the same vendor key is kept, and ${WHO_TESTS}. See to what the vendor says, then run again`,
    },
    { retryable: true, cause },
  );

export const shorterLife = (key: string, vendor: string, ends: string, declared: string) =>
  new ScopedKeysRuntimeError("SK263", {
    subject: subjectOf(key),
    problem: `${vendor} ends its vendor key before the time that its policy declares; the key is in use, and is rotated before it ends`,
    given: `${declared} by the policy`,
    allowed: `${ends} by ${vendor}`,
    remedy: `Declare a lifetime that ${vendor} gives (an organisation there, or a proxy, may have a maximum of its own), or have that maximum raised; then apply`,
  });

export const notSeenDead = (key: string, vendor: string, keyIds: readonly string[]) =>
  new ScopedKeysRuntimeError(
    "SK264",
    {
      subject: subjectOf(key),
      problem: `${vendor} refuses these vendor keys, and nothing shows that ${vendor} is well: in an outage it refuses keys that live, so none is called dead`,
      given: keyIds.join(", "),
      allowed: "another key of the issuer that works at the same time, or refusals at every look of a day",
      remedy: `Run again when ${vendor} is well; the sweep looks every hour`,
    },
    { retryable: true },
  );

export const failedKeyInUse = (key: string, evidence: string) =>
  new ScopedKeysRuntimeError("SK249", {
    subject: subjectOf(key),
    problem: `the vendor key in use failed a test, and was left alone (${evidence})`,
    remedy: "Plan and apply the stack: the plan says what differs, and the apply heals it",
  });

export const noPendingValue = (key: string, token: string) =>
  new ScopedKeysRuntimeError("SK210", {
    subject: subjectOf(key),
    problem: `version ${token} has no value, so it cannot become AWSCURRENT`,
    remedy: "Start the rotation again (aws secretsmanager rotate-secret)",
  });

export const notPending = (key: string, token: string) =>
  new ScopedKeysRuntimeError("SK211", {
    subject: subjectOf(key),
    problem: `version ${token} is not AWSPENDING, and nothing was changed`,
    remedy: "Start the rotation again (aws secretsmanager rotate-secret)",
  });

export const rotationOff = (key: string) =>
  new ScopedKeysRuntimeError("SK212", {
    subject: subjectOf(key),
    problem: "rotation of its secret is switched off, and nothing was changed",
    remedy: "Apply the stack: that switches rotation on again",
  });

export const undeclaredKey = (key: string) =>
  new ScopedKeysRuntimeError("SK213", {
    subject: subjectOf(key),
    problem: "the ledger has no policy for it, and nothing was changed",
    remedy: "Apply the stack that declares the key: that rebuilds the ledger",
  });

export const secretMissing = (key: string, secret: string) =>
  new ScopedKeysRuntimeError("SK214", {
    subject: subjectOf(key),
    problem: `its secret "${secret}" does not exist, and no key was issued`,
    remedy: "Apply the stack so that Terraform creates it again",
  });

export const secretScheduled = (prefix: string, key: string, deletion: ScheduledDeletion) =>
  new ScopedKeysRuntimeError("SK244", {
    subject: subjectOf(key),
    problem: `its secret "${secretName(prefix, key)}" ${scheduledWords(deletion)}; no key was issued`,
    remedy: `To bring it back, ${restoreWords(prefix, key, deletion)}`,
  });

export const KMS_KEY_UNUSABLE = "SK290";

/** @param said what Secrets Manager answered, or what was seen of the key */
export const kmsKeyUnusable = (secret: string, said: string, cause?: unknown) =>
  new ScopedKeysRuntimeError(
    KMS_KEY_UNUSABLE,
    {
      subject: `secret "${secret}"`,
      problem: `the KMS key that encrypts it cannot be used: ${said}`,
      remedy:
        "Enable the key, or cancel its deletion; let the controller's role use it in the key's policy. Then run again; what is half done is remembered",
    },
    { cause },
  );

export const secretMoved = (key: string) =>
  new ScopedKeysRuntimeError(
    "SK215",
    {
      subject: subjectOf(key),
      problem: "somebody else moved AWSCURRENT of its secret at the same moment, so it was left alone",
      remedy: "Run again",
    },
    { retryable: true },
  );

export const badConfiguration = (problem: string) =>
  new ScopedKeysRuntimeError("SK216", {
    subject: "function configuration",
    problem,
    remedy: "Deploy the function with the constructs of this library, and change none of its environment by hand",
  });

export const outOfTime = (key: string) =>
  new ScopedKeysRuntimeError(
    "SK217",
    {
      subject: subjectOf(key),
      problem: "the function's time is nearly over, so it stopped between two steps",
      remedy: "Run again; what is half done is remembered in the ledger and finished then",
    },
    { retryable: true },
  );

export const LEDGER_CONFLICT = "SK218";
export const ledgerConflict = (key: string) =>
  new ScopedKeysRuntimeError(
    LEDGER_CONFLICT,
    {
      subject: subjectOf(key),
      problem: "its ledger item was changed by another run at the same moment",
      remedy: "Run again",
    },
    { retryable: true },
  );

export const retainedKeys = (key: string, secret: string, keyIds: readonly string[]) =>
  new ScopedKeysRuntimeError("SK219", {
    subject: subjectOf(key),
    problem: "a vendor key of it is marked to be retained, so it was not revoked",
    given: keyIds.join(", "),
    remedy: `Once nobody needs it, take the mark off, then run again: scoped-keys retain ${secret} --release`,
  });

/** @param secret undefined: a person mints, so that no order puts a successor into use */
export const keyStopped = (key: string, secret: string | undefined, since: string) =>
  new ScopedKeysRuntimeError("SK220", {
    subject: subjectOf(key),
    problem: `an operator revoked it on ${since} and said that nothing is to be issued, so nothing was`,
    remedy:
      secret === undefined
        ? "Plan and apply the stack: that plan says so, and after its apply a vendor key can be handed over"
        : `Plan and apply the stack: that plan says so, and its apply issues a new vendor key. Or put a successor into use at once: scoped-keys revoke ${secret} --now`,
  });

export const adminQueueFull = (key: string, vendor: string, evidence: string, cause: unknown) =>
  new ScopedKeysRuntimeError(
    "SK222",
    {
      subject: subjectOf(key),
      problem: `an admin call was not sent to ${vendor} (${evidence})`,
      remedy: "Run again in a few minutes; what is half done is remembered in the ledger and finished then",
    },
    { retryable: true, cause },
  );

export const searchBusy = (key: string) =>
  new ScopedKeysRuntimeError(
    "SK223",
    {
      subject: subjectOf(key),
      problem: "an earlier attempt may have minted a vendor key, and another run searches the project at this moment",
      remedy: "Run again in a few minutes",
    },
    { retryable: true },
  );

export const nothingToRetain = (key: string, label: string) =>
  new ScopedKeysRuntimeError("SK221", {
    subject: subjectOf(key),
    problem: `there is no version ${label} of its secret whose vendor key is live, and nothing was marked`,
    remedy: "Look at the secret's versions (aws secretsmanager describe-secret) and name the other one",
  });

export const unreadableRecord = (key: string, why: string) =>
  new ScopedKeysRuntimeError("SK224", {
    subject: subjectOf(key),
    problem: `its record in the ledger cannot be read (${why}), and nothing of the key was changed`,
    remedy: `Restore the ledger's table to a time before, or delete its item "key#${key}" and apply: that rebuilds the record from the secret and the vendor's names`,
  });

export const unreadableProjectLimits = (item: string, why: string) =>
  new ScopedKeysRuntimeError("SK250", {
    subject: subjectOf(PROJECT_LIMITS),
    problem: `its record in the ledger cannot be read (${why}), and nothing at the vendor was changed`,
    remedy: `Restore the ledger's table to a time before, or delete its item "${item}" and apply: that sets what is declared again`,
  });

export const foreignPending = (key: string, keyId: string) =>
  new ScopedKeysRuntimeError("SK225", {
    subject: subjectOf(key),
    problem: `AWSPENDING held a value of a vendor key that is not this key's, so it was not put into use; the vendor key was left alone`,
    given: keyId,
    remedy: "Find out who wrote it; the next rotation or apply issues a vendor key of its own",
  });

export const notEnforced = (key: string, vendor: string, dimension: string) =>
  new ScopedKeysRuntimeError("SK226", {
    subject: subjectOf(key),
    problem: `its policy does not fit what ${vendor} enforces per key (${dimension}), and nothing was changed`,
    remedy:
      "Apply with the release of the library that the function was deployed with, which refuses that at synthesis",
  });

export const notDeclarable = (vendor: string, dimension: string) =>
  new ScopedKeysRuntimeError("SK251", {
    subject: subjectOf(PROJECT_LIMITS),
    problem: `${vendor} lets it not be set for the whole account of this issuer (${dimension}), and nothing was changed`,
    remedy:
      "Apply with the release of the library that the function was deployed with, which refuses that at synthesis",
  });

export const noRoom = (key: string, secret: string, vendor: string, maximum: number, freeAt: string | undefined) =>
  new ScopedKeysRuntimeError(
    "SK227",
    {
      subject: subjectOf(key),
      problem: `${vendor} lets it have ${maximum} vendor keys, and all of them are still needed, so none was issued`,
      ...(freeAt === undefined ? {} : { given: `a superseded one has its overlap until ${freeAt}` }),
      remedy: `Run again when the overlap is over; if the old one may die at once: scoped-keys revoke ${secret} --now`,
    },
    { retryable: true },
  );

export const notActiveYet = (key: string, vendor: string) =>
  new ScopedKeysRuntimeError(
    "SK228",
    {
      subject: subjectOf(key),
      problem: `${vendor} has not made the new vendor key known everywhere yet, so it is not in use; the current one stays`,
      remedy: "Run again in a few minutes; Secrets Manager does so by itself",
    },
    { retryable: true },
  );

export const mintedManually = (key: string, secret: string, vendor: string) =>
  new ScopedKeysRuntimeError("SK229", {
    subject: subjectOf(key),
    problem: `${vendor} lets nobody but a person mint a vendor key, so none was issued`,
    remedy: `Make one in the console of ${vendor} and hand it over: scoped-keys adopt ${secret}`,
  });

export const noManualSuccessor = (key: string, secret: string, vendor: string) =>
  new ScopedKeysRuntimeError("SK256", {
    subject: subjectOf(key),
    problem: `${vendor} lets nobody but a person mint a vendor key, so there is no successor, and nothing was changed`,
    remedy: `If programs may be without a key: scoped-keys revoke ${secret} --now --no-successor. Else make one in the console of ${vendor} and put it into use: scoped-keys adopt ${secret}, then end the others: scoped-keys revoke ${secret} --now --keep-current`,
  });

export const emergencyOpen = (key: string, secret: string, since: string) =>
  new ScopedKeysRuntimeError("SK257", {
    subject: subjectOf(key),
    problem: `an emergency revoke of it is open since ${since}, which a mark would stop, and nothing was marked`,
    remedy: `Let it end, or say that the vendor key shall outlive it: scoped-keys retain ${secret} --over-emergency`,
  });

export const otherDeployment = (subject: string, found: string, own: string) =>
  new ScopedKeysRuntimeError("SK258", {
    subject,
    problem: "it belongs to another deployment, and nothing was changed",
    given: found,
    allowed: own,
    remedy:
      "Give one of the two deployments another prefix. If this one has taken the other's place, take what the other left away by hand",
  });

export const notAdoptable = (key: string, problem: string, allowed: string) =>
  new ScopedKeysRuntimeError("SK230", {
    subject: subjectOf(key),
    problem: `it was not adopted, and nothing was changed: ${problem}`,
    allowed,
    remedy: "Make another one in the vendor's console, or correct this one there, and run again",
  });

export const alreadyAdopted = (key: string, keyId: string) =>
  new ScopedKeysRuntimeError("SK231", {
    subject: subjectOf(key),
    problem: `vendor key ${keyId} is in use already, and nothing was changed`,
    remedy: "Make a new one in the vendor's console and hand over its value",
  });

export const notManual = (key: string, vendor: string) =>
  new ScopedKeysRuntimeError("SK232", {
    subject: subjectOf(key),
    problem: `vendor keys of ${vendor} are minted by the issuer itself, so none is adopted, and nothing was changed`,
    remedy: "Rotate the key instead (aws secretsmanager rotate-secret)",
  });

export const revokeManually = (key: string, vendor: string, keyIds: readonly string[]) =>
  new ScopedKeysRuntimeError(
    "SK233",
    {
      subject: subjectOf(key),
      problem: `${vendor} lets nobody but a person end a vendor key, and these still work`,
      given: keyIds.join(", "),
      remedy: `Delete the key in the console of ${vendor}, then run again`,
    },
    { retryable: true },
  );

export const projectLimitsRefused = (account: string, vendor: string, evidence: string, cause: unknown) =>
  new ScopedKeysRuntimeError(
    "SK234",
    {
      subject: subjectOf(PROJECT_LIMITS),
      problem: `${vendor} does not take what is declared for ${account} (${evidence})`,
      remedy: `Correct what the issuer declares, or at ${vendor} what stands in its way, then apply again; keys are not touched by this`,
    },
    { cause },
  );

export const projectLimitsNotSet = (account: string, vendor: string, evidence: string) =>
  new ScopedKeysRuntimeError(
    "SK235",
    {
      subject: subjectOf(PROJECT_LIMITS),
      problem: `${vendor} took what is declared for ${account}, and shows something else (${evidence})`,
      remedy: `Run again in a few minutes; if this repeats, declare what ${vendor} shows, and compare with its own page of limits`,
    },
    { retryable: true },
  );

export const ledgerTampered = (key: string, reasons: readonly string[]) =>
  new ScopedKeysRuntimeError("SK246", {
    subject: subjectOf(key),
    problem: `the ledger does not say what the secret's marks say, and nothing was minted: ${reasons.join("; ")}`,
    remedy:
      "Find out who can write into the table (docs/operations.md, ledger-tampered), then plan and apply the stack: that writes the ledger anew",
  });

export const ledgerBehind = (key: string) =>
  new ScopedKeysRuntimeError(
    "SK254",
    {
      subject: subjectOf(key),
      problem:
        "the ledger is older than the value in use, as a table is that was restored from a backup, and nothing was minted",
      remedy:
        "Wait for the next sweep, which brings the ledger up to date, or plan and apply the stack (docs/operations.md, stale-ledger)",
    },
    { retryable: true },
  );

export const notShown = (key: string, vendor: string, keyId: string) =>
  new ScopedKeysRuntimeError("SK247", {
    subject: subjectOf(key),
    problem: `vendor key ${keyId} was left alone: nothing but the ledger calls it this key's`,
    remedy: `Compare with the console of ${vendor}: delete it there if it is yours, else plan and apply the stack, which takes it out of the ledger`,
  });

export const tooManyRetained = (key: string, secret: string, most: number) =>
  new ScopedKeysRuntimeError("SK248", {
    subject: subjectOf(key),
    problem: `${most} of its vendor keys are retained already, and nothing was marked: AWS lets all versions of a secret have 20 staging labels together`,
    remedy: `Take the marks off that are no longer needed: scoped-keys retain ${secret} --release`,
  });

export const brokenAdapter = (problem: string) =>
  new ScopedKeysRuntimeError("SK240", {
    subject: "adapter of a custom issuer",
    problem: `it cannot be used, and nothing was changed: ${problem}`,
    remedy: "Correct the adapter, run its contract suite against its file (docs/vendors/custom.md), and deploy again",
  });

export const wrongDoor = (
  subject: string,
  { action, calledBy, allowed }: { readonly action: string; readonly calledBy: string; readonly allowed: string },
) =>
  new ScopedKeysRuntimeError("SK241", {
    subject,
    problem: "this door does not take that action, and nothing was changed",
    given: `${action}, by the name ${calledBy}`,
    allowed: `${action} by the name ${allowed}`,
    remedy:
      "Use that name, with credentials that may invoke it; a command line of an older release is to be updated (docs/permissions.md)",
  });

export const unknownDoor = (functionName: string, qualifier: string) =>
  new ScopedKeysRuntimeError("SK242", {
    subject: "event",
    problem: "the function was called by a name that is no door, and has changed nothing",
    given: `${functionName}:${qualifier}`,
    allowed: `${functionName}, ${functionName}:$LATEST, ${functionName}:sweep, ${functionName}:operator`,
    remedy: "Call it by one of these names, and take lambda:InvokeFunction on others away (docs/permissions.md)",
  });

export const projectLimitsNotDeclared = (given: string, allowed: string | undefined) =>
  new ScopedKeysRuntimeError("SK243", {
    subject: subjectOf(PROJECT_LIMITS),
    problem: "the issuer does not declare this, and nothing was changed",
    given: `a policy with the digest ${given}`,
    allowed:
      allowed === undefined ? "none: the issuer declares nothing for the account" : `the declared one, ${allowed}`,
    remedy:
      "Declare it with the issuer, and apply the whole stack; where nobody applied anything, look in CloudTrail for who invoked the function",
  });
