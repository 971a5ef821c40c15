import { type Answer, all, any, not } from "./answer";
import { conditionsHold } from "./condition";
import type { Context } from "./context";
import type { Entries, Statement } from "./document";
import { compile, matches, type Pattern } from "./pattern";
import { NAMINGS, namedBy, type Principal } from "./principal";
import { compileParts, expanded } from "./variables";

/** One request, all of which is known but for parts of the context. */
export interface Request {
  /** `secretsmanager:GetSecretValue`, in upper or lower case. */
  readonly action: string;
  /** ARN; `*` for actions that have no resource. */
  readonly resource: string;
  readonly principal: Principal;
  readonly context: Context;
}

/** How far a statement of an identity's policy goes: its principal is whoever has the policy. */
export function statementApplies(statement: Statement, request: Request): Answer {
  return all([
    entriesMatch(statement.action, request.action.toLowerCase(), (entry) => compile(entry.toLowerCase())),
    resourceAnswer(statement, request),
    conditionsHold(statement.conditions, statement.version, request.context),
  ]);
}

/** As `statementApplies`, of a policy that is attached to a resource and names principals. */
export function resourceStatementApplies(statement: Statement, request: Request): Answer {
  const { principal } = statement;
  if (principal === undefined) return "no";
  const named = any(NAMINGS.map((naming) => namedBy(principal.entries, request.principal, naming)));
  return all([principal.negated ? not(named) : named, statementApplies(statement, request)]);
}

function resourceAnswer({ resource, version }: Statement, request: Request): Answer {
  if (resource === undefined) return "yes";
  return entriesMatch(resource, request.resource, (entry) => {
    const parts = expanded(entry, version, request.context);
    return parts === undefined ? undefined : compileParts(parts, { arn: true });
  });
}

function entriesMatch(
  { negated, entries }: Entries,
  text: string,
  compiled: (entry: string) => Pattern | undefined,
): Answer {
  const answer = any(
    entries.map((entry) => {
      const pattern = compiled(entry);
      return pattern === undefined ? "no" : matches(pattern, text);
    }),
  );
  return negated ? not(answer) : answer;
}
