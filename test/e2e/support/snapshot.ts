import { DescribeSecretCommand, GetResourcePolicyCommand, ListSecretsCommand } from "@aws-sdk/client-secrets-manager";
import type { Deployment } from "./deployment";
import { ledgerItems } from "./ledger";

/** All that the controller could change, to be compared before and after. */
export interface Snapshot {
  readonly vendorKeys: readonly unknown[];
  readonly serviceAccounts: readonly unknown[];
  /** By name of the secret. */
  readonly secrets: Readonly<Record<string, unknown>>;
  /** Records by name of the key, without the count of turns and leases. */
  readonly records: Readonly<Record<string, string>>;
}

/** Key objects hold their scopes only with the simulator's setting `showScopesInList`. */
export async function takeSnapshot(deployment: Deployment): Promise<Snapshot> {
  const { world } = deployment;
  const vendorKeys: unknown[] = [];
  const keys = world.openai.admin.organization.projects.apiKeys.list(world.projectId, { owner_project_access: "any" });
  for await (const { last_used_at: _, ...key } of keys) vendorKeys.push(key);
  const secrets: Record<string, unknown> = {};
  const { SecretList } = await world.secrets.send(new ListSecretsCommand({ MaxResults: 100 }));
  for (const { Name: SecretId = "" } of SecretList ?? []) {
    const secret = await world.secrets.send(new DescribeSecretCommand({ SecretId }));
    const policy = await world.secrets.send(new GetResourcePolicyCommand({ SecretId }));
    const { VersionIdsToStages, RotationEnabled, RotationRules, DeletedDate } = secret;
    secrets[SecretId] = {
      VersionIdsToStages,
      RotationEnabled,
      RotationRules,
      DeletedDate,
      policy: policy.ResourcePolicy,
    };
  }
  const records = (await ledgerItems(deployment)).filter(({ sk }) => sk.startsWith("key#"));
  return {
    vendorKeys,
    serviceAccounts: await world.serviceAccounts(),
    secrets,
    records: Object.fromEntries(records.map(({ sk, body }) => [sk.slice("key#".length), body])),
  };
}
