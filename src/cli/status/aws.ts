import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ServerClock } from "../../engine/middleware/server-clock";
import type { KmsKeys } from "../../engine/ports";
import { learnTime, SERVER_TIME } from "../../handlers/server-time";
import { Table } from "../../ledger/table";
import { AwsKmsKeys } from "../../secrets/aws-kms-keys";
import { noRegion } from "../operator-commands/errors";

export interface Aws {
  readonly secrets: SecretsManagerClient;
  /** The signal ends what is under way. */
  readonly table: (name: string, signal: AbortSignal) => Table;
  readonly kmsKeys: (signal: AbortSignal) => KmsKeys;
  /** The servers' time, once something was read. */
  readonly clock: ServerClock;
}

/** Region, credentials and endpoint as for the AWS CLI, where they are not given. Throws SK307. */
export async function connectAws(region: string | undefined): Promise<Aws> {
  const clock = new ServerClock();
  const options = region === undefined ? {} : { region };
  const secrets = new SecretsManagerClient(options);
  const dynamo = new DynamoDBClient(options);
  await secrets.config.region().catch(() => {
    throw noRegion();
  });
  secrets.middlewareStack.add(learnTime(clock), SERVER_TIME);
  dynamo.middlewareStack.add(learnTime(clock), SERVER_TIME);
  return {
    secrets,
    table: (name, signal) => new Table(dynamo, name, signal),
    kmsKeys: (signal) => new AwsKmsKeys(region, signal),
    clock,
  };
}
