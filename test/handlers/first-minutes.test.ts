import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { DescribeSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { FIRST_MINUTES, FirstMinutes } from "../../src/handlers/first-minutes";
import { RecordingTelemetry } from "../support/engine";

const DENIED = {
  status: 400,
  body: { __type: "AccessDeniedException", message: "no identity-based policy allows it" },
};
const UNKNOWN_CALLER = { status: 400, body: { __type: "UnrecognizedClientException", message: "invalid token" } };
const FORBIDDEN = { status: 403, body: { message: "forbidden" } };
const ABSENT = { status: 400, body: { __type: "ResourceNotFoundException", message: "no such secret" } };
const DONE = { status: 200, body: { Name: "a", Item: {} } };

type Answer = typeof DONE | typeof DENIED | typeof FORBIDDEN;

/** AWS's own clients, on a server that answers as told. */
describe("IAM's first minutes", () => {
  let server: Server;
  let answers: Answer[];
  let otherwise: Answer;
  let asked: number;
  let now: number;
  let left: number;
  let telemetry: RecordingTelemetry;
  let firstMinutes: FirstMinutes;
  let secrets: SecretsManagerClient;
  let dynamo: DynamoDBClient;

  const describeSecret = () => secrets.send(new DescribeSecretCommand({ SecretId: "a" }));
  const getItem = () => dynamo.send(new GetItemCommand({ TableName: "a", Key: { pk: { S: "a" } } }));

  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume().on("end", () => {
        asked += 1;
        const { status, body } = answers.shift() ?? otherwise;
        response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => server.close());

  beforeEach(() => {
    answers = [];
    otherwise = DONE;
    asked = 0;
    now = 0;
    left = 600_000;
    telemetry = new RecordingTelemetry();
    firstMinutes = new FirstMinutes({
      now: () => now,
      sleep: async (millis) => {
        now += millis;
      },
    });
    firstMinutes.within({ remainingMillis: () => left - now, telemetry });
    const config = {
      region: "eu-central-1",
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" },
    };
    secrets = new SecretsManagerClient(config);
    secrets.middlewareStack.add(firstMinutes.of("Secrets Manager"), FIRST_MINUTES);
    dynamo = new DynamoDBClient(config);
    dynamo.middlewareStack.add(firstMinutes.of("DynamoDB"), FIRST_MINUTES);
  });
  afterEach(() => {
    secrets.destroy();
    dynamo.destroy();
  });

  test("a service that refuses a function which was just made is asked until it knows it, and each wait is told", async () => {
    // GIVEN
    answers = [DENIED, UNKNOWN_CALLER, FORBIDDEN];

    // WHEN
    await expect(describeSecret()).resolves.toMatchObject({ Name: "a" });

    // THEN
    expect(asked).toBe(4);
    expect(telemetry.lines.map(({ service, reason }) => [service, reason])).toEqual([
      ["Secrets Manager", "AccessDeniedException"],
      ["Secrets Manager", "UnrecognizedClientException"],
      ["Secrets Manager", expect.any(String)],
    ]);
  });

  test.each([
    ["an answer", DONE],
    ["another error", ABSENT],
  ])("a refusal is one at once after %s of the same service", async (_, first) => {
    answers = [first];
    await describeSecret().catch(() => undefined);
    otherwise = DENIED;
    await expect(describeSecret()).rejects.toMatchObject({ name: "AccessDeniedException" });
    expect(asked).toBe(2);
    expect(now).toBe(0);
  });

  test("each service is one of its own", async () => {
    await describeSecret();
    answers = [DENIED];
    await getItem();
    expect(asked).toBe(3);
  });

  test("a right that is missing is missing in the end, and from then on at once", async () => {
    // GIVEN
    otherwise = DENIED;

    // WHEN
    await expect(describeSecret()).rejects.toMatchObject({ name: "AccessDeniedException" });

    // THEN
    expect(now).toBeGreaterThan(30_000);
    expect(now).toBeLessThanOrEqual(45_000);
    const before = { asked, now };
    await expect(describeSecret()).rejects.toMatchObject({ name: "AccessDeniedException" });
    expect({ asked, now }).toEqual({ asked: before.asked + 1, now: before.now });
  });

  test("a run that has little time left waits no longer than it can, and the next run goes on", async () => {
    // GIVEN
    otherwise = DENIED;
    left = 20_000;
    await expect(describeSecret()).rejects.toMatchObject({ name: "AccessDeniedException" });
    expect(now).toBeLessThanOrEqual(5_000);

    // WHEN
    const next = now;
    firstMinutes.within({ remainingMillis: () => 600_000 + next - now, telemetry });
    answers = [DENIED];
    otherwise = DONE;

    // THEN
    await describeSecret();
  });

  test("nothing is waited for without a run, and where no answer came", async () => {
    // GIVEN
    otherwise = DENIED;
    const alone = new FirstMinutes();
    secrets.middlewareStack.remove(FIRST_MINUTES.name);
    secrets.middlewareStack.add(alone.of("Secrets Manager"), FIRST_MINUTES);
    await expect(describeSecret()).rejects.toMatchObject({ name: "AccessDeniedException" });
    expect(asked).toBe(1);

    // WHEN
    const unreachable = firstMinutes.of("nowhere")(async () => {
      throw new Error("ECONNREFUSED");
    });

    // THEN
    await expect(unreachable({})).rejects.toThrow("ECONNREFUSED");
    expect(now).toBe(0);
  });
});
