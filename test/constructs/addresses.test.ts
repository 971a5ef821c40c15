import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { AwsProvider, type AwsProviderConfig } from "@cdktf/provider-aws/lib/provider";
import { Aspects, TerraformResource, TerraformStack, Testing } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import { type OpenAiIssuer, type ScopedKey, ScopedKeyError } from "../../constructs";
import { newIssuer, newKey, newStack, type Rendered, refusal, render } from "./support";

const PREFIX = "ai-keys/openai";

/**
 * Addresses of all resources, and what each holds, without CDKTF's notes of where its construct
 * stands.
 */
function resources(rendered: Rendered): unknown {
  return JSON.parse(JSON.stringify(rendered.resource), (name, value: unknown) => (name === "//" ? undefined : value));
}

/** A stack of whose constructs each may stand elsewhere. */
function declared(where: {
  readonly stackId?: string;
  readonly issuerId?: string;
  readonly issuerScope?: string;
  readonly keyId?: string;
  readonly keyScope?: string;
}): TerraformStack {
  const stack = newStack(undefined, where.stackId ?? "ai-keys");
  const inside = (id: string | undefined) => (id === undefined ? stack : new Construct(stack, id));
  const role = new IamRole(stack, "app", { name: "app", assumeRolePolicy: "{}" });
  const issuer = newIssuer(
    inside(where.issuerScope),
    { prefix: PREFIX, project: { models: ["gpt-5.2"] } },
    where.issuerId ?? "openai",
  );
  const key = newKey(inside(where.keyScope), issuer, { keyName: "summariser" }, where.keyId ?? "summariser");
  key.grants.read(role);
  issuer.grants.operate(role);
  issuer.grants.plan({ roleName: "planner" });
  return stack;
}

describe("addresses", () => {
  test.each([
    ["a key in another construct", { keyScope: "team" }],
    ["a key under another id", { keyId: "renamed" }],
    ["a key in a construct that CDKTF hides", { keyScope: "Default" }],
    ["an issuer in another construct", { issuerScope: "platform" }],
    ["an issuer under another id", { issuerId: "gpt" }],
    ["a stack under another id", { stackId: "renamed" }],
    ["all of it", { stackId: "x", issuerId: "y", issuerScope: "z", keyId: "k", keyScope: "team" }],
  ])("and what stands there are the same for %s", (_, moved) => {
    expect(resources(render(declared(moved)))).toEqual(resources(render(declared({}))));
  });

  test("of keys that read alike differ", () => {
    // GIVEN
    const stack = newStack();
    const issuer = newIssuer(stack);
    const other = newIssuer(stack, { prefix: "other/openai" }, "other");
    const names = ["a.b", "a-b", "a_b", "A-b", "A.B", "x".repeat(64), `${"x".repeat(63)}y`];
    // WHEN
    for (const name of names)
      for (const each of [issuer, other])
        newKey(
          stack,
          each,
          {},
          name === "a.b" && each === other ? "a.b2" : `${name}${each === other ? "2" : ""}`.slice(-64),
        );
    // THEN
    const secrets = Object.values(render(stack).resource["aws_secretsmanager_secret"] ?? {});
    expect(secrets).toHaveLength(2 * names.length);
  });

  test.each(["3d-search", "365-copilot", "0", "1.2.3", "a.b.c", "x".repeat(64)])(
    "are names that Terraform takes, of a key called %s",
    (name) => {
      // GIVEN
      const stack = newStack(undefined, "2fa");
      const issuer = newIssuer(stack, {}, "3d");
      newKey(stack, issuer, {}, name).grants.read({ roleName: "app" });
      // WHEN
      const rendered = render(stack);
      // THEN
      const names = [rendered.resource, rendered.data, { locals: rendered.locals }, { check: rendered.check ?? {} }]
        .flatMap((blocks) => Object.values(blocks))
        .flatMap((block) => Object.keys(block));
      expect(names.length).toBeGreaterThan(30);
      for (const each of names) expect(each).toMatch(/^[A-Za-z_][A-Za-z0-9_-]*$/);
    },
  );

  test("are not to be overridden, by nobody who finds the resource", () => {
    // GIVEN
    const stack = newStack();
    const key = newKey(stack, newIssuer(stack));
    Aspects.of(stack).add({
      visit(node: IConstruct) {
        if (TerraformResource.isTerraformResource(node) && node.node.path.includes("summariser/reconcile")) {
          node.overrideLogicalId("mine");
        }
      },
    });
    const secret = key.node.findChild("secret") as TerraformResource;
    // WHEN
    const refused = [
      () => secret.overrideLogicalId("mine"),
      () => secret.resetOverrideLogicalId(),
      () => render(stack),
    ];
    // THEN
    for (const each of refused) expect(refusal(each).code).toBe("SK165");
  });

  test("of issuers whose roles IAM would take for one are refused", () => {
    const stack = newStack();
    newIssuer(stack, { prefix: "ai/OpenAI" });
    expect(refusal(() => newIssuer(stack, { prefix: "ai/openai" }, "lower")).code).toBe("SK136");
  });
});

