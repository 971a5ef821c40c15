import { ScopedKeysRuntimeError, WRONG_ARGUMENTS } from "../../model/errors";
import { FUNCTION_NAME_MAX_LENGTH, KEY_NAME_RULE, PREFIX_RULE } from "../../model/names";

/** What an operator meets in the terminal before the controller was reached. What the controller itself answers has its own codes. */

export const notAKey = (given: string) =>
  new ScopedKeysRuntimeError(
    "SK301",
    {
      subject: "KEY",
      problem: "that names no key, and nothing was changed",
      given: JSON.stringify(given),
      allowed: `the name of its secret, PREFIX/KEY as in ai-keys/openai/summariser, or its ARN (PREFIX: ${PREFIX_RULE}; KEY: ${KEY_NAME_RULE})`,
      remedy: "Look the name up with: aws secretsmanager list-secrets",
    },
    WRONG_ARGUMENTS,
  );

export const notAnIssuer = (given: string) =>
  new ScopedKeysRuntimeError(
    "SK302",
    {
      subject: "--issuer",
      problem: "that names no issuer, and nothing was changed",
      given: JSON.stringify(given),
      allowed: `the prefix of its secrets, as in ai-keys/openai (${PREFIX_RULE}; its function's name has at most ${FUNCTION_NAME_MAX_LENGTH} characters)`,
      remedy: "It is the name of any of its secrets without the last part",
    },
    WRONG_ARGUMENTS,
  );

export const noController = (prefix: string, functionName: string, region: string) =>
  new ScopedKeysRuntimeError(
    "SK303",
    {
      subject: `issuer "${prefix}"`,
      problem: `region ${region} of this account has no function ${functionName}, and nothing was changed`,
      remedy:
        "Compare the name, the region (--region) and the account (aws sts get-caller-identity); a stack that an older release has deployed is to be applied first",
    },
    { refusal: { unchanged: true } },
  );

export const mayNotInvoke = (prefix: string, functionName: string, evidence: string) =>
  new ScopedKeysRuntimeError(
    "SK304",
    {
      subject: `issuer "${prefix}"`,
      problem: `AWS does not let these credentials invoke the function ${functionName}, and nothing was changed (${evidence})`,
      remedy: "Use credentials with lambda:InvokeFunction on it",
    },
    { refusal: { unchanged: true } },
  );

export const notReached = (prefix: string, evidence: string, cause: unknown) =>
  new ScopedKeysRuntimeError(
    "SK305",
    {
      subject: `issuer "${prefix}"`,
      problem: `no answer came from its function (${evidence})`,
      remedy: "Run again: an order can be repeated, and goes on where it stopped",
    },
    { retryable: true, cause },
  );

export const notUnderstood = (prefix: string) =>
  new ScopedKeysRuntimeError("SK306", {
    subject: `issuer "${prefix}"`,
    problem: "its function gave an answer that this release does not understand",
    remedy: "Use the release of the library that the stack was deployed with; the function's log says what was done",
  });

export const noRegion = () =>
  new ScopedKeysRuntimeError(
    "SK307",
    {
      subject: "region",
      problem: "none is known, and nothing was changed",
      remedy: "Give it with --region or AWS_REGION, or name the key by its secret's ARN",
    },
    { ...WRONG_ARGUMENTS, refusal: { unchanged: true } },
  );

export const noValue = (length: number) =>
  new ScopedKeysRuntimeError(
    "SK308",
    {
      subject: "standard input",
      problem: "that is no value of a key, and nothing was changed",
      given:
        length === 0
          ? "nothing"
          : `${length} characters, with blanks, line breaks or others that no key has, or too many`,
      allowed: "the one value, at the prompt or through a pipe, never as an argument",
      remedy: "Copy the value alone and run again",
    },
    WRONG_ARGUMENTS,
  );
