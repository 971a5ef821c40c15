import { PROJECT_LIMITS, secretName } from "./names";
import { type Refusal, refusalOf } from "./refusals";
import { restoreWords, type ScheduledDeletion, scheduledWords } from "./scheduled-deletion";

/**
 * Errors that a person meets at run time: in a Terraform run, in CloudWatch, in the terminal. One
 * factory per error, so that all wording is here. Codes are stable; `docs/errors.md` has an entry
 * for each. No message holds a secret.
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
  /**
   * Of an error that the command line itself makes; what the function answers is in `refusals.ts`.
   */
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

/** `key "summariser"`; `project limits` for what an issuer declares for its whole project. */
export function subjectOf(key: string): string {
  return key === PROJECT_LIMITS ? "project limits" : `key "${key}"`;
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
    problem: "the function does not know this event. Nothing was changed",
    given,
    allowed: "a reconcile from Terraform, a rotation step from Secrets Manager, a scheduled sweep, an operator command",
    remedy: "Allow only operators and the resources that this library renders to invoke the function",
  });

export const malformedEvent = (subject: string, problem: string) =>
  new ScopedKeysRuntimeError("SK202", {
    subject,
    problem: `the event is malformed: ${problem}. Nothing was changed`,
    remedy: "Apply with the release of the library that the function was deployed with",
  });

export const foreignSecret = (given: string, prefix: string) =>
  new ScopedKeysRuntimeError("SK203", {
    subject: "secret",
    problem: "the secret does not belong to this issuer. Nothing was changed",
    given,
    allowed: `secrets of this account and region under ${prefix}/`,
    remedy: "Give the secret its own issuer, or declare its key with this one",
  });

export const foreignVendor = (key: string, given: string, allowed: string) =>
  new ScopedKeysRuntimeError("SK204", {
    subject: subjectOf(key),
    problem: "the policy is for another vendor. Nothing was changed",
    given,
    allowed,
    remedy: "Declare it with an issuer of that vendor",
  });

export const adminKeyMissing = (secret: string, cause: unknown) =>
  new ScopedKeysRuntimeError(
    "SK205",
    {
      subject: `admin key in secret "${secret}"`,
      problem: "the function cannot read the admin key",
      given: cause instanceof Error ? cause.name : "no value",
      allowed: "a secret that the function's role can read and whose whole text is the admin key",
      remedy: "Store the admin key in that secret (aws secretsmanager put-secret-value), then apply again",
    },
    { cause },
  );

/**
 * @param secret undefined: the vendor has no admin key, and the function's role does what it does
 * elsewhere
 */
export const adminKeyRefused = (secret: string | undefined, vendor: string, permission: string, evidence: string) =>
  new ScopedKeysRuntimeError("SK206", {
    subject: secret === undefined ? "role of the function" : `admin key in secret "${secret}"`,
    problem: `${vendor} refuses ${secret === undefined ? "this role" : "this admin key"} (${evidence})`,
    allowed: `${secret === undefined ? "a role" : "an admin key"} with ${permission}`,
    remedy:
      secret === undefined
        ? "Look for a changed role policy, a permissions boundary or a service control policy, then apply again. Keys already issued keep working"
        : "Put a valid admin key into that secret, then apply again. Keys already issued keep working",
  });

export const keyBusy = (key: string) =>
  new ScopedKeysRuntimeError(
    "SK207",
    {
      subject: subjectOf(key),
      problem: "another run of the controller is working on this key. Nothing was changed",
      remedy: "Run again in a minute",
    },
    { retryable: true },
  );

export const vendorFailed = (key: string, vendor: string, evidence: string, cause: unknown) =>
  new ScopedKeysRuntimeError(
    "SK208",
    {
      subject: subjectOf(key),
      problem: `the call to ${vendor} failed (${evidence})`,
      remedy: "Run again. The ledger remembers what is half done, and the next run finishes it",
    },
    { retryable: true, cause },
  );

const NOT_TAKEN = "SK280";

export const grantNotTaken = (key: string, vendor: string, keyId: string, differences: string) =>
  new ScopedKeysRuntimeError(
    NOT_TAKEN,
    {
      subject: subjectOf(key),
      problem: `${vendor} accepted the policy, but shows vendor key ${keyId} with other settings (${differences})`,
      remedy: `Declare the settings that this release or plan of ${vendor} shows, or update that release or plan`,
    },
    { retryable: true },
  );

