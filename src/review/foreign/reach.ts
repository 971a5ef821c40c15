import {
  actionAnswer,
  compile,
  intersects,
  type Pattern,
  type Right,
  resourceReached,
  rightsOf,
  type Statement,
  withWords,
} from "../../iam";
import { canonical } from "../attributes";
import type { Kind, Owned } from "./owned";
import type { Principal } from "./principals";
import { GIVING, RIGHTS, type Verb } from "./rights-table";

/** One thing that somebody, or some resource, can do to keys. */
export interface Fact {
  readonly stack: string;
  /** Who: `role app`, or the address of a resource. */
  readonly subject: string;
  readonly does: Verb | string;
  /** To what, by which words of whose configuration. */
  readonly how: string;
  /** It takes a right away: where it goes, something is allowed that was not. */
  readonly denies?: true;
  /** Whether there is more or less of it, nobody can tell what follows. */
  readonly either?: true;
}

/**
 * Rights of principals, but for reading keys, which is told with each key.
 * @param declares whether keys under such a name are declared in the same stack
 */
export function rightsFacts(
  stack: string,
  principal: Principal,
  owned: readonly Owned[],
  declares: (owned: Owned) => boolean,
): Fact[] {
  const { label, statements, untold } = principal;
  const facts: Fact[] = untold.map((what) => ({ stack, subject: label, does: UNTOLD, how: what }));
  if (statements.length === 0) return facts;
  const add = (does: Verb, what: string, right: Right) => {
    facts.push({ stack, subject: label, does, how: `${what}: ${said(right)}` });
  };
  const about = relevant(statements);
  for (const each of owned) {
    for (const [verb, actions] of about.get(each.kind) ?? []) {
      const isTold = each.kind === "secret" && verb === "reads";
      if (isTold && declares(each)) continue;
      for (const right of distinct(each.arns.flatMap((resource) => rightsOf(statements, { actions, resource })))) {
        // Where a key is named, it says who reads it.
        const { resource } = right.statement;
        if (isTold && resource?.negated === false && resource.entries.every(isExact)) continue;
        add(verb, each.label, right);
      }
    }
  }
  const giving = GIVING.filter((action) => isAllowed(statements, action));
  if (giving.length > 0) {
    for (const right of distinct(rightsOf(statements, { actions: giving, resource: ANYWHERE })))
      add("gives rights", "to anybody", right);
  }
  return facts;
}

export const UNTOLD = "nobody can tell";

const ANYWHERE = compile("arn:*:iam::*:*");

function isAllowed(statements: readonly Statement[], action: string): boolean {
  return statements.some(({ effect, action: entries }) => effect === "Allow" && actionAnswer(entries, action) !== "no");
}

/** By kind of thing the actions that some statement may allow: most policies are about none. */
function relevant(statements: readonly Statement[]): Map<Kind, Array<[Verb, string[]]>> {
  const found = new Map<Kind, Array<[Verb, string[]]>>();
  const allowing = statements.filter(({ effect }) => effect === "Allow");
  const services = new Set(allowing.flatMap(servicesOf));
  const asked = new Map<string, boolean>();
  const isAsked = (action: string) => {
    if (!services.has("*") && !services.has(action.slice(0, action.indexOf(":")))) return false;
    const known = asked.get(action) ?? isAllowed(allowing, action);
    asked.set(action, known);
    return known;
  };
  for (const [kind, verbs] of Object.entries(RIGHTS) as Array<[Kind, (typeof RIGHTS)[Kind]]>) {
    for (const [verb, actions] of Object.entries(verbs) as Array<[Verb, readonly string[]]>) {
      const some = actions.filter(isAsked);
      if (some.length > 0) found.set(kind, [...(found.get(kind) ?? []), [verb, some]]);
    }
  }
  return found;
}

function servicesOf({ action }: Statement): string[] {
  if (action.negated) return ["*"];
  return action.entries.map((entry) => {
    const service = entry.slice(0, Math.max(0, entry.indexOf(":"))).toLowerCase();
    return /^[a-z0-9-]+$/.test(service) ? service : "*";
  });
}

/** Actions of one statement are told together. */
function distinct(rights: readonly Right[]): Right[] {
  const seen = new Set<string>();
  return rights.filter((right) => {
    const key = said(right);
    return !seen.has(key) && seen.add(key);
  });
}

/** A right in the words of the statement that gives it. */
function said({ statement, allowed, conditions, unless }: Right): string {
  const { action, resource } = statement;
  const parts = [
    ...(allowed === "unknown" ? ["perhaps"] : []),
    `${action.negated ? "all but " : ""}${unordered(action.entries)}`,
    ...(resource === undefined ? [] : [`on ${resource.negated ? "all but " : ""}${unordered(resource.entries)}`]),
    ...(conditions.length === 0 ? [] : [`if ${conditionText(statement)}`]),
    ...unless.map((deny) => `unless ${statementText(deny)}`).sort(),
  ];
  return withWords(parts.join(" "));
}

function unordered(entries: readonly string[]): string {
  return [...entries].sort().join(", ");
}

