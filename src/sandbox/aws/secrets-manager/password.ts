import { randomInt } from "node:crypto";
import { invalidParameter } from "./errors";

export interface PasswordRules {
  readonly PasswordLength?: number | undefined;
  readonly ExcludeCharacters?: string | undefined;
  readonly ExcludeNumbers?: boolean | undefined;
  readonly ExcludePunctuation?: boolean | undefined;
  readonly ExcludeUppercase?: boolean | undefined;
  readonly ExcludeLowercase?: boolean | undefined;
  readonly IncludeSpace?: boolean | undefined;
  readonly RequireEachIncludedType?: boolean | undefined;
}

const LOWERCASE = "abcdefghijklmnopqrstuvwxyz";
/** AWS: the punctuation of GetRandomPassword. */
const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
const DEFAULT_LENGTH = 32;

export function randomPassword(rules: PasswordRules): string {
  const excluded = new Set(rules.ExcludeCharacters ?? "");
  const types = [
    rules.ExcludeLowercase ? "" : LOWERCASE,
    rules.ExcludeUppercase ? "" : LOWERCASE.toUpperCase(),
    rules.ExcludeNumbers ? "" : "0123456789",
    rules.ExcludePunctuation ? "" : PUNCTUATION,
  ]
    .map((kind) => [...kind].filter((character) => !excluded.has(character)))
    .filter((kind) => kind.length > 0);
  const length = rules.PasswordLength ?? DEFAULT_LENGTH;
  const space = rules.IncludeSpace && !excluded.has(" ") ? [" "] : [];
  const all = [...types.flat(), ...space];
  // AWS: each included type is upper and lower case, digits and punctuation; a space stands where
  // there is room for it.
  const required = rules.RequireEachIncludedType === false ? [] : types;
  if (all.length === 0) throw invalidParameter("The exclusions leave no character for the password.");
  if (length < required.length) throw invalidParameter("PasswordLength is too short for each included type.");
  const characters = required.map(pick);
  if (required.length > 0 && characters.length < length) characters.push(...space);
  while (characters.length < length) characters.push(pick(all));
  for (let i = characters.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    const [a, b] = [characters[i] ?? "", characters[j] ?? ""];
    characters[i] = b;
    characters[j] = a;
  }
  return characters.join("");
}

function pick(from: readonly string[]): string {
  return from[randomInt(from.length)] ?? "";
}