export const accountNotGone = (key: string, vendor: string, evidence: string) =>
  new ScopedKeysRuntimeError("SK281", {
    subject: subjectOf(key),
    problem: `${vendor} does not confirm that the account is gone, so no vendor key counts as dead (${evidence})`,
    remedy:
      "If the account is open, revoke without --account-gone. Otherwise let the admin key read the account, or delete the keys at the vendor and retain none",
  });

/** @param reason why the vendor gives no proof: a clause */
export const accountNotProvable = (key: string, vendor: string, reason: string) =>
  new ScopedKeysRuntimeError("SK282", {
    subject: subjectOf(key),
    problem: `${vendor} gives no proof that an account is gone, so no vendor key counts as dead: ${reason}`,
    remedy:
      "Open the account again, revoke without --account-gone, then close the account. If you cannot open it again, ask the vendor to delete the keys. " +
      "A key that nobody has seen dead stays in the ledger; `terraform state rm` removes it from Terraform",
  });

export function isNotTaken(error: unknown): boolean {
  return error instanceof ScopedKeysRuntimeError && error.code === NOT_TAKEN;
}

/** How a live vendor key differs from its policy. */
export type Misfit = "wider" | "narrower";

const MISFITS = {
  wider: { words: "may do more than its policy declares" },
  narrower: { words: "may do less than its policy declares" },
} as const;

const UNFIT_REMEDIES = {
  wider:
    "Find out at the vendor what widened the key: a default of the project, an admin, a release that ignores limits. The next rotation or apply issues another one",
  narrower:
    "Compare the policy with the project's limits and with the permissions of the admin key. The next rotation or apply issues another one",
} as const;

/** @param stays whether another vendor key is in use */
export const unfitKey = (key: string, misfit: Misfit, evidence: string, stays: boolean) =>
  new ScopedKeysRuntimeError(
    misfit === "wider" ? "SK265" : "SK266",
    {
      subject: subjectOf(key),
      problem: `the new vendor key ${MISFITS[misfit].words}, so it was given up (${evidence}); ${stays ? "the current one stays in use" : "none is in use yet"}`,
      remedy: UNFIT_REMEDIES[misfit],
    },
    { retryable: true },
  );

export const unfitKeyInUse = (key: string, misfit: Misfit, evidence: string) =>
  new ScopedKeysRuntimeError(misfit === "wider" ? "SK252" : "SK253", {
    subject: subjectOf(key),
    problem: `the vendor key in use ${MISFITS[misfit].words} (${evidence}). The controller left it alone`,
    remedy: "Plan and apply the stack. The plan shows what differs, and the apply repairs it",
  });

/** What a test showed against a key, as a clause. */
export const wordsOfOutcome = (outcome: "refused" | Misfit) =>
  outcome === "refused" ? "is refused by the vendor" : MISFITS[outcome].words;

/** @param stays whether another vendor key is in use */
export const poisonedKey = (key: string, evidence: string, stays: boolean) =>
  new ScopedKeysRuntimeError(
    "SK209",
    {
      subject: subjectOf(key),
      problem: `the new vendor key failed its test, so it was given up (${evidence}); ${stays ? "the current one stays in use" : "none is in use yet"}`,
      remedy:
        "The next rotation or apply issues another one. If this repeats, compare the scopes with what the vendor grants",
    },
    { retryable: true },
  );

/** Until the first apply has succeeded, only the next apply knows what a key may do. */
const WHO_TESTS =
  "The next apply tests it again; if an earlier apply of this key succeeded, its next rotation or sweep does too";

export const keyNotKnownYet = (key: string, evidence: string, until: string) =>
  new ScopedKeysRuntimeError(
    "SK261",
    {
      subject: subjectOf(key),
      problem: `the vendor does not know the new vendor key yet, so that key is not in use (${evidence})`,
      remedy: `Nothing is lost: the controller keeps this vendor key until ${until}. ${WHO_TESTS}. Run again in a few minutes`,
    },
    { retryable: true },
  );

export const keyNotTestedYet = (key: string, cause: Error) =>
  new ScopedKeysRuntimeError(
    "SK262",
    {
      subject: subjectOf(key),
      problem: `the test of the vendor key had no clear result: the vendor's answer does not say whether the key works (${cause.message})`,
      remedy: `Nothing was revoked: the controller keeps this vendor key. ${WHO_TESTS}. Resolve what the vendor reports, then run again`,
    },
    { retryable: true, cause },
  );

