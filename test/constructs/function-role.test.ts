import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { Aspects, type TerraformStack, Testing } from "cdktf";
import type { IConstruct } from "constructs";
import { type RoleProps, ScopedKeyError } from "../../constructs";
import { decided, policyOf } from "../support/iam";
import { inline, newIssuer, newKey, newStack, only, plain, refusal, render } from "./support";

const SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:ai-keys/openai/summariser-AbCdEf";

/** What an organisation does to every role of an app. */
function toRoles(stack: TerraformStack, change: (role: IamRole) => void): void {
  Aspects.of(stack).add({
    visit(node: IConstruct) {
      if (node instanceof IamRole) change(node);
    },
  });
}

const WAYS: Readonly<Record<string, { readonly roles?: RoleProps; readonly change?: (role: IamRole) => void }>> = {
  "as they are": {},
  "a path by property": { roles: { path: "/platform/ai/" } },
  "a prefix of names by property": { roles: { namePrefix: "platform-" } },
  "a long prefix of names": { roles: { namePrefix: "platform-engineering-ai" } },
  "a path by an Aspect": {
    change: (role) => {
      role.path = "/platform/";
    },
  },
  "a path by an override": { change: (role) => role.addOverride("path", "/platform/") },
  "another name by an Aspect": {
    change: (role) => {
      role.name = `platform-${role.node.scope?.node.id}`;
    },
  },
};

describe.each(Object.entries(WAYS))("functions' roles with %s", (_, { roles, change }) => {
  const stack = newStack();
  const issuer = newIssuer(stack, roles === undefined ? {} : { roles });
  newKey(stack, issuer);
  issuer.grants.plan({ roleName: "planner" });
  if (change !== undefined) toRoles(stack, change);
  const rendered = render(stack);
  const arnOf = (part: string) => {
    const { name, path = "/" } = only(rendered.resource["aws_iam_role"], part);
    return `arn:aws:iam::111122223333:role${path}${plain(name).replace("REGION", "us-east-1")}`;
  };

  test("are not locked out of their secrets and their ledger", () => {
    const secret = policyOf(plain(inline(rendered, only(rendered.resource["aws_secretsmanager_secret"]).policy)));
    const ledger = policyOf(plain(only(rendered.resource["aws_dynamodb_resource_policy"]).policy));
    const table = "arn:aws:dynamodb:us-east-1:111122223333:table/ai-keys-openai-ledger";
    const write = { action: "secretsmanager:PutSecretValue", resource: SECRET, policy: secret };
    const note = { action: "dynamodb:PutItem", resource: table, policy: ledger };
    expect(decided({ ...write, role: arnOf("controller_role") })).toBe("allowed");
    expect(decided({ ...write, role: arnOf("observer_role") })).toBe("denied");
    for (const role of ["controller_role", "observer_role"]) {
      expect(decided({ ...note, role: arnOf(role) })).toBe("allowed");
    }
    expect(decided({ ...note, role: "arn:aws:iam::111122223333:role/app" })).toBe("denied");
  });

  test("are the ones that a plan may read", () => {
    const policy = plain(only(rendered.resource["aws_iam_role_policy"], "plan").policy)
      .replaceAll("ACCOUNT", "111122223333")
      .replaceAll("PARTITION", "aws")
      .replaceAll("REGION", "us-east-1");
    for (const role of ["controller_role", "observer_role"]) expect(policy).toContain(arnOf(role));
  });

  test("have names that IAM takes", () => {
    for (const part of ["controller_role", "observer_role"]) {
      const name = arnOf(part).split("/").at(-1) ?? "";
      expect(name.length).toBeLessThanOrEqual(64);
    }
  });
});

test("of a role whose name AWS chooses, policies take the ARN by reference", () => {
  // GIVEN
  const stack = newStack();
  newKey(stack, newIssuer(stack));
  // WHEN
  toRoles(stack, (role) => {
    role.resetName();
    role.namePrefix = "platform-";
  });
  // THEN
  const rendered = render(stack);
  const reference = /\$\{aws_iam_role\.openai_controller_role_[0-9A-F]{8}\.arn\}/;
  expect(inline(rendered, only(rendered.resource["aws_secretsmanager_secret"]).policy)).toMatch(reference);
  expect(only(rendered.resource["aws_dynamodb_resource_policy"]).policy).toMatch(reference);
});

test("keys of another stack name the role as its own stack has it", () => {
  // GIVEN
  const app = Testing.app();
  const issuer = newIssuer(newStack(app), { roles: { path: "/platform/" } });
  const other = newStack(app, "consumers");
  newKey(other, issuer);
  // WHEN
  const policy = plain(inline(render(other), only(render(other).resource["aws_secretsmanager_secret"]).policy));
  // THEN
  expect(policy).toContain("arn:PARTITION:iam::ACCOUNT:role/platform/ai-keys-openai-controller-REGION");
});

test("a permissions boundary is on both roles", () => {
  const boundary = "arn:aws:iam::111122223333:policy/boundary";
  const stack = newStack();
  newIssuer(stack, { roles: { permissionsBoundaryArn: boundary } });
  const found = Object.values(render(stack).resource["aws_iam_role"] ?? {}).map((role) => role.permissions_boundary);
  expect(found).toEqual([boundary, boundary]);
});

test.each<RoleProps>([
  { path: "platform" },
  { path: "/platform" },
  { namePrefix: "a/b" },
  { namePrefix: "x".repeat(25) },
  { permissionsBoundaryArn: "boundary" },
])("is refused: %j", (roles) => {
  expect(refusal(() => newIssuer(newStack(), { roles }))).toBeInstanceOf(ScopedKeyError);
});

describe("concurrency of the functions", () => {
  test("is reserved as it is declared, and left alone otherwise", () => {
    const reservedOf = (stack: TerraformStack) =>
      Object.entries(render(stack).resource["aws_lambda_function"] ?? {}).map(
        ([id, { reserved_concurrent_executions }]) => [id.replace(/_function_.*/, ""), reserved_concurrent_executions],
      );
    const [declared, plainly] = [newStack(), newStack()];
    newIssuer(declared, { concurrency: { controller: 12, observer: 2 } });
    newIssuer(plainly);
    expect(reservedOf(declared)).toEqual([
      ["openai_controller", 12],
      ["openai_observer", 2],
    ]);
    expect(reservedOf(plainly)).toEqual([
      ["openai_controller", undefined],
      ["openai_observer", undefined],
    ]);
  });

  test.each([{ controller: 0 }, { controller: 4 }, { observer: 0 }, { observer: 1.5 }])(
    "is refused: %j",
    (concurrency) => {
      expect(refusal(() => newIssuer(newStack(), { concurrency }))).toBeInstanceOf(ScopedKeyError);
    },
  );
});

describe("memory of the functions", () => {
  const memoryOf = (stack: TerraformStack) =>
    Object.values(render(stack).resource["aws_lambda_function"] ?? {}).map(({ memory_size }) => memory_size);

  test("is as it is declared, and 256 MiB otherwise", () => {
    const [declared, plainly] = [newStack(), newStack()];
    newIssuer(declared, { memoryMebibytes: 512 });
    newIssuer(plainly);
    expect([memoryOf(declared), memoryOf(plainly)]).toEqual([
      [512, 512],
      [256, 256],
    ]);
  });

  test.each([128, 255, 10_241, 300.5, Number.NaN])("is refused: %d", (memoryMebibytes) => {
    const error = refusal(() => newIssuer(newStack(), { memoryMebibytes }));
    expect(error.allowed).toBe("a whole number from 256 to 10240");
  });
});
