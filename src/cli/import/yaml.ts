import type { Printable } from "../../output/printable";
import { comment, quoted, yaml } from "../../output/yaml";
import { type Declarations, type DeclaredKey, OWNER_PLACEHOLDER } from "./declarations";
import { heading, issuersOf } from "./typescript";

/**
 * A file for `ScopedKeys.fromFile`, with the issuers that its program needs in comments. Refused
 * until it is filled in, as the TypeScript is.
 */
export function yamlOf(declarations: Declarations, now: string): Printable<"code"> {
  const { issuers, vendor } = declarations;
  const keys = issuers.flatMap((issuer) => issuer.keys.map((key) => ({ key, issuer: issuer.id })));
  const names = issuers.map(({ id }) => quoted(id)).join(", ");
  return yaml([
    ...[
      ...heading(declarations, now),
      ...(issuers.length === 0
        ? []
        : [
            "",
            `Issuers of the program that reads it with ScopedKeys.fromFile, by their ids ${names}:`,
            ...issuersOf(declarations),
          ]),
    ].map(comment),
    keys.length === 0 ? "keys: {}" : "keys:",
    ...keys.flatMap(({ key, issuer }) => keyLines(key, issuer, vendor.scopes)),
    "",
  ]);
}

function keyLines(key: DeclaredKey, issuer: string, known: Readonly<Record<string, string>>): string[] {
  const { scopes, models, endpoints, networks, limits } = key.grant;
  const list = (name: string, items: readonly string[] | undefined) =>
    items === undefined ? [] : [`    ${name}: [${items.join(", ")}]`];
  const optional = (name: string, value: string | undefined) =>
    value === undefined ? [] : [`    ${name}: ${quoted(value)}`];
  const { spend, ...amounts } = limits ?? {};
  const limitWords = [
    ...Object.entries(amounts).map(([name, amount]) => `${name}: ${amount}`),
    ...(spend === undefined ? [] : [`spend: { usd: ${spend.usd}, per: ${spend.per} }`]),
  ];
  const scope = (name: string) => (Object.hasOwn(known, name) ? quoted(name) : `{ custom: ${quoted(name)} }`);
  return [
    ...key.comments.map((text) => `  ${comment(text)}`),
    `  ${quoted(key.id)}:`,
    `    issuer: ${quoted(issuer)}`,
    ...optional("keyName", key.keyName),
    ...optional("existingSecretArn", key.existingSecretArn),
    `    owner: ${quoted(OWNER_PLACEHOLDER)}`,
    `    purpose: ${quoted(key.purpose)}`,
    ...list("scopes", scopes?.map(scope)),
    ...list("models", models?.map(quoted)),
    ...list("endpoints", endpoints?.map(quoted)),
    ...(limitWords.length === 0 ? [] : [`    limits: { ${limitWords.join(", ")} }`]),
    ...list("networks", networks?.map(quoted)),
    `    lifetime: { ${Object.entries(key.lifetime)
      .map(([name, words]) => `${name}: ${words}`)
      .join(", ")} }`,
    ...optional("kmsKeyArn", key.kmsKeyArn),
    ...(key.tags === undefined
      ? []
      : [
          `    tags: { ${Object.entries(key.tags)
            .map(([name, value]) => `${quoted(name)}: ${quoted(value)}`)
            .join(", ")} }`,
        ]),
  ];
}
