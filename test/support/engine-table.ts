import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Table } from "../../src/ledger/table";
import { Moto } from "../../src/sandbox/aws/moto";
import { LoopbackServer } from "../../src/sandbox/http";
import { ProcessGuard } from "../../src/sandbox/processes/process-guard";
import { findMoto, installMoto } from "../../src/sandbox/toolchain/moto";
import type { Clock } from "../../src/sandbox/vendors/simulator";
import { OPEN_DOOR } from "./open-door";

export const TABLE = "ledger";
export const CREDENTIALS = { accessKeyId: "sandbox", secretAccessKey: "sandbox" };

export interface TableHarness {
  /** Endpoint of DynamoDB; its answers carry the clock's time. */
  readonly url: string;
  readonly client: DynamoDBClient;
  readonly table: Table;
  /** Operations that arrived, e.g. `PutItem`. */
  readonly operations: string[];
  /** The next such operation happens, and its answer is lost. */
  loseReplyTo(operation: string): void;
  close(): Promise<void>;
}

/**
 * The ledger's table as the constructs render it, on DynamoDB as moto answers for it. Where the
 * clock is far from the machine's, AWS's client corrects its own, and for that sends refused writes
 * again.
 */
export async function startTable(clock: Clock): Promise<TableHarness> {
  const guard = new ProcessGuard();
  const operations: string[] = [];
  const losses: string[] = [];
  let last: Promise<unknown> = Promise.resolve();
  const { platform, arch, env: environment } = process;
  const machine = { projectRoot: join(__dirname, "../.."), environment, platform, arch };
  const moto = await Moto.start((await findMoto(machine)) ?? (await installMoto(machine)), guard, environment);
  const server = await LoopbackServer.start(clock, OPEN_DOOR, async (request) => {
    const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
    operations.push(operation);
    // One at a time: moto checks a condition and writes in two steps, where DynamoDB takes one.
    const answered = last.then(() => moto.forward(request));
    last = answered.catch(() => undefined);
    const reply = await answered;
    if (losses[0] !== operation) return reply;
    losses.shift();
    // To the client a 500 is as good as silence: it sends the same again, and sooner.
    return { status: 500, headers: { "content-type": "application/x-amz-json-1.0" }, body: "{}" };
  });
  const client = new DynamoDBClient({ endpoint: server.url, region: "us-east-1", credentials: CREDENTIALS });
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    }),
  );
  return {
    url: server.url,
    client,
    table: new Table(client, TABLE),
    operations,
    loseReplyTo: (operation) => losses.push(operation),
    close: async () => {
      client.destroy();
      await server.close();
      await guard.stop();
    },
  };
}
