import { type Answer, all, any } from "./answer";
import type { PolicyDocument, Statement } from "./document";
import { accountOf, NAMINGS, type Naming, namedBy, type Principal } from "./principal";
import { type Request, resourceStatementApplies, statementApplies } from "./statement";

/** All policies that have a say in a request. */
export interface Policies {
  /** Inline and managed policies of the user or role, and of the user's groups. */
  readonly identity: readonly PolicyDocument[];
  /** Undefined: none is set, which limits nothing. */
  readonly boundary?: PolicyDocument | undefined;
  readonly session?: PolicyDocument | undefined;
  /** Policy of the resource. */
  readonly resource?: PolicyDocument | undefined;
  /** Account to which the resource belongs. */
  readonly resourceAccount: string;
  /**
   * Whether an identity's policy alone gives no right: trust policies of roles, policies of KMS
   * keys.
   * @default false
   */
  readonly resourcePolicyDecides?: boolean;
}

/**
 * `denied`: a statement denies it. `not allowed`: none allows it. `unknown`: nobody can tell, since
 * a text or a context key is not known. Whoever enforces policies takes everything but `allowed`
 * for a refusal.
 */
export type Decision = "allowed" | "denied" | "not allowed" | "unknown";

/**
 * Decides as AWS documents it, without the policies of an organisation:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function decide(request: Request, policies: Policies): Decision {
  const denied = deniedBy(request, policies);
  if (denied === "yes") return "denied";
  const allowed = allowedBy(request, policies);
  if (allowed === "no") return "not allowed";
  return allowed === "yes" && denied === "no" ? "allowed" : "unknown";
}

function deniedBy(request: Request, policies: Policies): Answer {
  const own = [...policies.identity, policies.boundary, policies.session].filter((policy) => policy !== undefined);
  return any([
    ...statements(own, "Deny").map((statement) => statementApplies(statement, request)),
    ...statements([policies.resource], "Deny").map((statement) => resourceStatementApplies(statement, request)),
  ]);
}

function allowedBy(request: Request, policies: Policies): Answer {
  const { principal } = request;
  const byResource = (naming: Naming) => resourceAllows(request, policies, naming);
  // A service or somebody unknown has no policy of its own.
  if (accountOf(principal) === undefined) return byResource("direct");
  const same = accountOf(principal) === policies.resourceAccount;
  const identity = principal.kind === "root" ? "yes" : allows(policies.identity, request);
  const limits = all(
    [policies.boundary, policies.session]
      .filter((policy) => policy !== undefined)
      .map((policy) => allows([policy], request)),
  );
  const own = all([identity, limits]);
  const named = any(NAMINGS.map(byResource));
  if (!same) return all([own, named]);
  return any([
    policies.resourcePolicyDecides === true ? all([own, byResource("account")]) : own,
    // A user that is named, or a session, is not limited by what its boundary leaves out; a role
    // is.
    principal.kind === "user" ? directly(request, policies) : all([byResource("direct"), limits]),
    byResource("session"),
  ]);
}

/** Everybody is no name: boundary and session go on limiting. */
function directly(request: Request, policies: Policies): Answer {
  const limits = [policies.boundary, policies.session].filter((policy) => policy !== undefined);
  const named = statements([policies.resource], "Allow").filter(({ principal }) => principal?.entries !== "everybody");
  return any([
    allowsNaming(named, request, "direct"),
    all([resourceAllows(request, policies, "direct"), ...limits.map((policy) => allows([policy], request))]),
  ]);
}

function allows(documents: readonly PolicyDocument[], request: Request): Answer {
  return any(statements(documents, "Allow").map((statement) => statementApplies(statement, request)));
}

function resourceAllows(request: Request, { resource }: Policies, naming: Naming): Answer {
  return allowsNaming(statements([resource], "Allow"), request, naming);
}

function allowsNaming(allowing: readonly Statement[], request: Request, naming: Naming): Answer {
  return any(
    allowing.map((statement) =>
      all([names(statement, request.principal, naming), statementApplies(statement, request)]),
    ),
  );
}

function names({ principal }: Statement, who: Principal, naming: Naming): Answer {
  if (principal === undefined) return "no";
  // AWS refuses it beside Allow.
  if (principal.negated) return "unknown";
  return namedBy(principal.entries, who, naming);
}

function statements(documents: ReadonlyArray<PolicyDocument | undefined>, effect: Statement["effect"]): Statement[] {
  return documents.flatMap((document) => document?.statements.filter((each) => each.effect === effect) ?? []);
}
