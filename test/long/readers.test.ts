import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { Deployment } from "../e2e/support/deployment";
import { TEST_TIMEOUT_MILLIS, World } from "../e2e/support/world";

jest.setTimeout(6 * TEST_TIMEOUT_MILLIS);

const MANY = 60;
const FEW = 5;
const WITH_KMS = 16;
const ROLE = "gateway";

const namesOf = (count: number) =>
  Array.from({ length: count }, (_, at) => `application-${String(at).padStart(2, "0")}-of-the-search-team`);

const ASSUMED_BY_THE_ACCOUNT = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "arn:aws:iam::123456789012:root" }, Action: "sts:AssumeRole" }],
});

/** @returns its ARN */
async function madeKmsKey(world: World): Promise<string> {
  const { body } = await world.client.aws("kms", "TrentService.CreateKey", {});
  const { KeyMetadata } = Object(body);
  return KeyMetadata.Arn;
}

/** What IAM has of the role. */
class Role {
  constructor(private readonly world: World) {}

  async #lists(Action: string, element: string): Promise<string[]> {
    const { text } = await this.world.client.query("iam", { Version: "2010-05-08", Action, RoleName: ROLE });
    return [...text.matchAll(new RegExp(`<${element}>([^<]+)</${element}>`, "g"))].map(([, found = ""]) => found);
  }

  inline(): Promise<string[]> {
    return this.#lists("ListRolePolicies", "member");
  }

  attached(): Promise<string[]> {
    return this.#lists("ListAttachedRolePolicies", "PolicyArn");
  }

  /** Reads as a program with the role does. */
  async reader(): Promise<(secret: string) => Promise<string>> {
    const { text } = await this.world.client.query("sts", {
      Version: "2011-06-15",
      Action: "AssumeRole",
      RoleArn: `arn:aws:iam::123456789012:role/${ROLE}`,
      RoleSessionName: "reader",
    });
    const part = (name: string) => new RegExp(`<${name}>([^<]+)<`).exec(text)?.[1] ?? "";
    const client = new SecretsManagerClient({
      endpoint: this.world.variable("AWS_ENDPOINT_URL"),
      region: "us-east-1",
      credentials: {
        accessKeyId: part("AccessKeyId"),
        secretAccessKey: part("SecretAccessKey"),
        sessionToken: part("SessionToken"),
      },
    });
    return async (SecretId) => {
      const answer = await client.send(new GetSecretValueCommand({ SecretId })).catch((error: Error) => error);
      return answer instanceof Error ? answer.name : "read";
    };
  }
}

test("a role reads sixty keys, a quarter of them with KMS keys, by policies that grow and shrink with them", async () => {
  // GIVEN
  const keysOf = (count: number, kmsKeyArns: readonly string[]) =>
    Object.fromEntries(
      namesOf(count).map((name, at) => {
        const kmsKeyArn = kmsKeyArns[at];
        return [name, kmsKeyArn === undefined ? {} : { kmsKeyArn }];
      }),
    );
  const world = await World.start();
  let deployment: Deployment | undefined;
  try {
    const kmsKeys = await Promise.all(Array.from({ length: WITH_KMS }, () => madeKmsKey(world)));
    deployment = await Deployment.start({
      world,
      keys: keysOf(MANY, kmsKeys),
      more: (stack, _, keys) => {
        const role = new IamRole(stack, "gateway", { name: ROLE, assumeRolePolicy: ASSUMED_BY_THE_ACCOUNT });
        for (const key of Object.values(keys)) key.grants.read(role);
      },
    });
    const role = new Role(world);
    const readable = async () => {
      const read = await role.reader();
      const answers = await Promise.all(
        namesOf(MANY).map((name) => read(deployment?.secretName(name) ?? "").then((said) => [name, said] as const)),
      );
      return answers.filter(([, said]) => said === "read").map(([name]) => name);
    };

    // WHEN
    await deployment.init();
    await deployment.apply();

    // THEN
    expect(await role.inline()).toHaveLength(1);
    expect((await role.attached()).length).toBeGreaterThanOrEqual(1);
    expect((await role.attached()).length).toBeLessThanOrEqual(8);
    expect(await readable()).toEqual(namesOf(MANY));
    expect((await deployment.plan()).exitCode).toBe(0);

    // WHEN
    deployment.resynth({ keys: keysOf(FEW, kmsKeys) });
    await deployment.apply();

    // THEN
    expect(await role.inline()).toHaveLength(1);
    expect(await role.attached()).toEqual([]);
    expect(await readable()).toEqual(namesOf(FEW));
    expect((await deployment.plan()).exitCode).toBe(0);

    // WHEN it grows again
    deployment.resynth({ keys: keysOf(MANY, kmsKeys) });
    await deployment.apply();

    // THEN
    expect(await readable()).toEqual(namesOf(MANY));
    expect((await deployment.plan()).exitCode).toBe(0);

    // WHEN
    await deployment.destroy();

    // THEN
    expect(await deployment.stateList()).toEqual([]);
    expect(await world.liveVendorKeys()).toEqual([]);
  } finally {
    await deployment?.close();
    await world.stop();
  }
});
