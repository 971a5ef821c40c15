import { Context, type Decision, decide, type PolicyDocument, type Principal, parsePolicy } from "../../src/iam";

/** What Terraform looks up, in rendered policies. */
const ACCOUNT = "111122223333";

/**
 * A policy as AWS gets it. @param text rendered, its locals put in, with the short names of `plain`
 */
export function policyOf(text: string): PolicyDocument {
  const concrete = text.replaceAll("PARTITION", "aws").replaceAll("REGION", "us-east-1").replaceAll("ACCOUNT", ACCOUNT);
  const policy = parsePolicy(concrete);
  if (policy === undefined) throw new Error(`no policy: ${concrete}`);
  return policy;
}

export function roleArn(name: string): string {
  return `arn:aws:iam::${ACCOUNT}:role/${name}`;
}

/** Of somebody who may do everything, as far as no resource says otherwise. */
export const ADMINISTRATOR = policyOf(
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] }),
);

export interface Asked {
  readonly action: string;
  readonly resource: string;
  /** ARN of the role that asks, with its path. */
  readonly role: string;
  /** Of that role. @default the resource's */
  readonly account?: string;
  /** @default what an administrator has */
  readonly identity?: PolicyDocument;
  readonly boundary?: PolicyDocument;
  readonly policy?: PolicyDocument;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

/** How AWS decides a request of a role's session, everything of which is known. */
export function decided({
  action,
  resource,
  role,
  account = ACCOUNT,
  identity = ADMINISTRATOR,
  boundary,
  policy,
  context = {},
}: Asked): Decision {
  const name = role.slice(role.lastIndexOf("/") + 1);
  const principal: Principal = {
    kind: "role",
    arn: `arn:aws:sts::${account}:assumed-role/${name}/session`,
    roleArn: role,
  };
  const known = {
    "aws:PrincipalArn": role,
    "aws:PrincipalAccount": account,
    "aws:PrincipalIsAWSService": "false",
    ...context,
  };
  return decide(
    { action, resource, principal, context: new Context(known, true) },
    { identity: [identity], boundary, resource: policy, resourceAccount: ACCOUNT },
  );
}
