import { ScopedKeysRuntimeError, WRONG_ARGUMENTS } from "../../model/errors";
import { FUNCTION_NAME_MAX_LENGTH, KEY_NAME_RULE, PREFIX_RULE } from "../../model/names";

/**
 * What an operator sees in the terminal before the controller was reached. The controller's own
 * answers have their own codes.
 */

export const notAKey = (given: string) =>
  new ScopedKeysRuntimeError(
    "SK301",
    {
      subject: "KEY",
      problem: "this is not the name of a key. Nothing was changed",
      given: JSON.stringify(given),
      allowed: `the name of its secret, PREFIX/KEY as in ai-keys/openai/summariser, or its ARN (PREFIX: ${PREFIX_RULE}; KEY: ${KEY_NAME_RULE})`,
      remedy: "Look up the name: aws secretsmanager list-secrets",
    },
    WRONG_ARGUMENTS,
  );

export const notAnIssuer = (given: string) =>
  new ScopedKeysRuntimeError(
    "SK302",
    {
      subject: "--issuer",
      problem: "this is not the prefix of an issuer. Nothing was changed",
      given: JSON.stringify(given),
      allowed: `the prefix of its secrets, as in ai-keys/openai (${PREFIX_RULE}; its function's name has at most ${FUNCTION_NAME_MAX_LENGTH} characters)`,
      remedy: "Take the name of any of its secrets without the last part",
    },
    WRONG_ARGUMENTS,
  );

export const noController = (prefix: string, functionName: string, region: string) =>
  new ScopedKeysRuntimeError(
    "SK303",
    {
      subject: `issuer "${prefix}"`,
      problem: `region ${region} of this account has no function ${functionName}. Nothing was changed`,
      remedy:
        "Check the name, the region (--region) and the account (aws sts get-caller-identity). If an older release deployed the stack, apply it first",
    },
    { refusal: { unchanged: true } },
  );

export const mayNotInvoke = (prefix: string, functionName: string, evidence: string) =>
  new ScopedKeysRuntimeError(
    "SK304",
    {
      subject: `issuer "${prefix}"`,
      problem: `AWS does not allow these credentials to invoke the function ${functionName} (${evidence}). Nothing was changed`,
      remedy: "Use credentials with lambda:InvokeFunction on that function",
    },
    { refusal: { unchanged: true } },
  );

export const notReached = (prefix: string, evidence: string, cause: unknown) =>
  new ScopedKeysRuntimeError(
    "SK305",
    {
      subject: `issuer "${prefix}"`,
      problem: `its function did not answer (${evidence})`,
      remedy: "Run again. You can repeat every command; it continues where it stopped",
    },
    { retryable: true, cause },
  );

export const notUnderstood = (prefix: string) =>
  new ScopedKeysRuntimeError("SK306", {
    subject: `issuer "${prefix}"`,
    problem: "this release does not understand the answer of its function",
    remedy: "Use the release of the library that the stack was deployed with. The function's log says what it did",
  });

export const noRegion = () =>
  new ScopedKeysRuntimeError(
    "SK307",
    {
      subject: "region",
      problem: "no AWS region is set. Nothing was changed",
      remedy: "Set it with --region or AWS_REGION, or name the key by its secret's ARN",
    },
    { ...WRONG_ARGUMENTS, refusal: { unchanged: true } },
  );

export const noValue = (length: number) =>
  new ScopedKeysRuntimeError(
    "SK308",
    {
      subject: "standard input",
      problem: "the input is not the value of a key. Nothing was changed",
      given:
        length === 0
          ? "nothing"
          : `${length} characters: too many, or with blanks, line breaks or others that no key has`,
      allowed: "one value, at the prompt or through a pipe, never as an argument",
      remedy: "Copy only the value, then run again",
    },
    WRONG_ARGUMENTS,
  );