describe("a key that comes from other addresses", () => {
  const movedOf = (declare: (key: ScopedKey, issuer: OpenAiIssuer) => void) => {
    const stack = newStack();
    const issuer = newIssuer(stack);
    const key = newKey(stack, issuer);
    declare(key, issuer);
    const { moved = [] } = render(stack) as { moved?: unknown[] };
    return moved;
  };
  const to = (type: string, part: string) =>
    expect.stringMatching(new RegExp(`^${type}\\.summariser_${part}_[0-9A-F]{8}$`));

  test("takes all its resources from where CDKTF named them", () => {
    expect(movedOf((key) => key.moveFrom("team/summariser"))).toEqual([
      {
        from: "aws_secretsmanager_secret.team_summariser_secret_61F6620F",
        to: to("aws_secretsmanager_secret", "secret"),
      },
      {
        from: expect.stringMatching(/^aws_lambda_invocation\.team_summariser_reconcile_/),
        to: to("aws_lambda_invocation", "reconcile"),
      },
      {
        from: expect.stringMatching(/^aws_secretsmanager_secret_rotation\.team_summariser_rotation_/),
        to: to("aws_secretsmanager_secret_rotation", "rotation"),
      },
    ]);
  });

  test("takes one resource from an address", () => {
    expect(movedOf((key) => key.moveFrom("module.keys[0].aws_lambda_invocation.summariser"))).toEqual([
      { from: "module.keys[0].aws_lambda_invocation.summariser", to: to("aws_lambda_invocation", "reconcile") },
    ]);
  });

  test("asks for no move from where it is", () => {
    expect(
      movedOf((key) => {
        const secret = key.node.findChild("secret") as TerraformResource;
        secret.moveFromId(`aws_secretsmanager_secret.${secret.friendlyUniqueId}`);
      }),
    ).toEqual([]);
  });

  test.each(["", "/", "aws_iam_role.app", "a//b"])("is refused to come from %j", (from) => {
    const error = refusal(() => movedOf((key) => key.moveFrom(from)));
    expect(error).toBeInstanceOf(ScopedKeyError);
    expect(error.code).toBe("SK166");
  });
});

describe("one prefix", () => {
  const other = (config: AwsProviderConfig, providerFirst = true) => {
    const app = Testing.app();
    newIssuer(newStack(app));
    const stack = new TerraformStack(app, "other");
    if (providerFirst) new AwsProvider(stack, "aws", config);
    newIssuer(stack, { prefix: PREFIX });
    if (!providerFirst) new AwsProvider(stack, "aws", config);
    return stack;
  };
  const assumeRole = [{ roleArn: "arn:aws:iam::444455556666:role/deployer" }];

  test.each<[string, AwsProviderConfig, boolean]>([
    ["in another region", { region: "eu-west-1" }, true],
    ["in another region, said later", { region: "eu-west-1" }, false],
  ])("may stand %s of the same app", (_, config, first) => {
    expect(() => render(other(config, first))).not.toThrow();
  });

  test("may stand in another account of the same app", () => {
    const app = Testing.app();
    const one = new TerraformStack(app, "ai-keys");
    new AwsProvider(one, "aws", { region: "us-east-1", allowedAccountIds: ["111122223333"] });
    newIssuer(one);
    const two = new TerraformStack(app, "other");
    new AwsProvider(two, "aws", { region: "us-east-1", assumeRole });
    newIssuer(two, { prefix: PREFIX });
    expect(() => render(two)).not.toThrow();
  });

  test.each<[string, AwsProviderConfig, boolean]>([
    ["in the same region", { region: "us-east-1" }, true],
    ["in the same region, said later", { region: "us-east-1" }, false],
    ["where nobody knows the other's account", { region: "us-east-1", assumeRole }, true],
  ])("is refused twice %s", (_, config, first) => {
    expect(refusal(() => render(other(config, first))).code).toBe("SK136");
  });
});