export const shorterLife = (key: string, vendor: string, ends: string, declared: string) =>
  new ScopedKeysRuntimeError("SK263", {
    subject: subjectOf(key),
    problem: `${vendor} ends the vendor key earlier than the policy declares. The key is in use, and the sweep rotates it before it ends`,
    given: `the policy declares ${declared}`,
    allowed: `${ends}, which ${vendor} shows`,
    remedy: `Declare a lifetime that ${vendor} gives, or have the maximum there raised, then apply. An organisation or a proxy may have its own maximum`,
  });

export const notSeenDead = (key: string, vendor: string, keyIds: readonly string[]) =>
  new ScopedKeysRuntimeError(
    "SK264",
    {
      subject: subjectOf(key),
      problem: `${vendor} refuses these vendor keys, but nothing shows that ${vendor} works normally. In an outage a vendor also refuses live keys, so these do not count as dead`,
      given: keyIds.join(", "),
      allowed: "either another key of the issuer works at the same time, or every test within a day is refused",
      remedy: `Run again when ${vendor} works normally. The sweep tests every hour`,
    },
    { retryable: true },
  );

export const failedKeyInUse = (key: string, evidence: string) =>
  new ScopedKeysRuntimeError("SK249", {
    subject: subjectOf(key),
    problem: `the vendor key in use failed a test (${evidence}). The controller left it alone`,
    remedy: "Plan and apply the stack. The plan shows what differs, and the apply repairs it",
  });

export const noPendingValue = (key: string, token: string) =>
  new ScopedKeysRuntimeError("SK210", {
    subject: subjectOf(key),
    problem: `version ${token} of its secret has no value, so it cannot become AWSCURRENT`,
    remedy: "Start the rotation again (aws secretsmanager rotate-secret)",
  });

export const notPending = (key: string, token: string) =>
  new ScopedKeysRuntimeError("SK211", {
    subject: subjectOf(key),
    problem: `version ${token} of its secret is not AWSPENDING. Nothing was changed`,
    remedy: "Start the rotation again (aws secretsmanager rotate-secret)",
  });

export const rotationOff = (key: string) =>
  new ScopedKeysRuntimeError("SK212", {
    subject: subjectOf(key),
    problem: "rotation of its secret is switched off. Nothing was changed",
    remedy: "Apply the stack. That switches rotation on again",
  });

export const undeclaredKey = (key: string) =>
  new ScopedKeysRuntimeError("SK213", {
    subject: subjectOf(key),
    problem: "the ledger has no policy for this key. Nothing was changed",
    remedy: "Apply the stack that declares the key. That rebuilds the ledger",
  });

export const secretMissing = (key: string, secret: string) =>
  new ScopedKeysRuntimeError("SK214", {
    subject: subjectOf(key),
    problem: `its secret "${secret}" does not exist. No key was issued`,
    remedy: "Apply the stack. Terraform then creates the secret again",
  });

export const secretScheduled = (prefix: string, key: string, deletion: ScheduledDeletion) =>
  new ScopedKeysRuntimeError("SK244", {
    subject: subjectOf(key),
    problem: `its secret "${secretName(prefix, key)}" ${scheduledWords(deletion)}. No key was issued`,
    remedy: `To bring it back, ${restoreWords(prefix, key, deletion)}`,
  });

export const KMS_KEY_UNUSABLE = "SK290";

/** @param said what Secrets Manager answered, or what was seen of the key */
export const kmsKeyUnusable = (secret: string, said: string, cause?: unknown) =>
  new ScopedKeysRuntimeError(
    KMS_KEY_UNUSABLE,
    {
      subject: `secret "${secret}"`,
      problem: `the KMS key that encrypts this secret cannot be used: ${said}`,
      remedy:
        "Enable the KMS key or cancel its deletion, and let its key policy allow the controller's role. Then run again. The ledger remembers what is half done",
    },
    { cause },
  );

export const secretMoved = (key: string) =>
  new ScopedKeysRuntimeError(
    "SK215",
    {
      subject: subjectOf(key),
      problem:
        "somebody else moved AWSCURRENT of its secret at the same moment, so the controller left that label alone",
      remedy: "Run again",
    },
    { retryable: true },
  );

export const badConfiguration = (problem: string) =>
  new ScopedKeysRuntimeError("SK216", {
    subject: "function configuration",
    problem,
    remedy: "Deploy the function with the constructs of this library, and do not edit its environment",
  });

