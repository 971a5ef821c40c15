import { ScopedKeysRuntimeError, WRONG_ARGUMENTS } from "../../model/errors";
import { PREFIX_RULE } from "../../model/names";

/**
 * Why `scoped-keys import` shows no inventory. Nothing is changed anywhere in any of these cases.
 */

export const unknownVendor = (given: string, known: readonly string[], meant: string | undefined) =>
  new ScopedKeysRuntimeError(
    "SK340",
    {
      subject: "--vendor",
      problem: "this library has no vendor of that id",
      given: JSON.stringify(given),
      allowed: known.join(", "),
      remedy: meant === undefined ? "Use one of these" : `The nearest is ${meant}`,
    },
    WRONG_ARGUMENTS,
  );

export const noListOfKeys = (vendor: string) =>
  new ScopedKeysRuntimeError(
    "SK341",
    {
      subject: vendor,
      problem: "the vendor has no API that lists keys; only its console shows them",
      remedy:
        "Leave out --admin-secret and --setting to list the secrets that look like its keys, and compare them with the console",
    },
    WRONG_ARGUMENTS,
  );

export const malformedSetting = (subject: string, problem: string) =>
  new ScopedKeysRuntimeError(
    "SK342",
    {
      subject,
      problem,
      allowed: "each setting of the vendor's issuer once, as NAME=VALUE, such as --setting projectId=proj_abc",
      remedy: "Look up the settings of its issuer on the vendor's page in docs/vendors",
    },
    WRONG_ARGUMENTS,
  );

export const noAdminSecret = (vendor: string) =>
  new ScopedKeysRuntimeError(
    "SK343",
    {
      subject: "--admin-secret",
      problem: `${vendor} shows its keys only to an admin key. The command reads that key from Secrets Manager; it is never an argument`,
      allowed: "the name or the ARN of the secret that holds the admin key, such as ai/admin/openai",
      remedy: "Store the admin key in a secret as docs/getting-started.md describes, and pass the secret's name",
    },
    WRONG_ARGUMENTS,
  );

export const adminSecretUnreadable = (evidence: string, cause: unknown) =>
  new ScopedKeysRuntimeError(
    "SK344",
    {
      subject: "--admin-secret",
      problem: `the secret cannot be read, or holds no text (${evidence})`,
      remedy:
        "Check the name, the region (--region) and the account. Use credentials with secretsmanager:GetSecretValue on the secret",
    },
    { cause },
  );

export const vendorNotListed = (vendor: string, evidence: string, cause: unknown) =>
  new ScopedKeysRuntimeError(
    "SK345",
    {
      subject: vendor,
      problem: `the vendor did not list its keys (${evidence})`,
      remedy: "Correct the admin key or the settings if the reason names them. Otherwise run again later",
    },
    { retryable: true, cause },
  );

export const secretsNotListed = (evidence: string, cause: unknown) =>
  new ScopedKeysRuntimeError(
    "SK346",
    {
      subject: "Secrets Manager",
      problem: `AWS did not list the secrets (${evidence})`,
      remedy:
        "Use credentials with secretsmanager:ListSecrets and set the region, or leave out the secrets with --no-secrets",
    },
    { cause },
  );

export const notWritten = (evidence: string) =>
  new ScopedKeysRuntimeError(
    "SK347",
    {
      subject: "--out",
      problem: `the file was not written (${evidence})`,
      allowed: "a new file in an existing folder",
      remedy: "Choose another name, or move the file away",
    },
    WRONG_ARGUMENTS,
  );

export const malformedImportPrefix = (given: string) =>
  new ScopedKeysRuntimeError(
    "SK348",
    {
      subject: "--prefix",
      problem: "an issuer cannot have this prefix",
      given: JSON.stringify(given),
      allowed: PREFIX_RULE,
      remedy: "Correct the prefix, or leave it out: its default is made from the ids of the stack and the issuer",
    },
    WRONG_ARGUMENTS,
  );
