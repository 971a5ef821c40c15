import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { decided, policyOf, roleArn } from "../support/iam";
import { newIssuer, newKey, newStack, plain, type Rendered, render, statements } from "./support";

const ROLE = roleArn("app");

/** The policies that let roles read, as AWS stores them: the secrets' ARNs put in. */
function policies(rendered: Rendered): string[] {
  const { resource } = rendered;
  const secrets = resource["aws_secretsmanager_secret"] ?? {};
  const blocks = [
    ...Object.entries(resource["aws_iam_role_policy"] ?? {}),
    ...Object.entries(resource["aws_iam_policy"] ?? {}),
  ];
  return blocks
    .filter(([id]) => id.includes("_reads_"))
    .map(([, { policy }]) =>
      plain(policy)
        .replace(
          /\$\{aws_secretsmanager_secret\.([\w-]+)\.arn\}/g,
          (_: string, id: string) => `arn:aws:secretsmanager:us-east-1:111122223333:secret:${secrets[id].name}-AbCdEf`,
        )
        .replaceAll("PARTITION", "aws")
        .replaceAll("REGION", "us-east-1")
        .replaceAll("ACCOUNT", "111122223333"),
    );
}

describe("what a stack lets a role read", () => {
  test("is one policy, of keys of two issuers alike in name as well", () => {
    // GIVEN
    const stack = newStack();
    const role = new IamRole(stack, "gateway", { name: "gateway", assumeRolePolicy: "{}" });
    newKey(stack, newIssuer(stack), {}, "eu-search").grants.read(role);
    newKey(stack, newIssuer(stack, { projectId: "proj_b" }, "openai-eu"), {}, "search").grants.read(role);
    // WHEN
    const [policy = "", ...more] = policies(render(stack));
    // THEN
    expect(more).toEqual([]);
    expect(statements(policy)[0]?.Resource).toEqual([
      "arn:aws:secretsmanager:us-east-1:111122223333:secret:ai-keys/openai-eu/search-AbCdEf",
      "arn:aws:secretsmanager:us-east-1:111122223333:secret:ai-keys/openai/eu-search-AbCdEf",
    ]);
  });

  test("does not depend on the order of the grants", () => {
    const of = (names: readonly string[]) => {
      const stack = newStack();
      const issuer = newIssuer(stack);
      for (const name of names) newKey(stack, issuer, {}, name).grants.read({ roleName: "app" });
      return policies(render(stack));
    };
    expect(of(["a", "b", "c"])).toEqual(of(["c", "a", "b"]));
  });

  test.each([
    ["without KMS keys", undefined],
    ["with a KMS key", "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"],
  ])("grows into managed policies, each within AWS's limits: 150 keys %s", (_, kmsKeyArn) => {
    // GIVEN
    const stack = newStack();
    const issuer = newIssuer(stack);
    const names = Array.from({ length: 150 }, (_, at) => `a-key-with-a-rather-long-name-${at}`);
    for (const name of names) {
      newKey(stack, issuer, kmsKeyArn === undefined ? {} : { kmsKeyArn }, name).grants.read({ roleName: "app" });
    }
    // WHEN
    const rendered = render(stack);
    const found = policies(rendered);
    // THEN
    const [inline = "", ...managed] = found;
    expect(inline.length).toBeLessThanOrEqual(5_120);
    expect(managed.length).toBeGreaterThan(0);
    for (const policy of managed) expect(policy.length).toBeLessThanOrEqual(6_144);
    expect(Object.keys(rendered.resource["aws_iam_role_policy_attachment"] ?? {})).toHaveLength(managed.length);
    const readable = names.filter((name) =>
      found.some(
        (policy) =>
          decided({
            action: "secretsmanager:GetSecretValue",
            resource: `arn:aws:secretsmanager:us-east-1:111122223333:secret:ai-keys/openai/${name}-AbCdEf`,
            role: ROLE,
            identity: policyOf(policy),
          }) === "allowed",
      ),
    );
    expect(readable).toEqual(names);
  });

  test("has each replica, and its KMS key in its region", () => {
    // GIVEN
    const stack = newStack();
    const [home, away] = ["us-east-1", "eu-west-1"].map((region) => `arn:aws:kms:${region}:111122223333:key/k`);
    newKey(stack, newIssuer(stack), {
      kmsKeyArn: home ?? "",
      replicas: [{ region: "eu-west-1", kmsKeyArn: away ?? "" }, { region: "eusc-de-east-1" }],
    }).grants.read({ roleName: "app" });
    // WHEN
    const [policy = ""] = policies(render(stack));
    // THEN
    const identity = policyOf(policy);
    const read = (region: string) =>
      decided({
        action: "secretsmanager:GetSecretValue",
        resource: `arn:aws:secretsmanager:${region}:111122223333:secret:ai-keys/openai/summariser-AbCdEf`,
        role: ROLE,
        identity,
      });
    expect(["us-east-1", "eu-west-1", "eusc-de-east-1", "eu-north-1"].map(read)).toEqual([
      "allowed",
      "allowed",
      "allowed",
      "not allowed",
    ]);
    const decrypt = (key: string | undefined, region: string) =>
      decided({
        action: "kms:Decrypt",
        resource: key ?? "",
        role: ROLE,
        identity,
        context: {
          "kms:ViaService": `secretsmanager.${region}.amazonaws.com`,
          "kms:EncryptionContext:SecretARN": `arn:aws:secretsmanager:${region}:111122223333:secret:ai-keys/openai/summariser-AbCdEf`,
        },
      });
    expect([decrypt(home, "us-east-1"), decrypt(away, "eu-west-1"), decrypt(home, "eu-west-1")]).toEqual([
      "allowed",
      "allowed",
      "not allowed",
    ]);
  });
});
