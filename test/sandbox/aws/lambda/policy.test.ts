import { FunctionPolicy } from "../../../../src/sandbox/aws/lambda/policy";

const FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:controller";
const SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ai-keys/openai/summariser-AbCdEf";
const request = { principal: "secretsmanager.amazonaws.com", sourceArn: SECRET };
const permission = { StatementId: "s", Action: "lambda:InvokeFunction", Principal: "secretsmanager.amazonaws.com" };

describe("function policy", () => {
  test.each([
    ["nothing more", {}],
    ["the account", { SourceAccount: "123456789012" }],
    ["the secret", { SourceArn: SECRET }],
    ["secrets under a prefix", { SourceArn: "arn:aws:secretsmanager:us-east-1:123456789012:secret:ai-keys/openai/*" }],
    ["any region", { SourceArn: "arn:aws:secretsmanager:*:123456789012:secret:*" }],
    ["any action of Lambda", { Action: "lambda:*" }],
  ])("lets a service in that it names with %s", (_what, changes) => {
    const policy = new FunctionPolicy(FUNCTION);
    policy.add({ ...permission, ...changes });
    expect(policy.allows(request)).toBe(true);
  });

  test.each([
    ["another service", { Principal: "events.amazonaws.com" }],
    ["another account", { SourceAccount: "210987654321" }],
    ["another prefix", { SourceArn: "arn:aws:secretsmanager:us-east-1:123456789012:secret:ai-keys/other/*" }],
    ["a pattern that would need to cross the parts of an ARN", { SourceArn: "arn:aws:*:secret:*" }],
    ["another action", { Action: "lambda:GetFunction" }],
    ["an organisation", { PrincipalOrgID: "o-1234567890" }],
  ])("keeps a service out that it names with %s", (_what, changes) => {
    const policy = new FunctionPolicy(FUNCTION);
    policy.add({ ...permission, ...changes });
    expect(policy.allows(request)).toBe(false);
  });

  test("is written as IAM writes it, refuses a second statement of one id, and forgets what is removed", () => {
    // GIVEN
    const policy = new FunctionPolicy(FUNCTION);
    policy.add({ ...permission, SourceAccount: "123456789012", SourceArn: SECRET });
    // THEN
    expect(JSON.parse(policy.toJson())).toEqual({
      Version: "2012-10-17",
      Id: "default",
      Statement: [
        {
          Sid: "s",
          Effect: "Allow",
          Principal: { Service: "secretsmanager.amazonaws.com" },
          Action: "lambda:InvokeFunction",
          Resource: FUNCTION,
          Condition: {
            StringEquals: { "AWS:SourceAccount": "123456789012" },
            ArnLike: { "AWS:SourceArn": SECRET },
          },
        },
      ],
    });
    expect(() => policy.add(permission)).toThrow("already exists");
    expect(policy.remove("s")).toBe(true);
    expect(policy.remove("s")).toBe(false);
    expect(policy.allows(request)).toBe(false);
  });
});
