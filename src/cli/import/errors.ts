import { ScopedKeysRuntimeError, WRONG_ARGUMENTS } from "../../model/errors";
import { PREFIX_RULE } from "../../model/names";

/** What stands between `scoped-keys import` and its inventory. Nothing is changed anywhere in any of these cases. */

export const unknownVendor = (given: string, known: readonly string[], meant: string | undefined) =>
  new ScopedKeysRuntimeError(
    "SK340",
    {
      subject: "--vendor",
      problem: "that is no vendor of this library",
      given: JSON.stringify(given),
      allowed: known.join(", "),
      remedy: meant === undefined ? "Give one of these" : `The nearest is ${meant}`,
    },
    WRONG_ARGUMENTS,
  );

export const noListOfKeys = (vendor: string) =>
  new ScopedKeysRuntimeError(
    "SK341",
    {
      subject: vendor,
      problem: "nobody but its console shows which keys there are: it has no API for that",
      remedy:
        "Leave --admin-secret and --setting out to see the secrets that look like its keys, and compare them with its console",
    },
    WRONG_ARGUMENTS,
  );

export const malformedSetting = (subject: string, problem: string) =>
  new ScopedKeysRuntimeError(
    "SK342",
    {
      subject,
      problem,
      allowed: "settings of the vendor's issuer as NAME=VALUE, each once, such as --setting projectId=proj_abc",
      remedy: "The page of the vendor in docs/vendors says what its issuer needs",
    },
    WRONG_ARGUMENTS,
  );

export const noAdminSecret = (vendor: string) =>
  new ScopedKeysRuntimeError(
    "SK343",
    {
      subject: "--admin-secret",
      problem: `${vendor} shows its keys to an admin key, and that is read from Secrets Manager and never an argument`,
      allowed: "the name or the ARN of the secret that holds it, such as ai/admin/openai",
      remedy: "Store the admin key in a secret as docs/getting-started.md has it, and give the secret's name",
    },
    WRONG_ARGUMENTS,
  );

export const adminSecretUnreadable = (evidence: string, cause: unknown) =>
  new ScopedKeysRuntimeError(
    "SK344",
    {
      subject: "--admin-secret",
      problem: `the secret could not be read, or holds no text (${evidence})`,
      remedy:
        "Compare name, region (--region) and account, and use credentials with secretsmanager:GetSecretValue on it",
    },
    { cause },
  );

export const vendorNotListed = (vendor: string, evidence: string, cause: unknown) =>
  new ScopedKeysRuntimeError(
    "SK345",
    {
      subject: vendor,
      problem: `its keys could not be listed (${evidence})`,
      remedy: "Correct the admin key or the settings where that is the reason; else run again later",
    },
    { retryable: true, cause },
  );

export const secretsNotListed = (evidence: string, cause: unknown) =>
  new ScopedKeysRuntimeError(
    "SK346",
    {
      subject: "Secrets Manager",
      problem: `its secrets could not be listed (${evidence})`,
      remedy:
        "Use credentials with secretsmanager:ListSecrets and give the region; or leave the secrets out with --no-secrets",
    },
    { cause },
  );

export const notWritten = (evidence: string) =>
  new ScopedKeysRuntimeError(
    "SK347",
    {
      subject: "--out",
      problem: `the file was not written (${evidence})`,
      allowed: "a file that is not there yet, in a folder that is",
      remedy: "Choose another name, or move the file away",
    },
    WRONG_ARGUMENTS,
  );

export const malformedImportPrefix = (given: string) =>
  new ScopedKeysRuntimeError(
    "SK348",
    {
      subject: "--prefix",
      problem: "that is no prefix of an issuer",
      given: JSON.stringify(given),
      allowed: PREFIX_RULE,
      remedy: "Correct it, or leave it out for the stack's and the issuer's ids",
    },
    WRONG_ARGUMENTS,
  );
