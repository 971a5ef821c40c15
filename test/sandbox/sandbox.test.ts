import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { DynamoDBClient, GetItemCommand, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import {
  CancelKeyDeletionCommand,
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { type Sandbox, startSandbox } from "../../src/sandbox";
import { CALL_AWS, SandboxClient, zipOf } from "./support/sandbox-client";
import { testTools } from "./support/tools";

const HOUR_MILLIS = 3_600_000;
const ECHO = "exports.handler = async (event) => ({ event, now: Date.now() });";

describe("sandbox", () => {
  let sandbox: Sandbox;
  let client: SandboxClient;
  let aws: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  beforeAll(async () => {
    sandbox = await startSandbox({
      tools: await testTools(),
      inherited: {
        ...process.env,
        AWS_PROFILE: "real",
        AWS_ENDPOINT_URL_S3: "https://real",
        OPENAI_API_KEY: "sk-real",
      },
    });
    client = new SandboxClient(sandbox);
    aws = {
      endpoint: sandbox.environment["AWS_ENDPOINT_URL"] ?? "",
      region: "us-east-1",
      credentials: {
        accessKeyId: sandbox.environment["AWS_ACCESS_KEY_ID"] ?? "",
        secretAccessKey: sandbox.environment["AWS_SECRET_ACCESS_KEY"] ?? "",
      },
    };
  }, 60_000);
  afterAll(async () => {
    await sandbox?.stop();
  });
  beforeEach(() => client.control("DELETE", "/faults"));

  describe("environment", () => {
    test("leads to the sandbox and nowhere else", () => {
      expect(sandbox.environment).toMatchObject({
        AWS_REGION: "us-east-1",
        AWS_EC2_METADATA_DISABLED: "true",
        SANDBOX_URL: sandbox.url,
        SANDBOX_OPENAI_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/v1$/),
        OPENAI_PROJECT_ID: expect.stringMatching(/^proj_/),
        HOME: process.env["HOME"],
      });
      for (const name of ["AWS_PROFILE", "AWS_ENDPOINT_URL_S3", "AWS_SESSION_TOKEN", "OPENAI_API_KEY"]) {
        expect(sandbox.environment).not.toHaveProperty(name);
      }
    });

    test("has the vendor's admin key in Secrets Manager", async () => {
      // WHEN
      const secret = await new SecretsManagerClient(aws).send(
        new GetSecretValueCommand({ SecretId: "ai/admin/openai" }),
      );
      // THEN
      expect(secret.SecretString === sandbox.environment["SANDBOX_OPENAI_ADMIN_KEY"]).toBe(true);
    });
  });

  describe("front", () => {
    test("passes on to moto what is not its own, and tells simulated time on every answer", async () => {
      // GIVEN
      await sandbox.advance("P1D");
      // WHEN
      const tables = await new DynamoDBClient(aws).send(new ListTablesCommand({}));
      const rule = await client.aws("events", "AWSEvents.ListRules", {});
      const functions = await client.lambda("GET", "/2015-03-31/functions");
      // THEN
      expect(tables.TableNames).toEqual([]);
      for (const { headers } of [rule, functions]) {
        expect(Math.abs(Date.parse(headers.get("date") ?? "") - sandbox.now().getTime())).toBeLessThan(60_000);
      }
    });

    test("serves whoever signs with a key that AWS hands out: of a role that was taken, of a user that was made", async () => {
      // GIVEN
      const role = { RoleArn: "arn:aws:iam::123456789012:role/any", RoleSessionName: "session" };
      await client.query("iam", { Action: "CreateUser", Version: "2010-05-08", UserName: "maker" });
      const answers = await Promise.all([
        client.query("sts", { Action: "AssumeRole", Version: "2011-06-15", ...role }),
        client.query("iam", { Action: "CreateAccessKey", Version: "2010-05-08", UserName: "maker" }),
      ]);
      for (const { text } of answers) {
        const member = (name: string) => new RegExp(`<${name}>([^<]+)<`).exec(text)?.[1] ?? "";
        const credentials = { accessKeyId: member("AccessKeyId"), secretAccessKey: member("SecretAccessKey") };
        // WHEN
        const tables = await new DynamoDBClient({ ...aws, credentials }).send(new ListTablesCommand({}));
        // THEN
        expect(tables.TableNames).toEqual([]);
      }
    });

    test("answers unknown operations with an error and never with success", async () => {
      const lambda = await client.lambda("GET", "/2015-03-31/event-source-mappings");
      const secrets = await client.aws("secretsmanager", "secretsmanager.NoSuchThing", {});
      expect(lambda).toMatchObject({ status: 400, body: { message: expect.stringContaining("does not implement") } });
      expect(lambda.headers.get("x-amzn-errortype")).toBe("UnknownOperationException");
      expect(secrets.status).toBe(400);
    });
  });

  describe("IAM", () => {
    const iam = async (Action: string, parameters: Record<string, string> = {}) => {
      const { status, text } = await client.query("iam", { Action, Version: "2010-05-08", ...parameters });
      const element = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
      return { status, text, element, refusal: [status, element("Code"), element("Message")] };
    };
    /** Of so many characters, with whitespace that does not count. */
    const policyOf = (length: number) => {
      const statement = (Sid: string) => ({ Sid, Effect: "Allow", Action: "s3:GetObject", Resource: "*" });
      const empty = JSON.stringify({ Version: "2012-10-17", Statement: [statement("")] }).length;
      return JSON.stringify({ Version: "2012-10-17", Statement: [statement("a".repeat(length - empty))] }, null, 8);
    };
    const trust = (length: number) => {
      const statement = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
      const empty = JSON.stringify({ Version: "2012-10-17", Statement: [{ Sid: "", ...statement }] }).length;
      return JSON.stringify({ Version: "2012-10-17", Statement: [{ Sid: "a".repeat(length - empty), ...statement }] });
    };

    test("inline policies of a role have 10,240 characters together, of a user 2,048", async () => {
      const role = { RoleName: "sized" };
      await iam("CreateRole", { ...role, AssumeRolePolicyDocument: trust(200) });
      const put = (PolicyName: string, length: number) =>
        iam("PutRolePolicy", { ...role, PolicyName, PolicyDocument: policyOf(length) });
      expect((await put("one", 6_000)).status).toBe(200);
      expect((await put("two", 4_240)).status).toBe(200);
      // The same one again takes its own place.
      expect((await put("two", 4_240)).status).toBe(200);
      expect((await put("two", 4_241)).refusal).toEqual([
        409,
        "LimitExceeded",
        "Maximum policy size of 10240 bytes exceeded for role sized",
      ]);
      await iam("CreateUser", { UserName: "sized" });
      const user = { UserName: "sized", PolicyName: "p", PolicyDocument: policyOf(2_049) };
      expect((await iam("PutUserPolicy", user)).refusal.slice(0, 2)).toEqual([409, "LimitExceeded"]);
    });

    test.each<[string, Record<string, string>, number, string]>([
      ["CreateRole", { RoleName: "trusting", AssumeRolePolicyDocument: trust(2_049) }, 409, "LimitExceeded"],
      ["CreatePolicy", { PolicyName: "large", PolicyDocument: policyOf(6_145) }, 409, "LimitExceeded"],
      ["CreateRole", { RoleName: "r".repeat(65), AssumeRolePolicyDocument: trust(200) }, 400, "ValidationError"],
      ["CreatePolicy", { PolicyName: "p".repeat(129), PolicyDocument: policyOf(200) }, 400, "ValidationError"],
      [
        "CreateRole",
        { RoleName: "told", Description: "d".repeat(1_001), AssumeRolePolicyDocument: trust(200) },
        400,
        "ValidationError",
      ],
    ])("%s refuses what is too long", async (action, parameters, status, code) => {
      expect((await iam(action, parameters)).refusal.slice(0, 2)).toEqual([status, code]);
    });

    test("what is just long enough is taken, and a role has ten managed policies", async () => {
      const role = { RoleName: "attached" };
      expect((await iam("CreateRole", { ...role, AssumeRolePolicyDocument: trust(2_048) })).status).toBe(200);
      const arns: string[] = [];
      for (let n = 0; n < 11; n++) {
        const made = await iam("CreatePolicy", { PolicyName: `managed-${n}`, PolicyDocument: policyOf(6_144) });
        arns.push(made.element("Arn") ?? "");
      }
      for (const PolicyArn of arns.slice(0, 10)) {
        expect((await iam("AttachRolePolicy", { ...role, PolicyArn })).status).toBe(200);
      }
      expect((await iam("AttachRolePolicy", { ...role, PolicyArn: arns[10] ?? "" })).refusal).toEqual([
        409,
        "LimitExceeded",
        "Cannot exceed quota for PoliciesPerRole: 10",
      ]);
    });

    test("any user gets keys of Bedrock, which open what the user's policies do until they are reset or deleted", async () => {
      // GIVEN
      const user = { UserName: "app" };
      const service = { ServiceName: "bedrock.amazonaws.com" };
      expect((await iam("CreateServiceSpecificCredential", { ...user, ...service })).element("Code")).toBe(
        "NoSuchEntity",
      );
      await iam("CreateUser", user);
      const made = await iam("CreateServiceSpecificCredential", { ...user, ...service });
      const credential = { ...user, ServiceSpecificCredentialId: made.element("ServiceSpecificCredentialId") ?? "" };
      const converse = async (key: string | undefined) => {
        const url = `${sandbox.environment["SANDBOX_BEDROCK_URL"]}/model/amazon.nova-lite-v1%3A0/converse`;
        const body = JSON.stringify({ messages: [{ role: "user", content: [{ text: "Hello?" }] }] });
        return (await fetch(url, { method: "POST", headers: { authorization: `Bearer ${key}` }, body })).status;
      };
      const value = made.element("ServiceCredentialSecret");
      expect(await converse(value)).toBe(403);
      // WHEN
      const Statement = [
        {
          Effect: "Allow",
          Action: "bedrock:*",
          Resource: "*",
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ];
      const inline = { ...user, PolicyName: "p" };
      await iam("PutUserPolicy", { ...inline, PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }) });
      expect(await converse(value)).toBe(403);
      await iam("PutUserPolicy", {
        ...inline,
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: "bedrock:*", Resource: "*" }],
        }),
      });
      // THEN
      expect(await converse(value)).toBe(200);
      // AWS's own client, with its own address of AWS, in HTTP/2
      const bedrock = new BedrockRuntimeClient({
        endpoint: aws.endpoint,
        region: "us-east-1",
        token: { token: value ?? "" },
        authSchemePreference: ["httpBearerAuth"],
      });
      const command = new ConverseCommand({
        modelId: "amazon.nova-lite-v1:0",
        messages: [{ role: "user", content: [{ text: "Hello?" }] }],
      });
      expect((await bedrock.send(command)).stopReason).toBe("end_turn");
      // WHEN
      const reset = await iam("ResetServiceSpecificCredential", credential);
      // THEN
      expect(await converse(value)).toBe(403);
      await expect(bedrock.send(command)).rejects.toThrow();
      bedrock.destroy();
      expect(await converse(reset.element("ServiceCredentialSecret"))).toBe(200);
      expect((await iam("ListServiceSpecificCredentials", user)).text).toContain(
        credential.ServiceSpecificCredentialId,
      );
      expect(JSON.stringify(sandbox.journal())).not.toContain(reset.element("ServiceCredentialSecret"));
      // WHEN
      expect((await iam("DeleteUser", user)).element("Code")).toBe("DeleteConflict");
      await iam("DeleteServiceSpecificCredential", credential);
      // THEN
      expect(await converse(reset.element("ServiceCredentialSecret"))).toBe(403);
      await iam("DeleteUserPolicy", inline);
      expect((await iam("DeleteUser", user)).status).toBe(200);
      expect((await iam("GetUser", user)).status).toBe(404);
    });
  });

  describe("Lambda", () => {
    test("creates, describes, changes and deletes functions", async () => {
      // WHEN
      const created = await client.createFunction("life", ECHO, { Timeout: 9, Tags: { team: "search" } });
      const again = await client.createFunction("life", ECHO);
      const changed = await client.lambda("PUT", "/2015-03-31/functions/life/code", {
        ZipFile: zipOf("exports.handler = async () => 'two';"),
      });
      const answer = await client.invoke("life");
      const read = await client.lambda("GET", "/2015-03-31/functions/life");
      const deleted = await client.lambda("DELETE", "/2015-03-31/functions/life");
      const gone = await client.lambda("GET", "/2015-03-31/functions/life");
      // THEN
      expect(created).toMatchObject({
        status: 201,
        body: {
          FunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:life",
          CodeSha256: createHash("sha256")
            .update(Buffer.from(zipOf(ECHO), "base64"))
            .digest("base64"),
          State: "Active",
          Timeout: 9,
          MemorySize: 128,
          Version: "$LATEST",
        },
      });
      expect(again).toMatchObject({ status: 409 });
      expect(again.headers.get("x-amzn-errortype")).toBe("ResourceConflictException");
      expect(changed.status).toBe(200);
      expect(answer).toMatchObject({ status: 200, body: "two" });
      expect(read.body).toMatchObject({ Configuration: { Timeout: 9 }, Tags: { team: "search" } });
      expect(deleted.status).toBe(204);
      expect(gone).toMatchObject({
        status: 404,
        body: { message: expect.stringContaining("Function not found: arn:") },
      });
    });

    test.each([
      ["a runtime that is not Node.js", { Runtime: "python3.12" }],
      ["a zip that is none", { Code: { ZipFile: "bm8gemlw" } }],
      ["a reserved variable", { Environment: { Variables: { AWS_REGION: "eu-west-1" } } }],
      ["too many variables", { Environment: { Variables: { BIG: "x".repeat(5_000) } } }],
      ["a timeout beyond 15 minutes", { Timeout: 901 }],
      ["layers", { Layers: ["arn:aws:lambda:us-east-1:1:layer:x:1"] }],
    ])("refuses %s", async (_what, changes) => {
      const answer = await client.createFunction("refused", ECHO, changes);
      expect(answer.status).toBe(400);
      expect(answer.headers.get("x-amzn-errortype")).toBe("InvalidParameterValueException");
    });

    test("invokes with result, error flag and log tail; as an event; and refuses what is no JSON", async () => {
      // GIVEN
      await client.createFunction(
        "invoked",
        `exports.handler = async (event) => { console.log("hello from", event.n); if (event.bad) throw new Error("bad"); return event.n; };`,
      );
      // WHEN
      const good = await client.invoke("invoked", { n: 1 }, { "x-amz-log-type": "Tail" });
      const bad = await client.invoke("invoked", { bad: true });
      const event = await client.invoke("invoked", { n: 3 }, { "x-amz-invocation-type": "Event" });
      const nonsense = await client.invoke("invoked", "{nonsense");
      await sandbox.advance("PT1S");
      // THEN
      expect(good).toMatchObject({ status: 200, body: 1 });
      expect(good.headers.get("x-amz-function-error")).toBeNull();
      expect(good.headers.get("x-amz-executed-version")).toBe("$LATEST");
      expect(Buffer.from(good.headers.get("x-amz-log-result") ?? "", "base64").toString()).toContain("hello from 1");
      expect(bad).toMatchObject({ status: 200, body: { errorType: "Error", errorMessage: "bad" } });
      expect(bad.headers.get("x-amz-function-error")).toBe("Unhandled");
      expect(event).toMatchObject({ status: 202, body: undefined });
      expect(nonsense.headers.get("x-amzn-errortype")).toBe("InvalidRequestContentException");
      expect(sandbox.logs("invoked").map(({ line }) => line)).toContain("hello from 3");
    });

    test("throttles beyond the reserved concurrency", async () => {
      // GIVEN
      await client.createFunction("one-only", "exports.handler = () => new Promise((r) => setTimeout(r, 400));");
      await client.lambda("PUT", "/2017-10-31/functions/one-only/concurrency", { ReservedConcurrentExecutions: 1 });
      // WHEN
      const answers = await Promise.all([client.invoke("one-only"), client.invoke("one-only")]);
      // THEN
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 429]);
    });

    test("publishes versions that do not change any more", async () => {
      // GIVEN
      await client.createFunction("versioned", "exports.handler = async () => 'first';");
      const published = await client.lambda("POST", "/2015-03-31/functions/versioned/versions", {});
      await client.lambda("PUT", "/2015-03-31/functions/versioned/code", {
        ZipFile: zipOf("exports.handler = async () => 'second';"),
      });
      // WHEN
      const latest = await client.invoke("versioned");
      const first = await client.lambda("POST", "/2015-03-31/functions/versioned/invocations?Qualifier=1", {});
      // THEN
      expect(published).toMatchObject({ status: 201, body: { Version: "1" } });
      expect([latest.body, first.body]).toEqual(["second", "first"]);
    });
  });

  describe("Lambda's streams", () => {
    const STREAM = `exports.handler = awslambda.streamifyResponse(async (event, stream) => {
      stream = awslambda.HttpResponseStream.from(stream, { statusCode: 200 });
      for (const word of event.words) {
        if (word === "fail") throw new Error("half way");
        stream.write(word);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      stream.end();
    });`;
    const streamed = async (FunctionName: string, event: unknown) => {
      const command = new InvokeWithResponseStreamCommand({ FunctionName, Payload: JSON.stringify(event) });
      const pieces: string[] = [];
      let end: unknown;
      for await (const { PayloadChunk, InvokeComplete } of (await new LambdaClient(aws).send(command)).EventStream ??
        []) {
        if (PayloadChunk?.Payload !== undefined) pieces.push(Buffer.from(PayloadChunk.Payload).toString());
        end = InvokeComplete ?? end;
      }
      return { pieces, end };
    };

    test("arrive piece by piece, with their head first; who asks for none gets the whole", async () => {
      // GIVEN
      await client.createFunction("streamer", STREAM);
      // WHEN
      const { pieces, end } = await streamed("streamer", { words: ["one ", "two"] });
      // THEN
      expect(pieces).toEqual([`{"statusCode":200}${"\0".repeat(8)}`, "one ", "two"]);
      expect(end).toEqual({});
      expect((await client.invoke("streamer", { words: ["one ", "two"] })).body).toBe(pieces.join(""));
    });

    test("that break off say why, after what came before", async () => {
      await client.createFunction("breaker", STREAM);
      const { pieces, end } = await streamed("breaker", { words: ["one ", "fail"] });
      expect(pieces.slice(1)).toEqual(["one "]);
      expect(end).toMatchObject({ ErrorCode: "Unhandled", ErrorDetails: expect.stringContaining("half way") });
    });

    test("of a function that answers as a whole are one piece", async () => {
      await client.createFunction("whole", ECHO);
      const { pieces, end } = await streamed("whole", 7);
      expect(pieces).toHaveLength(1);
      expect(JSON.parse(pieces[0] ?? "")).toMatchObject({ event: 7 });
      expect(end).toEqual({});
    });
  });

  describe("Lambda's own modules", () => {
    const LIST = "new DynamoDBClient({}).send(new ListTablesCommand({})).then(({ TableNames }) => TableNames)";
    const NAMES = "{ DynamoDBClient, ListTablesCommand }";

    test.each([
      [
        "CommonJS",
        "index.js",
        `const ${NAMES} = require("@aws-sdk/client-dynamodb"); exports.handler = () => ${LIST};`,
      ],
      [
        "ES modules",
        "index.mjs",
        `import ${NAMES} from "@aws-sdk/client-dynamodb"; export const handler = () => ${LIST};`,
      ],
    ])("AWS's clients are there for functions that bring none: %s", async (kind, file, source) => {
      const name = `brings-none-${kind.slice(0, 2)}`;
      await client.createFunction(name, "", { Code: { ZipFile: zipOf(source, file) } });
      expect((await client.invoke(name)).body).toEqual([]);
    });
  });

  describe("Lambda's aliases", () => {
    const WHO = "exports.handler = async (event, context) => [context.invokedFunctionArn, context.functionVersion];";
    const arn = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
    const aliases = (name: string, alias = "") => `/2015-03-31/functions/${name}/aliases${alias && `/${alias}`}`;

    test("are made, listed, changed and deleted, and point to $LATEST or to a version", async () => {
      // GIVEN
      await client.createFunction("aliased", WHO);
      await client.lambda("POST", "/2015-03-31/functions/aliased/versions", {});
      // WHEN
      const made = await client.lambda("POST", aliases("aliased"), { Name: "live", FunctionVersion: "$LATEST" });
      const again = await client.lambda("POST", aliases("aliased"), { Name: "live", FunctionVersion: "$LATEST" });
      const number = await client.lambda("POST", aliases("aliased"), { Name: "7", FunctionVersion: "$LATEST" });
      const nowhere = await client.lambda("POST", aliases("aliased"), { Name: "gone", FunctionVersion: "9" });
      const changed = await client.lambda("PUT", aliases("aliased", "live"), {
        FunctionVersion: "1",
        Description: "d",
      });
      const read = await client.lambda("GET", aliases("aliased", "live"));
      const described = await client.lambda("GET", "/2015-03-31/functions/aliased?Qualifier=live");
      const kept = await client.lambda("DELETE", "/2015-03-31/functions/aliased?Qualifier=1");
      const listed = await client.lambda("GET", aliases("aliased"));
      const deleted = await client.lambda("DELETE", aliases("aliased", "live"));
      const gone = await client.lambda("GET", aliases("aliased", "live"));
      // THEN
      expect(made).toMatchObject({
        status: 201,
        body: { AliasArn: `${arn("aliased")}:live`, Name: "live", FunctionVersion: "$LATEST", Description: "" },
      });
      expect([again.status, number.status, nowhere.status, kept.status]).toEqual([409, 400, 404, 409]);
      expect(changed).toMatchObject({ status: 200, body: { FunctionVersion: "1", Description: "d" } });
      expect(read.body).toEqual(changed.body);
      expect(described.body).toMatchObject({
        Configuration: { FunctionArn: `${arn("aliased")}:live`, Version: "1" },
      });
      expect(listed.body).toEqual({ Aliases: [changed.body] });
      expect([deleted.status, gone.status]).toEqual([204, 404]);
    });

    test("are what the function sees that it was called by, in one process with all its other names", async () => {
      // GIVEN
      await client.createFunction("seen", WHO);
      await client.lambda("POST", aliases("seen"), { Name: "operator", FunctionVersion: "$LATEST" });
      const invoke = (name: string) => client.lambda("POST", `/2015-03-31/functions/${name}`, {});
      // WHEN
      const answers = await Promise.all(
        [
          "seen/invocations",
          "seen:operator/invocations",
          "seen/invocations?Qualifier=operator",
          `${encodeURIComponent(`${arn("seen")}:operator`)}/invocations`,
          "seen:$LATEST/invocations",
        ].map(invoke),
      );
      const stranger = await invoke("seen:nobody/invocations");
      const two = await invoke("seen:operator/invocations?Qualifier=sweep");
      // THEN
      const operator = [`${arn("seen")}:operator`, "$LATEST"];
      expect(answers.map(({ body }) => body)).toEqual([
        [arn("seen"), "$LATEST"],
        operator,
        operator,
        operator,
        [`${arn("seen")}:$LATEST`, "$LATEST"],
      ]);
      expect(answers.map(({ headers }) => headers.get("x-amz-executed-version"))).toEqual(Array(5).fill("$LATEST"));
      expect([stranger.status, two.status]).toEqual([404, 400]);
    });

    test("follow the code of $LATEST, and go with the function", async () => {
      // GIVEN
      await client.createFunction("followed", "exports.handler = async () => 'first';");
      await client.lambda("POST", aliases("followed"), { Name: "live", FunctionVersion: "$LATEST" });
      const before = await client.invoke("followed:live");
      // WHEN
      await client.lambda("PUT", "/2015-03-31/functions/followed/code", {
        ZipFile: zipOf("exports.handler = async () => 'second';"),
      });
      const after = await client.invoke("followed:live");
      await client.lambda("DELETE", "/2015-03-31/functions/followed");
      await client.createFunction("followed", WHO);
      // THEN
      expect([before.body, after.body]).toEqual(["first", "second"]);
      expect((await client.invoke("followed:live")).status).toBe(404);
    });

    test("have policies of their own: a permission for one name opens no other, and none is given for $LATEST", async () => {
      // GIVEN
      await client.createFunction("guarded", WHO);
      await client.lambda("POST", aliases("guarded"), { Name: "sweep", FunctionVersion: "$LATEST" });
      const permit = (query: string) =>
        client.lambda("POST", `/2015-03-31/functions/guarded/policy${query}`, {
          StatementId: "events",
          Action: "lambda:InvokeFunction",
          Principal: "events.amazonaws.com",
        });
      const fire = async (targetArn: string) => {
        await client.aws("events", "AWSEvents.PutRule", { Name: "guarded", ScheduleExpression: "rate(1 hour)" });
        await client.aws("events", "AWSEvents.PutTargets", { Rule: "guarded", Targets: [{ Id: "1", Arn: targetArn }] });
        const { seq = 0 } = sandbox.journal().at(-1) ?? {};
        await sandbox.advance("PT1H");
        await client.aws("events", "AWSEvents.RemoveTargets", { Rule: "guarded", Ids: ["1"] });
        await client.aws("events", "AWSEvents.DeleteRule", { Name: "guarded" });
        return sandbox
          .journal({ since: seq, kind: "schedule" })
          .filter(({ operation }) => operation === "guarded")
          .map(({ outcome }) => outcome?.slice(0, 13));
      };
      // WHEN
      const latest = await permit("?Qualifier=$LATEST");
      const given = await permit("?Qualifier=sweep");
      const unqualified = await client.lambda("GET", "/2015-03-31/functions/guarded/policy");
      const qualified = await client.lambda("GET", "/2015-03-31/functions/guarded/policy?Qualifier=sweep");
      // THEN
      expect([latest.status, given.status, unqualified.status, qualified.status]).toEqual([400, 201, 404, 200]);
      expect(JSON.parse((qualified.body as { Policy: string }).Policy).Statement).toMatchObject([
        { Resource: `${arn("guarded")}:sweep` },
      ]);
      expect(await fire(`${arn("guarded")}:sweep`)).toEqual(["delivered"]);
      expect(await fire(arn("guarded"))).toEqual(["not delivered"]);
      const [run] = sandbox.journal({ kind: "lambda" }).filter(({ operation }) => operation === "guarded");
      expect(run).toMatchObject({ caller: "events", qualifier: "sweep" });
      // WHEN
      await client.lambda("DELETE", "/2015-03-31/functions/guarded/policy/events?Qualifier=sweep");
      // THEN
      expect(await fire(`${arn("guarded")}:sweep`)).toEqual(["not delivered"]);
    });
  });

  describe("clock", () => {
    test("fires an EventBridge rule each period at its own time, only while it is enabled and allowed", async () => {
      // GIVEN
      const created = await client.createFunction("swept", ECHO);
      const arn = (created.body as { FunctionArn: string }).FunctionArn;
      await client.aws("events", "AWSEvents.PutRule", { Name: "sweep", ScheduleExpression: "rate(1 hour)" });
      await client.aws("events", "AWSEvents.PutTargets", {
        Rule: "sweep",
        Targets: [{ Id: "1", Arn: arn, Input: '{"action":"sweep"}' }],
      });
      const start = sandbox.now().getTime();
      const { seq = 0 } = sandbox.journal().at(-1) ?? {};
      // WHEN
      await sandbox.advance("PT2H");
      await client.lambda("POST", "/2015-03-31/functions/swept/policy", {
        StatementId: "events",
        Action: "lambda:InvokeFunction",
        Principal: "events.amazonaws.com",
        SourceArn: "arn:aws:events:us-east-1:123456789012:rule/sweep",
      });
      await sandbox.advance("PT3H");
      await client.aws("events", "AWSEvents.DisableRule", { Name: "sweep" });
      await sandbox.advance("PT3H");
      // THEN
      const firings = sandbox.journal({ since: seq, kind: "schedule" });
      expect(firings.map(({ outcome }) => outcome?.slice(0, 13))).toEqual([
        "not delivered",
        "not delivered",
        "delivered",
        "delivered",
        "delivered",
      ]);
      const runs = sandbox.journal({ since: seq, kind: "lambda" });
      expect(runs).toHaveLength(3);
      runs.forEach(({ request, response, caller }, i) => {
        expect(caller).toBe("events");
        expect(request).toEqual({ action: "sweep" });
        const hours = ((response as { now: number }).now - start) / HOUR_MILLIS;
        expect(Math.abs(hours - (i + 3))).toBeLessThan(0.02);
      });
    });

    test("rotates a secret when its time has come, with the function in the order of the steps", async () => {
      // GIVEN
      const rotator = await client.createFunction(
        "rotator",
        `${CALL_AWS}
        exports.handler = async ({ Step, SecretId, ClientRequestToken }) => {
          const call = async (operation, input) => {
            const answer = await callAws("secretsmanager", "secretsmanager." + operation, input);
            if (!answer.ok) throw new Error(await answer.text());
            return answer.json();
          };
          if (Step === "createSecret") await call("PutSecretValue", { SecretId, ClientRequestToken, SecretString: "rotated-" + ClientRequestToken, VersionStages: ["AWSPENDING"] });
          if (Step === "finishSecret") {
            const { VersionIdsToStages } = await call("DescribeSecret", { SecretId });
            const current = Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id].includes("AWSCURRENT"));
            await call("UpdateSecretVersionStage", { SecretId, VersionStage: "AWSCURRENT", MoveToVersionId: ClientRequestToken, RemoveFromVersionId: current });
          }
          return Step;
        };`,
      );
      const functionArn = (rotator.body as { FunctionArn: string }).FunctionArn;
      const secrets = new SecretsManagerClient(aws);
      const created = await client.aws("secretsmanager", "secretsmanager.CreateSecret", {
        Name: "rotated",
        SecretString: "the very first value",
        ClientRequestToken: "00000000-0000-4000-8000-000000000001",
      });
      const { ARN } = created.body as { ARN: string };
      await client.lambda("POST", "/2015-03-31/functions/rotator/policy", {
        StatementId: "sm",
        Action: "lambda:InvokeFunction",
        Principal: "secretsmanager.amazonaws.com",
        SourceAccount: "123456789012",
        SourceArn: ARN,
      });
      const rotation = await client.aws("secretsmanager", "secretsmanager.RotateSecret", {
        SecretId: ARN,
        ClientRequestToken: "00000000-0000-4000-8000-000000000002",
        RotationLambdaARN: functionArn,
        RotationRules: { ScheduleExpression: "rate(7 days)" },
        RotateImmediately: false,
      });
      await sandbox.advance("PT1S");
      const { seq = 0 } = sandbox.journal().at(-1) ?? {};
      // WHEN
      await sandbox.advance("P8D");
      // THEN
      expect(rotation.status).toBe(200);
      const steps = sandbox.journal({ since: seq, kind: "lambda" }).filter(({ operation }) => operation === "rotator");
      expect(steps.map(({ response, caller }) => [response, caller])).toEqual(
        ["createSecret", "setSecret", "testSecret", "finishSecret"].map((step) => [step, "secretsmanager"]),
      );
      const value = await secrets.send(new GetSecretValueCommand({ SecretId: "rotated" }));
      expect(value.SecretString).toMatch(/^rotated-/);
      expect(sandbox.journal({ since: seq, kind: "secretsmanager" }).map(({ operation }) => operation)).toContain(
        "RotationSucceeded",
      );
    });
  });

  describe("KMS keys", () => {
    test("that are disabled, to be deleted or not there open no secret, and take their names by ARN as by id", async () => {
      // GIVEN
      const kms = new KMSClient(aws);
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      const KeyId = KeyMetadata?.Arn ?? "";
      const secrets = new SecretsManagerClient({ ...aws, maxAttempts: 1 });
      await secrets.send(new CreateSecretCommand({ Name: "encrypted", KmsKeyId: KeyId, SecretString: "v" }));
      const read = async () =>
        secrets.send(new GetSecretValueCommand({ SecretId: "encrypted" })).then(
          ({ SecretString }) => SecretString,
          (error: Error) => error.name,
        );
      const seen = [await read()];
      // WHEN
      for (const command of [
        new DisableKeyCommand({ KeyId }),
        new EnableKeyCommand({ KeyId }),
        new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }),
        new CancelKeyDeletionCommand({ KeyId }),
        new EnableKeyCommand({ KeyId }),
      ]) {
        await kms.send(command);
        seen.push(await read());
      }
      // THEN
      expect(seen).toEqual(["v", "DecryptionFailure", "v", "DecryptionFailure", "DecryptionFailure", "v"]);
      const missing = KeyId.replace(/[^/]+$/, "00000000-0000-0000-0000-000000000000");
      const other = secrets.send(new CreateSecretCommand({ Name: "other", KmsKeyId: missing }));
      await expect(other).rejects.toMatchObject({ name: "EncryptionFailure" });
    });
  });

  describe("regions", () => {
    const WHERE =
      "exports.handler = async (event, { invokedFunctionArn }) => [process.env.AWS_REGION, invokedFunctionArn, event];";
    let abroad: SandboxClient;
    beforeAll(() => {
      abroad = new SandboxClient(sandbox, "eu-west-1");
    });

    test("a function is of the region that it was made in, and knows it; each region has the name once", async () => {
      // GIVEN
      const here = await client.createFunction("both", WHERE);
      const there = await abroad.createFunction("both", WHERE);
      const arns = [here, there].map(({ body }) => (body as { FunctionArn: string }).FunctionArn);
      // THEN
      expect(arns).toEqual(
        ["us-east-1", "eu-west-1"].map((region) => `arn:aws:lambda:${region}:123456789012:function:both`),
      );
      expect((await client.invoke("both", 1)).body).toEqual(["us-east-1", arns[0], 1]);
      expect((await abroad.invoke("both", 2)).body).toEqual(["eu-west-1", arns[1], 2]);
      expect(await client.invoke(encodeURIComponent(arns[1] ?? ""))).toMatchObject({
        status: 404,
        body: { message: "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')" },
      });
      const listed = await abroad.lambda("GET", "/2015-03-31/functions");
      expect(listed.body).toMatchObject({ Functions: [{ FunctionArn: arns[1] }] });
      await abroad.lambda("DELETE", "/2015-03-31/functions/both");
      expect((await client.invoke("both", 3)).status).toBe(200);
    });

    test("a schedule fires in the region of its rule", async () => {
      // GIVEN
      const created = await abroad.createFunction("swept-abroad", WHERE);
      const Arn = (created.body as { FunctionArn: string }).FunctionArn;
      await abroad.aws("events", "AWSEvents.PutRule", { Name: "sweep", ScheduleExpression: "rate(1 hour)" });
      await abroad.aws("events", "AWSEvents.PutTargets", { Rule: "sweep", Targets: [{ Id: "1", Arn }] });
      await abroad.lambda("POST", "/2015-03-31/functions/swept-abroad/policy", {
        StatementId: "events",
        Action: "lambda:InvokeFunction",
        Principal: "events.amazonaws.com",
        SourceArn: "arn:aws:events:eu-west-1:123456789012:rule/sweep",
      });
      const { seq = 0 } = sandbox.journal().at(-1) ?? {};
      // WHEN
      await sandbox.advance("PT1H");
      await abroad.aws("events", "AWSEvents.DisableRule", { Name: "sweep" });
      // THEN
      const [run] = sandbox
        .journal({ since: seq, kind: "lambda" })
        .filter(({ operation }) => operation === "swept-abroad");
      expect(run?.response).toMatchObject([
        "eu-west-1",
        Arn,
        { region: "eu-west-1", resources: ["arn:aws:events:eu-west-1:123456789012:rule/sweep"] },
      ]);
    });

    test("every region has the admin keys, and secrets, tables and replicas of its own", async () => {
      const inEurope = { ...aws, region: "eu-west-1" };
      const admin = new GetSecretValueCommand({ SecretId: "ai/admin/openai" });
      const read = await new SecretsManagerClient(inEurope).send(admin);
      expect(read.SecretString === sandbox.environment["SANDBOX_OPENAI_ADMIN_KEY"]).toBe(true);
      expect(read.ARN).toContain(":eu-west-1:");
      await client.aws("secretsmanager", "secretsmanager.CreateSecret", {
        Name: "replicated",
        SecretString: "value to replicate",
        ClientRequestToken: "00000000-0000-4000-8000-000000000003",
        AddReplicaRegions: [{ Region: "eu-west-1" }],
      });
      const replica = new GetSecretValueCommand({ SecretId: "replicated" });
      expect((await new SecretsManagerClient(inEurope).send(replica)).SecretString).toBe("value to replicate");
    });
  });

  describe("faults", () => {
    const fault = (service: string, operation: string, fault: object) => ({ match: { service, operation }, fault });

    test("hit AWS calls in the shape of their service", async () => {
      // GIVEN
      await client.control("POST", "/faults", [
        fault("dynamodb", "ListTables", { type: "status", status: 500 }),
        fault("secretsmanager", "ListSecrets", { type: "status", status: 429, retryAfterSeconds: 3 }),
        fault("lambda", "ListFunctions", { type: "status", status: 429 }),
        fault("iam", "ListRoles", { type: "status", status: 503 }),
      ]);
      // WHEN
      const table = await client.aws("dynamodb", "DynamoDB_20120810.ListTables", {});
      const secrets = await client.aws("secretsmanager", "secretsmanager.ListSecrets", {});
      const functions = await client.lambda("GET", "/2015-03-31/functions");
      const roles = await client.signedFetch("iam", "GET", "/?Action=ListRoles", {}, "");
      // THEN
      expect(table).toMatchObject({ status: 500, body: { __type: "InternalServerError" } });
      expect(secrets).toMatchObject({ status: 429, body: { __type: "ThrottlingException" } });
      expect(secrets.headers.get("retry-after")).toBe("3");
      expect(functions.headers.get("x-amzn-errortype")).toBe("TooManyRequestsException");
      expect(roles.status).toBe(503);
      expect(await roles.text()).toContain("<Code>ServiceUnavailable</Code>");
      expect((await client.control("GET", "/faults")).body).toEqual([]);
    });

    test("crash a function after its effect on Secrets Manager", async () => {
      // GIVEN
      await client.createFunction(
        "crasher",
        `${CALL_AWS}
        exports.handler = () => callAws("secretsmanager", "secretsmanager.CreateSecret",
          { Name: "half-done", SecretString: "s", ClientRequestToken: "00000000-0000-4000-8000-000000000009" });`,
      );
      await client.control("POST", "/faults", {
        match: { service: "secretsmanager", operation: "Create*", caller: "lambda:crasher" },
        fault: { type: "crash", when: "after" },
      });
      // WHEN
      const answer = await client.invoke("crasher");
      const secret = await client.aws("secretsmanager", "secretsmanager.DescribeSecret", { SecretId: "half-done" });
      // THEN
      expect(answer.body).toMatchObject({ errorType: "Runtime.ExitError" });
      expect(secret.status).toBe(200);
    });

    test.each([
      ["no JSON", "{"],
      ["no service", { match: {}, fault: { type: "drop" } }],
      ["an unknown kind", { match: { service: "x" }, fault: { type: "explode" } }],
      ["an unknown member", { match: { service: "x" }, fault: { type: "drop" }, time: 3 }],
      ["one bad among good ones", [{ match: { service: "x" }, fault: { type: "drop" } }, {}]],
      ["an empty list", []],
    ])("are refused with a sentence and without effect: %s", async (_what, body) => {
      // WHEN
      const answer = await client.control("POST", "/faults", body);
      // THEN
      expect(answer).toMatchObject({ status: 400, body: { message: expect.stringMatching(/\.$/) } });
      expect((await client.control("GET", "/faults")).body).toEqual([]);
    });
  });

  describe("control", () => {
    test.each([
      ["no duration", { advance: "ten days" }],
      ["months", { advance: "P1M" }],
      ["another member", { advance: "P1D", by: 1 }],
      ["nothing", {}],
    ])("refuses to advance by %s", async (_what, body) => {
      const before = sandbox.now().getTime();
      expect(await client.control("POST", "/clock", body)).toMatchObject({
        status: 400,
        body: { message: expect.any(String) },
      });
      expect(sandbox.now().getTime() - before).toBeLessThan(60_000);
    });

    test("says what there is when asked for something else", async () => {
      expect(await client.control("GET", "/clocks")).toMatchObject({
        status: 404,
        body: { message: expect.stringContaining("GET /clock") },
      });
    });

    test("passes settings to a vendor, and refuses those of vendors it has not", async () => {
      expect(await client.control("POST", "/vendors/nobody/settings", {})).toMatchObject({
        status: 404,
        body: { message: expect.stringContaining("openai") },
      });
      expect((await client.control("POST", "/vendors/openai/settings", { nonsense: 1 })).status).toBe(400);
    });

    test("reports health, logs and journal", async () => {
      expect((await client.control("GET", "/health")).body).toMatchObject({ status: "ok", moto: true });
      expect((await client.control("GET", "/logs?function=nobody")).body).toEqual([]);
      expect((await client.control("GET", "/journal?since=x")).status).toBe(400);
    });
  });

  describe("journal", () => {
    test("tells calls in order with their callers, and no value of any secret", async () => {
      // GIVEN
      const { seq = 0 } = sandbox.journal().at(-1) ?? {};
      const canary = "canary-7f3e9d21-value-of-a-secret";
      const secrets = new SecretsManagerClient(aws);
      await client.createFunction("leaky", "exports.handler = async (event) => ({ echoed: event });");
      const adminKey = sandbox.environment["SANDBOX_OPENAI_ADMIN_KEY"] ?? "";
      // WHEN
      await client.invoke("leaky", { early: canary });
      await secrets.send(new PutSecretValueCommand({ SecretId: "half-done", SecretString: canary }));
      await secrets.send(new GetSecretValueCommand({ SecretId: "half-done" }));
      await client.invoke("leaky", { text: `key ${adminKey}` });
      // This process's clock is not simulated, which an SDK takes for a reason to send what failed
      // again.
      await new DynamoDBClient({ ...aws, maxAttempts: 1 })
        .send(new GetItemCommand({ TableName: "none", Key: { id: { S: canary } } }))
        .catch(() => undefined);
      await fetch(`${sandbox.environment["SANDBOX_OPENAI_URL"]}/models?key=${canary}`, {
        headers: { authorization: `Bearer ${adminKey}` },
      });
      // THEN
      const { body } = await client.control("GET", `/journal?since=${seq}`);
      const text = JSON.stringify(body);
      expect(text.includes(canary)).toBe(false);
      expect(text.includes(adminKey)).toBe(false);
      expect(text).toContain("[redacted]");
      const told = body as Array<{ seq: number; kind: string; operation: string; caller: string; status?: number }>;
      expect(told.map((entry) => entry.seq)).toEqual(told.map((_, i) => seq + 1 + i));
      expect(told.map(({ kind, operation, caller }) => `${kind} ${operation} ${caller}`)).toEqual([
        "aws CreateFunction command",
        "lambda leaky command",
        "aws Invoke command",
        "aws PutSecretValue command",
        "aws GetSecretValue command",
        "lambda leaky command",
        "aws Invoke command",
        "aws GetItem command",
        "vendor GET /v1/models command",
      ]);
    });
  });

  test.each([
    ["short", "sk-ant-api03-REFUSED-by-the-function"],
    ["longer than the journal's texts", `sk-ant-api03-REFUSED-${"0123456789".repeat(400)}`],
  ])("the journal shows nothing of a value that was handed over and refused: %s", async (length, value) => {
    // GIVEN: a controller that refuses, and quotes what it refuses
    const name = `refuses-${length.slice(0, 5)}`;
    await client.createFunction(
      name,
      `exports.handler = async (event) => {
        await fetch("https://api.openai.com/v1/models?tried=" + event.value);
        throw new Error("not adopted: " + event.value);
      };`,
    );
    const { seq = 0 } = sandbox.journal().at(-1) ?? {};
    // WHEN
    const answer = await client.invoke(name, { action: "adopt", key: "summariser", value });
    // THEN
    expect(answer.body).toMatchObject({ errorMessage: `not adopted: ${value}` });
    const { body } = await client.control("GET", `/journal?since=${seq}`);
    const text = JSON.stringify(body);
    expect(text).toContain("[redacted]");
    expect(text.includes("REFUSED")).toBe(false);
  });

  test("leaves no process and no folder behind when it stops", async () => {
    // GIVEN
    const { folder } = sandbox.guard;
    const health = await client.control("GET", "/health");
    expect((health.body as { lambdaProcesses: number }).lambdaProcesses).toBeGreaterThan(0);
    // WHEN
    await sandbox.stop();
    // THEN
    expect(existsSync(folder)).toBe(false);
    await expect(fetch(sandbox.url)).rejects.toThrow();
    await expect(fetch(aws.endpoint)).rejects.toThrow();
  });
});
