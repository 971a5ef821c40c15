import { withWords } from "../../iam";
import { type Attributes, isAttributes } from "../attributes";
import { met } from "./handles";
import { CARRYING, containers, NAMES_ONLY, SAID_ONLY } from "./mentions";
import type { Owned } from "./owned";

/**
 * Attributes that give a role something, or say what it may not do: nobody else has more by them.
 */
const GIVES_IT = /polic|principal|condition|grantee|boundary|^assume_role$|^depends_on$/;
/** Attributes that name a role by its name alone. */
const ROLE = /(?:^|_)roles?(?:_names?|_arns?)?$/;

const PROFILE = /instance_profile/;

/**
 * Roles that reach keys and that a resource lends to a program, to people, to machines. What else
 * the resource says plays no part: a program that changes is the affair of whoever has it.
 */
export function lentIn(type: string, body: Attributes, owned: readonly Owned[]): string[] {
  const readers = owned.filter(({ kind }) => kind === "reader");
  const roles = readers.filter(({ arns }) => arns.some((arn) => arn.includes(":role/")));
  const profiles = readers.filter(({ arns }) => arns.some((arn) => arn.includes(":instance-profile/")));
  if (roles.length === 0 && profiles.length === 0) return [];
  const found = new Set<string>();
  for (const [text, name, path] of textsIn(type, body)) {
    const plain = withWords(text);
    for (const role of roles) {
      const isNamed = plain.includes("role/")
        ? namedBy(role).test(plain)
        : ROLE.test(name) && met(text, ["reader"], [role]).some(({ certain }) => certain);
      if (isNamed) found.add(`${role.label}, by ${path}`);
    }
    for (const profile of profiles) {
      const isNamed =
        PROFILE.test(path) &&
        (plain === profile.said || plain.endsWith(`/${profile.said}`) || plain.includes(`{ ${profile.needle}.`));
      if (isNamed) found.add(`${profile.label}, by ${path}`);
    }
  }
  return [...found].sort();
}

/** Whoever names it by ARN, alone or inside of another text. */
function namedBy({ said }: Owned): RegExp {
  return new RegExp(`role/(?:[\\w+=,.@/-]+/)?${said.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")}(?![\\w+=,.@-])`);
}

const POLICY_ARN = /arn:[^:\s"]*:iam::[^:\s"]*:policy\/[\w+=,.@/-]+/g;

/** Policies that a resource names which is none of those that are known to give rights. */
export function policiesIn(type: string, body: Attributes): string[] {
  const found = [...textsIn(type, body, /boundary|^depends_on$/)].flatMap(
    ([text]) => withWords(text).match(POLICY_ARN) ?? [],
  );
  return [...new Set(found)].sort();
}

type Found = readonly [text: string, name: string, path: string];

/** Texts of a block with the attribute that each stands in, but for what says nothing. */
function* textsIn(type: string, body: Attributes, passed = GIVES_IT): Generator<Found> {
  const said = new Set([...SAID_ONLY, ...(NAMES_ONLY[type] ?? []), ...(CARRYING[type] ?? [])]);
  for (const [name, value] of Object.entries(body)) {
    if (!said.has(name))
      yield* within(name === "container_definitions" ? containers(value) : value, name, name, passed);
  }
}

function* within(value: unknown, name: string, path: string, passed: RegExp): Generator<Found> {
  if (passed.test(name)) return;
  if (typeof value === "string") yield [value, name, path];
  else if (Array.isArray(value)) for (const each of value) yield* within(each, name, path, passed);
  else if (isAttributes(value)) {
    // Names of roles stand in maps by whatever they are for.
    for (const [inner, each] of Object.entries(value)) {
      yield* within(each, typeof each === "string" && ROLE.test(name) ? name : inner, `${path}.${inner}`, passed);
    }
  }
}
