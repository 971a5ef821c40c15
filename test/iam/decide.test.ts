import {
  Context,
  type Decision,
  decide,
  type Policies,
  type PolicyDocument,
  type Principal,
  policyOf,
} from "../../src/iam";

const ACCOUNT = "111122223333";
const OTHER = "999988887777";
const USER: Principal = { kind: "user", arn: `arn:aws:iam::${ACCOUNT}:user/carlos` };
const ROLE: Principal = {
  kind: "role",
  arn: `arn:aws:sts::${ACCOUNT}:assumed-role/app/one`,
  roleArn: `arn:aws:iam::${ACCOUNT}:role/app`,
};
const ROOT: Principal = { kind: "root", arn: `arn:aws:iam::${ACCOUNT}:root` };
const SERVICE: Principal = { kind: "service", name: "events.amazonaws.com" };
const SECRET = `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:a-AbCdEf`;
const READ = "secretsmanager:GetSecretValue";

const document = (...statements: readonly object[]): PolicyDocument => {
  const policy = policyOf({ Version: "2012-10-17", Statement: statements });
  if (policy === undefined) throw new Error("no policy");
  return policy;
};
const allow = (more: object = {}) => ({ Effect: "Allow", Action: READ, Resource: "*", ...more });
const deny = (more: object = {}) => ({ Effect: "Deny", Action: READ, Resource: "*", ...more });
const to = (principal: unknown) => ({ Principal: principal });
const ALLOWED = document(allow());
const NOTHING = document(allow({ Action: "s3:GetObject" }));

/**
 * After https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * and the pages below it.
 */