/** As the readers of keys are told: operators with their keys and values. */
export function conditionText({ conditions }: Statement): string {
  const merged: Record<string, Record<string, unknown>> = {};
  for (const { operator, key, values } of conditions) {
    const sorted = [...values].sort();
    merged[operator] = { ...merged[operator], [key]: sorted.length === 1 ? sorted[0] : sorted };
  }
  return withWords(canonical(merged));
}

export function statementText(statement: Statement): string {
  const { action, resource, principal, conditions, effect } = statement;
  const who =
    principal === undefined
      ? undefined
      : principal.entries === "everybody"
        ? "*"
        : Object.fromEntries(principal.entries);
  const written = {
    Effect: effect,
    [action.negated ? "NotAction" : "Action"]: [...action.entries].sort(),
    ...(resource === undefined
      ? {}
      : { [resource.negated ? "NotResource" : "Resource"]: [...resource.entries].sort() }),
    ...(who === undefined ? {} : { [principal?.negated ? "NotPrincipal" : "Principal"]: who }),
    ...(conditions.length === 0 ? {} : { Condition: JSON.parse(conditionText(statement)) }),
  };
  return withWords(canonical(written));
}

const READ = RIGHTS.secret.reads ?? [];

/** Who may read which key, by the names of the keys' secrets. */
export class Readers {
  readonly #names: ReadonlySet<string>;
  readonly #patterns: ReadonlyArray<readonly [string, Pattern]>;
  readonly #readers = new Map<string, Set<string>>();

  /** @param isKey whether a name that is not among these is that of a key, too */
  constructor(
    names: readonly string[],
    private readonly isKey: (name: string) => boolean,
  ) {
    this.#names = new Set(names);
    this.#patterns = names.map((name) => [name, patternOf(name)]);
  }

  add({ label, statements }: Principal): void {
    const reading = statements.filter(({ action }) => READ.some((each) => actionAnswer(action, each) !== "no"));
    const denying = reading.filter(({ effect }) => effect === "Deny");
    for (const statement of reading) {
      if (statement.effect !== "Allow") continue;
      for (const name of this.#reached(statement)) {
        const [right] = this.#rights(statement, denying, name);
        if (right === undefined) continue;
        const who = [
          label,
          ...(right.conditions.length === 0 ? [] : [`if ${conditionText(statement)}`]),
          ...right.unless.map((deny) => `unless ${statementText(deny)}`).sort(),
          ...(right.allowed === "unknown"
            ? [`perhaps: ${withWords(unordered(statement.resource?.entries ?? []))}`]
            : []),
        ].join(" ");
        this.#readers.set(name, (this.#readers.get(name) ?? new Set()).add(who));
      }
    }
  }

  all(): Map<string, string[]> {
    return new Map([...this.#readers].map(([name, readers]) => [name, [...readers].sort()]));
  }

  #rights(statement: Statement, denying: readonly Statement[], name: string): readonly Right[] {
    const question = { actions: READ, resource: patternOf(name) };
    if (rightsOf([statement], question).length > 0) return rightsOf([statement, ...denying], question);
    // A name without its last characters reads nothing at AWS, and is meant to.
    const { resource, conditions } = statement;
    const isNamed = resource?.negated === false && resource.entries.some((entry) => exactName(entry) === name);
    return isNamed ? [{ action: "", statement, allowed: "yes", conditions, unless: [] }] : [];
  }

  #reached(statement: Statement): Iterable<string> {
    const { resource } = statement;
    if (resource === undefined) return [];
    if (resource.negated) return this.#matching((pattern) => resourceReached(statement, pattern) !== "no");
    const found = new Set<string>();
    for (const entry of resource.entries) {
      const exact = exactName(entry);
      if (exact !== undefined) {
        if (this.#names.has(exact) || this.isKey(exact)) found.add(exact);
        continue;
      }
      const compiled = compile(entry.replace(/\$\{[^}]*\}/g, "*"));
      for (const name of this.#matching((pattern) => intersects(compiled, pattern) !== "no")) found.add(name);
    }
    return found;
  }

  #matching(fits: (pattern: Pattern) => boolean): string[] {
    return this.#patterns.filter(([, pattern]) => fits(pattern)).map(([name]) => name);
  }
}

function patternOf(name: string): Pattern {
  return compile(`arn:\uf8f3\uf8f5:secretsmanager:\uf8f3\uf8f5:\uf8f3\uf8f5:secret:${name}-??????`);
}

/** The name of a secret in an ARN that names one; undefined where it may name several. */
function exactName(entry: string): string | undefined {
  const at = entry.indexOf(":secret:");
  if (at < 0 || intersects(SECRETS, compile(entry.slice(0, at))) === "no") return undefined;
  const name = entry.slice(at + ":secret:".length).replace(/-(?:[A-Za-z0-9]{6}|\?{6})$/, "");
  return /[*?$\uf8f0-\uf8f5]/.test(name) ? undefined : name;
}

function isExact(entry: string): boolean {
  return exactName(entry) !== undefined;
}

const SECRETS = compile("arn:*:secretsmanager:*:*");