export const outOfTime = (key: string) =>
  new ScopedKeysRuntimeError(
    "SK217",
    {
      subject: subjectOf(key),
      problem: "the function was about to reach its time limit, so it stopped between two steps",
      remedy: "Run again. The ledger remembers what is half done, and the next run finishes it",
    },
    { retryable: true },
  );

export const LEDGER_CONFLICT = "SK218";
export const ledgerConflict = (key: string) =>
  new ScopedKeysRuntimeError(
    LEDGER_CONFLICT,
    {
      subject: subjectOf(key),
      problem: "another run changed its ledger item at the same moment",
      remedy: "Run again",
    },
    { retryable: true },
  );

export const retainedKeys = (key: string, secret: string, keyIds: readonly string[]) =>
  new ScopedKeysRuntimeError("SK219", {
    subject: subjectOf(key),
    problem: "one of its vendor keys is marked as retained, so it was not revoked",
    given: keyIds.join(", "),
    remedy: `Once nobody needs that vendor key, release it, then run again: scoped-keys retain ${secret} --release`,
  });

/** @param secret undefined: a person mints, so that no command puts a successor into use */
export const keyStopped = (key: string, secret: string | undefined, since: string) =>
  new ScopedKeysRuntimeError("SK220", {
    subject: subjectOf(key),
    problem: `an operator revoked this key on ${since} without a successor, so no vendor key was issued`,
    remedy:
      secret === undefined
        ? "Plan and apply the stack. The plan shows the stop, and after the apply you can hand over a vendor key"
        : `Plan and apply the stack. The plan shows the stop, and the apply issues a new vendor key. To put a successor into use at once: scoped-keys revoke ${secret} --now`,
  });

export const adminQueueFull = (key: string, vendor: string, evidence: string, cause: unknown) =>
  new ScopedKeysRuntimeError(
    "SK222",
    {
      subject: subjectOf(key),
      problem: `the controller did not send an admin call to ${vendor} (${evidence})`,
      remedy: "Run again in a few minutes. The ledger remembers what is half done, and the next run finishes it",
    },
    { retryable: true, cause },
  );

export const searchBusy = (key: string) =>
  new ScopedKeysRuntimeError(
    "SK223",
    {
      subject: subjectOf(key),
      problem:
        "an earlier attempt may have minted a vendor key, and another run is searching the project at this moment",
      remedy: "Run again in a few minutes",
    },
    { retryable: true },
  );

export const nothingToRetain = (key: string, label: string) =>
  new ScopedKeysRuntimeError("SK221", {
    subject: subjectOf(key),
    problem: `its secret has no version ${label} with a live vendor key. Nothing was marked`,
    remedy: "List the secret's versions (aws secretsmanager describe-secret) and name another one",
  });

export const unreadableRecord = (key: string, why: string) =>
  new ScopedKeysRuntimeError("SK224", {
    subject: subjectOf(key),
    problem: `its record in the ledger cannot be read (${why}). Nothing was changed`,
    remedy: `Restore the ledger's table to an earlier time, or delete its item "key#${key}" and apply. That rebuilds the record from the secret and the names at the vendor`,
  });

export const unreadableProjectLimits = (item: string, why: string) =>
  new ScopedKeysRuntimeError("SK250", {
    subject: subjectOf(PROJECT_LIMITS),
    problem: `their record in the ledger cannot be read (${why}). Nothing at the vendor was changed`,
    remedy: `Restore the ledger's table to an earlier time, or delete its item "${item}" and apply. That sets the declared limits again`,
  });

export const foreignPending = (key: string, keyId: string) =>
  new ScopedKeysRuntimeError("SK225", {
    subject: subjectOf(key),
    problem: `AWSPENDING held the value of a vendor key that does not belong to this key. The controller did not put it into use, and left that vendor key alone`,
    given: keyId,
    remedy: "Find out who wrote that value. The next rotation or apply issues a vendor key for this key",
  });

export const notEnforced = (key: string, vendor: string, dimension: string) =>
  new ScopedKeysRuntimeError("SK226", {
    subject: subjectOf(key),
    problem: `its policy does not match what ${vendor} enforces per key (${dimension}). Nothing was changed`,
    remedy:
      "Apply with the release of the library that the function was deployed with. That release refuses such a policy at synthesis",
  });