const CASES: ReadonlyArray<readonly [string, Principal, Partial<Policies>, Decision]> = [
  ["nothing allows it", USER, {}, "not allowed"],
  ["the identity's policy allows it", USER, { identity: [ALLOWED] }, "allowed"],
  [
    "the resource's policy alone allows it, in one account",
    USER,
    { resource: document(allow(to({ AWS: USER.arn }))) },
    "allowed",
  ],
  [
    "the resource's policy names another user",
    USER,
    { resource: document(allow(to({ AWS: `${USER.arn}2` }))) },
    "not allowed",
  ],
  [
    "the resource's policy names the account, and no policy of the identity allows it",
    USER,
    { resource: document(allow(to({ AWS: ACCOUNT }))) },
    "not allowed",
  ],
  ["a statement of the identity denies it", USER, { identity: [ALLOWED, document(deny())] }, "denied"],
  [
    "a statement of the resource denies it to everybody",
    USER,
    { identity: [ALLOWED], resource: document(deny(to("*"))) },
    "denied",
  ],
  [
    "a statement of the resource denies it to the whole account",
    USER,
    { identity: [ALLOWED], resource: document(deny(to({ AWS: `arn:aws:iam::${ACCOUNT}:root` }))) },
    "denied",
  ],
  [
    "a statement of the resource denies it to all but this one",
    USER,
    { identity: [ALLOWED], resource: document(deny({ NotPrincipal: { AWS: USER.arn } })) },
    "allowed",
  ],
  [
    "a statement of the resource denies it to all but another",
    USER,
    { identity: [ALLOWED], resource: document(deny({ NotPrincipal: { AWS: `${USER.arn}2` } })) },
    "denied",
  ],
  [
    "a statement denies all but another action",
    USER,
    { identity: [ALLOWED, document(deny({ Action: undefined, NotAction: "s3:*" }))] },
    "denied",
  ],
  [
    "a statement denies all but other resources",
    USER,
    { identity: [ALLOWED, document(deny({ Resource: undefined, NotResource: SECRET }))] },
    "allowed",
  ],
  ["the boundary leaves it out", USER, { identity: [ALLOWED], boundary: NOTHING }, "not allowed"],
  ["the boundary has it, and nothing else does", USER, { boundary: ALLOWED }, "not allowed"],
  [
    "the boundary leaves it out, and the resource names the user",
    USER,
    { resource: document(allow(to({ AWS: USER.arn }))), boundary: NOTHING },
    "allowed",
  ],
  [
    "the boundary leaves it out, and the resource names everybody",
    USER,
    { resource: document(allow(to("*"))), boundary: NOTHING },
    "not allowed",
  ],
  [
    "the boundary leaves it out, and the resource names the role",
    ROLE,
    { resource: document(allow(to({ AWS: ROLE.roleArn }))), boundary: NOTHING },
    "not allowed",
  ],
  [
    "the session's policy leaves it out, and the resource names the session",
    ROLE,
    { resource: document(allow(to({ AWS: ROLE.arn }))), session: NOTHING },
    "allowed",
  ],
  ["the session's policy leaves it out", ROLE, { identity: [ALLOWED], session: NOTHING }, "not allowed"],
  [
    "the boundary denies it, and the resource names the session",
    ROLE,
    { resource: document(allow(to({ AWS: ROLE.arn }))), boundary: document(deny()) },
    "denied",
  ],
  [
    "both allow it, of two accounts",
    USER,
    { identity: [ALLOWED], resource: document(allow(to({ AWS: ACCOUNT }))), resourceAccount: OTHER },
    "allowed",
  ],
  [
    "the resource's account alone allows it",
    USER,
    { resource: document(allow(to({ AWS: USER.arn }))), resourceAccount: OTHER },
    "not allowed",
  ],
  ["the identity's account alone allows it", USER, { identity: [ALLOWED], resourceAccount: OTHER }, "not allowed"],
  [
    "both allow it, of two accounts, and the boundary leaves it out",
    USER,
    { identity: [ALLOWED], resource: document(allow(to("*"))), resourceAccount: OTHER, boundary: NOTHING },
    "not allowed",
  ],
  ["the account's root needs no policy", ROOT, {}, "allowed"],
  ["the account's root is denied by the resource", ROOT, { resource: document(deny(to("*"))) }, "denied"],
  [
    "the key's policy decides, and says nothing",
    USER,
    { identity: [ALLOWED], resourcePolicyDecides: true },
    "not allowed",
  ],
  [
    "the key's policy decides, and leaves it to the account",
    USER,
    { identity: [ALLOWED], resource: document(allow(to({ AWS: ACCOUNT }))), resourcePolicyDecides: true },
    "allowed",
  ],
  [
    "the key's policy decides, and names the user",
    USER,
    { resource: document(allow(to({ AWS: USER.arn }))), resourcePolicyDecides: true },
    "allowed",
  ],
  [
    "a service that is named",
    SERVICE,
    { resource: document(allow(to({ Service: "events.amazonaws.com" }))) },
    "allowed",
  ],
  ["a service that is not named", SERVICE, { resource: document(allow(to({ AWS: "*" }))) }, "not allowed"],
  ["somebody unknown, and everybody may", { kind: "anonymous" }, { resource: document(allow(to("*"))) }, "allowed"],
  ["somebody unknown, and no policy of the resource", { kind: "anonymous" }, { identity: [ALLOWED] }, "not allowed"],
  [
    "an identity provider's user",
    { kind: "federated", provider: "accounts.google.com" },
    { resource: document(allow(to({ Federated: "accounts.google.com" }))) },
    "allowed",
  ],
  [
    "actions are the same in upper and lower case",
    USER,
    { identity: [document(allow({ Action: "SECRETSMANAGER:getsecret*" }))] },
    "allowed",
  ],
  ["resources are not", USER, { identity: [document(allow({ Resource: SECRET.toUpperCase() }))] }, "not allowed"],
  [
    "wildcards in type and name",
    USER,
    { identity: [document(allow({ Resource: "arn:aws:secretsmanager:*:*:secre?:?-??????" }))] },
    "allowed",
  ],
  [
    "a variable with the user's name",
    USER,
    { identity: [document(allow({ Resource: `arn:aws:secretsmanager:*:*:secret:$${"{aws:username}"}-??????` }))] },
    "allowed",
  ],
  [
    "a variable without a value",
    USER,
    { identity: [document(allow({ Resource: `arn:aws:secretsmanager:*:*:secret:$${"{aws:userid}"}*` }))] },
    "not allowed",
  ],
  [
    "a condition that does not hold",
    USER,
    { identity: [document(allow({ Condition: { Bool: { "aws:SecureTransport": "true" } } }))] },
    "not allowed",
  ],
  [
    "an operator that there is not",
    USER,
    { identity: [document(allow({ Condition: { Foo: { "aws:username": "a" } } }))] },
    "unknown",
  ],
  [
    "a denial with an operator that there is not",
    USER,
    { identity: [ALLOWED, document(deny({ Condition: { Foo: { "aws:username": "a" } } }))] },
    "unknown",
  ],
];

describe("a request", () => {
  test.each(CASES)("%s", (_, principal, policies, decision) => {
    const context = new Context({ "aws:username": "a" }, true);
    const request = { action: READ, resource: SECRET, principal, context };
    expect(decide(request, { identity: [], resourceAccount: ACCOUNT, ...policies })).toBe(decision);
  });

  test("of which a key of a condition is not known: nobody can tell", () => {
    const identity = [document(allow({ Condition: { StringEquals: { "aws:PrincipalTag/team": "search" } } }))];
    const request = { action: READ, resource: SECRET, principal: USER, context: new Context({}, false) };
    expect(decide(request, { identity, resourceAccount: ACCOUNT })).toBe("unknown");
  });
});
