import { ScopedKeysRuntimeError, WRONG_ARGUMENTS } from "../../model/errors";
import { nearest } from "../../model/nearest";

/** @param names of the keys that there are */
export const noSuchKey = (given: string, names: Iterable<string>) => {
  const meant = nearest(given, names);
  return new ScopedKeysRuntimeError("SK330", {
    subject: `key "${given}"`,
    problem: "the ledger and the secrets of this account and region do not contain this key",
    remedy:
      meant === undefined
        ? "Check the name, the region (--region) and the account (aws sts get-caller-identity)"
        : `Did you mean ${meant}?`,
  });
};

/** @param missed whether the time limit kept it from being known */
export const nothingReadable = (gaps: readonly string[], missed: boolean) =>
  new ScopedKeysRuntimeError("SK331", {
    subject: "status",
    problem: `no key was found, because not everything could be read (${gaps.join("; ")})`,
    remedy: missed
      ? "Allow more minutes with --timeout, or name an --issuer or a KEY, which takes fewer calls"
      : "Use credentials with secretsmanager:ListSecrets, or name an --issuer whose ledger they can read (dynamodb:Query)",
  });

export const historyOfNothing = () =>
  new ScopedKeysRuntimeError(
    "SK365",
    {
      subject: "--history",
      problem: "this option needs the name of a key, and shows its history once",
      allowed: "one or more KEYs, without --watch",
      remedy: "Name the key: scoped-keys status ai-keys/openai/summariser --history",
    },
    WRONG_ARGUMENTS,
  );
