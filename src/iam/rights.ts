import { type Answer, any } from "./answer";
import { conditionsHold } from "./condition";
import type { Context } from "./context";
import { NOTHING_KNOWN } from "./context";
import type { Condition, Entries, Statement } from "./document";
import { compile, covers, intersects, type Pattern, unknownText } from "./pattern";
import { compileParts, expanded } from "./variables";

/** What is asked of a set of statements of one principal. */
export interface Question {
  /** Without wildcards, in lower case. */
  readonly actions: readonly string[];
  /** The resources in question, as `compile` makes it. */
  readonly resource: Pattern;
  readonly context?: Context;
}

/** One action that the statements allow on some resource in question. */
export interface Right {
  readonly action: string;
  readonly statement: Statement;
  /** `unknown`: only if a text that is not known turns out to fit. */
  readonly allowed: Exclude<Answer, "no">;
  /** Conditions of the statement, where nobody can tell whether they hold. */
  readonly conditions: readonly Condition[];
  /** Statements that deny it in part, or under conditions, or perhaps. */
  readonly unless: readonly Statement[];
}

/**
 * Which of the actions somebody may do who has these statements, on any of the resources. What is
 * certainly denied, whatever the request, is left out.
 */
export function rightsOf(statements: readonly Statement[], question: Question): Right[] {
  const { actions, resource, context = NOTHING_KNOWN } = question;
  const denying = statements.filter(({ effect }) => effect === "Deny");
  return statements
    .filter(({ effect }) => effect === "Allow")
    .flatMap((statement) => {
      const held = conditionsHold(statement.conditions, statement.version, context);
      const reached = held === "no" ? "no" : resourceReached(statement, resource);
      if (reached === "no") return [];
      return actions.flatMap((action): Right[] => {
        const done = actionAnswer(statement.action, action);
        if (done === "no") return [];
        const denies = denying.filter((deny) => actionAnswer(deny.action, action) !== "no" && reaches(deny, resource));
        if (denies.some((deny) => deniesAll(deny, action, resource, context))) return [];
        const allowed = done === "yes" && reached === "yes" ? "yes" : "unknown";
        return [{ action, statement, allowed, conditions: held === "yes" ? [] : statement.conditions, unless: denies }];
      });
    });
}

/** Whether a statement is about an action, in lower case and without wildcards. */
export function actionAnswer({ negated, entries }: Entries, action: string): Answer {
  const literal = compile(action, { literal: true });
  const answers = entries.map((entry) => intersects(compile(entry.toLowerCase()), literal));
  const answer = any(answers);
  if (!negated) return answer;
  return answer === "unknown" ? "unknown" : answer === "yes" ? "no" : "yes";
}

/** Whether a statement is about any of the resources. */
export function resourceReached({ resource, version }: Statement, wanted: Pattern): Answer {
  if (resource === undefined) return "yes";
  const patterns = resource.entries.map((entry) => compiledEntry(entry, version));
  if (!resource.negated) return any(patterns.map((pattern) => intersects(pattern, wanted)));
  if (patterns.some((pattern) => covers(pattern, wanted))) return "no";
  return patterns.some((pattern) => intersects(pattern, wanted) === "unknown") ? "unknown" : "yes";
}

function reaches(statement: Statement, wanted: Pattern): boolean {
  return resourceReached(statement, wanted) !== "no";
}

/** Whether it denies the action on each of the resources, whatever else the request is. */
function deniesAll(statement: Statement, action: string, wanted: Pattern, context: Context): boolean {
  if (actionAnswer(statement.action, action) !== "yes") return false;
  if (conditionsHold(statement.conditions, statement.version, context) !== "yes") return false;
  const { resource, version } = statement;
  if (resource === undefined) return true;
  return resource.negated
    ? resource.entries.every((entry) => intersects(compiledEntry(entry, version), wanted) === "no")
    : resource.entries.some((entry) => covers(compiledEntry(entry, version, true), wanted));
}

/** With its variables made parts that are not known. */
function compiledEntry(entry: string, version: Statement["version"], arn = false): Pattern {
  // With nothing known of the request, no variable is without a value.
  return compileParts(expanded(entry, version, NOTHING_KNOWN) ?? [{ text: unknownText(entry), literal: true }], {
    arn,
  });
}
