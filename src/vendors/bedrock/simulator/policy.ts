import { Context, decide, type PolicyDocument, parsePolicy } from "../../../iam";

export interface PolicyRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | undefined>>;
}

export interface UserPolicies {
  readonly userArn: string;
  readonly accountId: string;
  /** Documents of the user and its groups. */
  readonly identity: readonly string[];
  readonly boundary?: string | undefined;
}

/**
 * Why a request is refused, in IAM's words; undefined where it is allowed. What nobody can tell is
 * refused.
 */
export function whyDenied(policies: UserPolicies, request: PolicyRequest): string | undefined {
  const { userArn, accountId, identity, boundary } = policies;
  const known = Object.entries(request.context).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const decision = decide(
    {
      action: request.action,
      resource: request.resource,
      principal: { kind: "user", arn: userArn },
      context: new Context(Object.fromEntries(known), true),
    },
    {
      identity: identity.map(readPolicy),
      boundary: boundary === undefined ? undefined : readPolicy(boundary),
      resourceAccount: accountId,
    },
  );
  if (decision === "allowed") return undefined;
  if (decision === "denied") return "with an explicit deny in an identity-based policy";
  return `because no identity-based policy allows the ${request.action} action`;
}

function readPolicy(text: string): PolicyDocument {
  const policy = parsePolicy(text);
  if (policy === undefined) throw new Error("Bedrock simulator: a policy that IAM took is none that can be read");
  return policy;
}