export const notDeclarable = (vendor: string, dimension: string) =>
  new ScopedKeysRuntimeError("SK251", {
    subject: subjectOf(PROJECT_LIMITS),
    problem: `issuers of ${vendor} cannot set ${dimension} for the whole project. Nothing was changed`,
    remedy:
      "Apply with the release of the library that the function was deployed with. That release refuses such a limit at synthesis",
  });

export const noRoom = (key: string, secret: string, vendor: string, maximum: number, freeAt: string | undefined) =>
  new ScopedKeysRuntimeError(
    "SK227",
    {
      subject: subjectOf(key),
      problem: `${vendor} allows this key ${maximum} vendor keys, and all of them are still needed. No vendor key was issued`,
      ...(freeAt === undefined ? {} : { given: `the overlap of a superseded one ends at ${freeAt}` }),
      remedy: `Run again when the overlap is over. If the old vendor key may die at once: scoped-keys revoke ${secret} --now`,
    },
    { retryable: true },
  );

export const notActiveYet = (key: string, vendor: string) =>
  new ScopedKeysRuntimeError(
    "SK228",
    {
      subject: subjectOf(key),
      problem: `${vendor} has not activated the new vendor key everywhere yet, so that key is not in use. The current one stays in use`,
      remedy: "Run again in a few minutes. Secrets Manager repeats a rotation by itself",
    },
    { retryable: true },
  );

export const mintedManually = (key: string, secret: string, vendor: string) =>
  new ScopedKeysRuntimeError("SK229", {
    subject: subjectOf(key),
    problem: `${vendor} has no API for creating keys, so no vendor key was issued`,
    remedy: `Create a key in the console of ${vendor} and hand it over: scoped-keys adopt ${secret}`,
  });

export const noManualSuccessor = (key: string, secret: string, vendor: string) =>
  new ScopedKeysRuntimeError("SK256", {
    subject: subjectOf(key),
    problem: `${vendor} has no API for creating keys, so the controller cannot issue a successor. Nothing was changed`,
    remedy: `If programs can be without a key: scoped-keys revoke ${secret} --now --no-successor. Otherwise create a key in the console of ${vendor}, put it into use (scoped-keys adopt ${secret}), then revoke the others: scoped-keys revoke ${secret} --now --keep-current`,
  });

export const emergencyOpen = (key: string, secret: string, since: string) =>
  new ScopedKeysRuntimeError("SK257", {
    subject: subjectOf(key),
    problem: `an emergency revoke of this key has been open since ${since}. A mark would stop it, so nothing was marked`,
    remedy: `Wait until the emergency revoke ends. If the vendor key must survive it: scoped-keys retain ${secret} --over-emergency`,
  });

export const otherDeployment = (subject: string, found: string, own: string) =>
  new ScopedKeysRuntimeError("SK258", {
    subject,
    problem: "it belongs to another deployment. Nothing was changed",
    given: found,
    allowed: own,
    remedy:
      "Give one of the two deployments another prefix. If this one replaces the other, remove what the other left behind",
  });

export const notAdoptable = (key: string, problem: string, allowed: string) =>
  new ScopedKeysRuntimeError("SK230", {
    subject: subjectOf(key),
    problem: `the vendor key was not adopted: ${problem}. Nothing was changed`,
    allowed,
    remedy: "Create another key in the vendor's console, or correct this one there, then run again",
  });

export const alreadyAdopted = (key: string, keyId: string) =>
  new ScopedKeysRuntimeError("SK231", {
    subject: subjectOf(key),
    problem: `vendor key ${keyId} is already in use. Nothing was changed`,
    remedy: "Create a new key in the vendor's console and hand over its value",
  });

export const notManual = (key: string, vendor: string) =>
  new ScopedKeysRuntimeError("SK232", {
    subject: subjectOf(key),
    problem: `the issuer itself mints the vendor keys of ${vendor}, so it adopts none. Nothing was changed`,
    remedy: "Rotate the key instead (aws secretsmanager rotate-secret)",
  });

export const revokeManually = (key: string, vendor: string, keyIds: readonly string[]) =>
  new ScopedKeysRuntimeError(
    "SK233",
    {
      subject: subjectOf(key),
      problem: `${vendor} has no API for deleting keys, and these vendor keys still work`,
      given: keyIds.join(", "),
      remedy: `Delete them in the console of ${vendor}, then run again`,
    },
    { retryable: true },
  );

