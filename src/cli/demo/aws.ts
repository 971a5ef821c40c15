import {
  DescribeSecretCommand,
  type DescribeSecretCommandOutput,
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { isNotIssued, parseSecretPayload, type SecretPayload } from "../../model/secret-payload";
import { Unexpected } from "./expectation";

/** Secrets Manager as an application meets it. */
export class Secrets {
  readonly #client: SecretsManagerClient;

  constructor(environment: Readonly<Record<string, string>>) {
    this.#client = new SecretsManagerClient({
      endpoint: environment["AWS_ENDPOINT_URL"] ?? "",
      region: environment["AWS_REGION"] ?? "",
      credentials: {
        accessKeyId: environment["AWS_ACCESS_KEY_ID"] ?? "",
        secretAccessKey: environment["AWS_SECRET_ACCESS_KEY"] ?? "",
      },
    });
  }

  describe(name: string): Promise<DescribeSecretCommandOutput> {
    return this.#client.send(new DescribeSecretCommand({ SecretId: name }));
  }

  async payload(name: string): Promise<SecretPayload> {
    const { SecretString } = await this.#client.send(new GetSecretValueCommand({ SecretId: name }));
    const payload = parseSecretPayload(SecretString ?? "");
    if (payload === undefined) throw new Unexpected(`a key in the secret ${name}`, "something else");
    return payload;
  }

  /** Whether the version before the one in use says that nothing was issued yet. */
  async beganUnissued(name: string): Promise<boolean> {
    const command = new GetSecretValueCommand({ SecretId: name, VersionStage: "AWSPREVIOUS" });
    const { SecretString } = await this.#client.send(command);
    return isNotIssued(SecretString ?? "");
  }

  /** How many secrets have a name that starts with the prefix. */
  async count(prefix: string): Promise<number> {
    const { SecretList = [] } = await this.#client.send(
      new ListSecretsCommand({ Filters: [{ Key: "name", Values: [prefix] }], MaxResults: 100 }),
    );
    return SecretList.length;
  }

  close(): void {
    this.#client.destroy();
  }
}
