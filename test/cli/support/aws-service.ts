import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { defined } from "../../../src/model/defined";
import type { KeyRecord } from "../../../src/model/key-record";

/** A secret as `ListSecrets` shows it; times in Unix seconds. */
export interface FixtureSecret {
  readonly Name: string;
  readonly ARN?: string;
  readonly Description?: string;
  readonly Tags?: ReadonlyArray<{ readonly Key: string; readonly Value: string }>;
  readonly RotationEnabled?: boolean;
  readonly RotationLambdaARN?: string;
  readonly NextRotationDate?: number;
  readonly LastAccessedDate?: number;
  readonly SecretVersionsToStages?: Readonly<Record<string, readonly string[]>>;
}

export interface Fixture {
  /** The servers' time, Unix milliseconds. */
  now: number;
  secrets: FixtureSecret[];
  /** Table -> prefix -> records; a text stands for a record that nobody can read. */
  tables: Record<string, Record<string, Array<KeyRecord | { readonly key: string; readonly body: string }>>>;
  /** Function -> its answer, or what it does. */
  functions: Record<string, unknown>;
  /** Operations that are refused, such as `Query`. */
  denied: Set<string>;
  /** Operations, and functions by their name, that never answer. */
  hanging?: Set<string>;
  /** Answers of further operations. */
  more?: (operation: string, input: Record<string, unknown>) => { status?: number; type?: string; body: unknown };
}

/** AWS as far as the commands read it: ledger tables, secrets without values, functions. */
export class AwsService {
  readonly calls: string[] = [];
  readonly #server: Server;

  private constructor(readonly fixture: Fixture) {
    this.#server = createServer((request, response) => {
      let text = "";
      request.on("data", (data) => {
        text += data;
      });
      request.on("end", () => {
        const target = String(request.headers["x-amz-target"] ?? "").split(".")[1];
        const operation = target ?? "Invoke";
        const called = /functions\/([^/]+)\/invocations/.exec(request.url ?? "")?.[1] ?? operation;
        if (fixture.hanging?.has(operation) || fixture.hanging?.has(called)) return;
        const answer = this.#answer(operation, request.url ?? "", JSON.parse(text === "" ? "{}" : text));
        response.writeHead(answer.status ?? 200, {
          "content-type": "application/x-amz-json-1.1",
          date: new Date(fixture.now).toUTCString(),
          ...defined({ "x-amzn-errortype": answer.type }),
        });
        response.end(JSON.stringify(answer.body));
      });
    });
  }

  static async start(fixture: Fixture): Promise<AwsService> {
    const service = new AwsService(fixture);
    await new Promise<void>((resolve) => service.#server.listen(0, "127.0.0.1", resolve));
    return service;
  }

  /** For the SDK's clients in this process. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: "a",
      AWS_SECRET_ACCESS_KEY: "b",
      AWS_REGION: "eu-central-1",
      AWS_MAX_ATTEMPTS: "1",
    };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(operation: string, url: string, input: Record<string, unknown>): ReturnType<NonNullable<Fixture["more"]>> {
    this.calls.push(operation);
    const { denied, secrets, tables, functions, more } = this.fixture;
    if (denied.has(operation)) return refused("AccessDeniedException");
    switch (operation) {
      case "ListSecrets": {
        const filter = input["Filters"] as Array<{ Values: string[] }> | undefined;
        const start = filter?.[0]?.Values[0] ?? "";
        const found = secrets.filter(({ Name }) => Name.startsWith(start));
        // Pages of two, so that every test reads more than one.
        const from = Number(input["NextToken"] ?? 0);
        const NextToken = from + 2 < found.length ? { NextToken: String(from + 2) } : {};
        return { body: { SecretList: found.slice(from, from + 2), ...NextToken } };
      }
      case "DescribeSecret": {
        const secret = secrets.find(({ Name, ARN }) => input["SecretId"] === Name || input["SecretId"] === ARN);
        if (secret === undefined) return refused("ResourceNotFoundException");
        return { body: { ...secret, VersionIdsToStages: secret.SecretVersionsToStages } };
      }
      case "Query": {
        const table = tables[String(input["TableName"])];
        if (table === undefined) return refused("ResourceNotFoundException");
        const { ":pk": pk } = input["ExpressionAttributeValues"] as { ":pk": { S: string } };
        const Items = (table[pk.S] ?? []).map((record) => ({
          pk,
          sk: { S: `key#${record.key}` },
          guard: { N: "1" },
          body: { S: "body" in record ? record.body : JSON.stringify(record) },
        }));
        return { body: { Items } };
      }
      case "Invoke": {
        const name = /functions\/([^/]+)\/invocations/.exec(url)?.[1] ?? "";
        return name in functions ? { body: functions[name] } : refused("ResourceNotFoundException");
      }
      default:
        return more?.(operation, input) ?? refused("UnknownOperationException");
    }
  }
}

function refused(type: string) {
  return { status: 400, type, body: { __type: type, message: "refused" } };
}