export const projectLimitsRefused = (account: string, vendor: string, evidence: string, cause: unknown) =>
  new ScopedKeysRuntimeError(
    "SK234",
    {
      subject: subjectOf(PROJECT_LIMITS),
      problem: `${vendor} refuses the limits that the issuer declares for ${account} (${evidence})`,
      remedy: `Correct the issuer's declaration, or remove what blocks it at ${vendor}, then apply again. This does not affect keys`,
    },
    { cause },
  );

export const projectLimitsNotSet = (account: string, vendor: string, evidence: string) =>
  new ScopedKeysRuntimeError(
    "SK235",
    {
      subject: subjectOf(PROJECT_LIMITS),
      problem: `${vendor} accepted the limits for ${account}, but shows other ones (${evidence})`,
      remedy: `Run again in a few minutes. If this repeats, declare what ${vendor} shows, and compare with the limits page of ${vendor}`,
    },
    { retryable: true },
  );

export const ledgerTampered = (key: string, reasons: readonly string[]) =>
  new ScopedKeysRuntimeError("SK246", {
    subject: subjectOf(key),
    problem: `the ledger contradicts the marks of the secret: ${reasons.join("; ")}. Nothing was minted`,
    remedy:
      "Find out who can write to the table (docs/operations.md, ledger-tampered), then plan and apply the stack. That rewrites the ledger",
  });

export const ledgerBehind = (key: string) =>
  new ScopedKeysRuntimeError(
    "SK254",
    {
      subject: subjectOf(key),
      problem: "the ledger is older than the value in use, as after a restore from a backup. Nothing was minted",
      remedy:
        "Wait for the next sweep, which updates the ledger, or plan and apply the stack (docs/operations.md, stale-ledger)",
    },
    { retryable: true },
  );

export const notShown = (key: string, vendor: string, keyId: string) =>
  new ScopedKeysRuntimeError("SK247", {
    subject: subjectOf(key),
    problem: `only the ledger says that vendor key ${keyId} belongs to this key, so the controller left it alone`,
    remedy: `Look for it in the console of ${vendor}. If it is yours, delete it there. If not, plan and apply the stack, which removes it from the ledger`,
  });

export const tooManyRetained = (key: string, secret: string, max: number) =>
  new ScopedKeysRuntimeError("SK248", {
    subject: subjectOf(key),
    problem: `${max} of its vendor keys are already retained, and AWS allows a secret 20 staging labels over all versions. Nothing was marked`,
    remedy: `Release the vendor keys that nobody needs any more: scoped-keys retain ${secret} --release`,
  });

export const brokenAdapter = (problem: string) =>
  new ScopedKeysRuntimeError("SK240", {
    subject: "adapter of a custom issuer",
    problem: `the adapter cannot be used: ${problem}. Nothing was changed`,
    remedy:
      "Correct the adapter, run its contract suite against the file that is deployed (docs/vendors/custom.md), and deploy again",
  });

export const wrongDoor = (
  subject: string,
  { action, calledBy, allowed }: { readonly action: string; readonly calledBy: string; readonly allowed: string },
) =>
  new ScopedKeysRuntimeError("SK241", {
    subject,
    problem: "the function does not accept this action under the name that it was called by. Nothing was changed",
    given: `${action}, called by the name ${calledBy}`,
    allowed: `${action}, called by the name ${allowed}`,
    remedy:
      "Use that name, with credentials that may invoke it. Update a command line of an older release (docs/permissions.md)",
  });

export const unknownDoor = (functionName: string, qualifier: string) =>
  new ScopedKeysRuntimeError("SK242", {
    subject: "event",
    problem: "the function was called by a name that it does not accept. Nothing was changed",
    given: `${functionName}:${qualifier}`,
    allowed: `${functionName}, ${functionName}:$LATEST, ${functionName}:sweep, ${functionName}:operator`,
    remedy: "Call it by one of these names, and remove lambda:InvokeFunction on any other (docs/permissions.md)",
  });

export const projectLimitsNotDeclared = (given: string, allowed: string | undefined) =>
  new ScopedKeysRuntimeError("SK243", {
    subject: subjectOf(PROJECT_LIMITS),
    problem: "the issuer does not declare these limits. Nothing was changed",
    given: `limits with the digest ${given}`,
    allowed:
      allowed === undefined
        ? "none: the issuer declares no project limits"
        : `the declared ones, with the digest ${allowed}`,
    remedy:
      "Declare them with the issuer, and apply the whole stack. If nobody applied anything, look in CloudTrail for who invoked the function",
  });
