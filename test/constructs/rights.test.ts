import { decided, policyOf, roleArn } from "../support/iam";
import { inline, newIssuer, newKey, newStack, only, plain, render } from "./support";

const SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:ai-keys/openai/summariser-AbCdEf";
const DEPLOYER = roleArn("ci/deployer");
const TAG = "scoped-keys:issuer";

describe("rights on a key's secret, as AWS evaluates what is rendered", () => {
  const stack = newStack();
  newKey(stack, newIssuer(stack));
  const rendered = render(stack);
  const policy = policyOf(plain(inline(rendered, only(rendered.resource["aws_secretsmanager_secret"]).policy)));
  const controller = roleArn(
    plain(only(rendered.resource["aws_iam_role"], "controller").name).replace("REGION", "us-east-1"),
  );
  const identity = policyOf(
    plain(inline(rendered, only(rendered.resource["aws_iam_role_policy"], "controller").policy)),
  );

  test.each([
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecretVersionStage",
  ])(
    "the controller has %s on secrets of its issuer, and on none that another app declares under its prefix",
    (action) => {
      const asked = { action, role: controller, identity };
      expect(
        decided({ ...asked, resource: SECRET, policy, context: { [`aws:ResourceTag/${TAG}`]: "ai-keys/openai" } }),
      ).toBe("allowed");
      const nested = SECRET.replace("summariser", "team/summariser");
      expect(
        decided({ ...asked, resource: nested, context: { [`aws:ResourceTag/${TAG}`]: "ai-keys/openai/team" } }),
      ).toBe("not allowed");
      expect(decided({ ...asked, resource: nested })).toBe("not allowed");
    },
  );

  test("nobody makes it another issuer's, or nobody's, while its policy stands", () => {
    const tag = { action: "secretsmanager:TagResource", resource: SECRET, role: DEPLOYER, policy };
    expect(decided({ ...tag, context: { [`aws:RequestTag/${TAG}`]: "other", "aws:TagKeys": [TAG] } })).toBe("denied");
    expect(decided({ ...tag, context: { [`aws:RequestTag/${TAG}`]: "ai-keys/openai", "aws:TagKeys": [TAG] } })).toBe(
      "allowed",
    );
    expect(decided({ ...tag, context: { "aws:RequestTag/team": "search", "aws:TagKeys": ["team"] } })).toBe("allowed");
    const untag = { ...tag, action: "secretsmanager:UntagResource" };
    expect(decided({ ...untag, context: { "aws:TagKeys": ["team", TAG] } })).toBe("denied");
    expect(decided({ ...untag, context: { "aws:TagKeys": ["team"] } })).toBe("allowed");
  });

  test.each([
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetResourcePolicy",
    "secretsmanager:PutResourcePolicy",
    "secretsmanager:DeleteResourcePolicy",
    "secretsmanager:UpdateSecret",
    "secretsmanager:RotateSecret",
    "secretsmanager:CancelRotateSecret",
    "secretsmanager:DeleteSecret",
  ])("whoever deploys is not locked out of %s", (action) => {
    expect(decided({ action, resource: SECRET, role: DEPLOYER, policy })).toBe("allowed");
  });
});
