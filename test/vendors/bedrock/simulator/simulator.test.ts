import { signedHeaders } from "../../../../src/http/sigv4";
import { parseXml } from "../../../../src/http/xml";
import { type BedrockSimulator, createBedrockSimulator } from "../../../../src/vendors/bedrock/simulator/simulator";

const START = Date.UTC(2026, 10, 24, 12);
const DAY_MILLIS = 86_400_000;
const USER = "scoped-keys-a";
const MODEL = "amazon.nova-pro-v1:0";
const ALLOW = { Effect: "Allow", Action: ["bedrock:InvokeModel", "bedrock:CallWithBearerToken"], Resource: "*" };
const HELLO = JSON.stringify({ messages: [{ role: "user", content: [{ text: "Hello" }] }] });

describe("the simulator of Amazon Bedrock", () => {
  let now: number;
  let simulator: BedrockSimulator;
  beforeEach(() => {
    now = START;
    simulator = createBedrockSimulator({ clock: { now: () => now }, seed: "test" });
  });

  /** A call of IAM as a signed one arrives. */
  const iam = async (Action: string, parameters: Record<string, string> = {}, change: Record<string, string> = {}) => {
    const body = String(new URLSearchParams({ Action, Version: "2010-05-08", ...parameters }));
    const url = new URL("https://iam.amazonaws.com/");
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const request = { method: "POST", url, headers, body };
    const signed = await signedHeaders(simulator.state, { region: "us-east-1", service: "iam" }, request, START);
    const { status, text = "" } = await simulator.handle({
      method: "POST",
      host: "iam.amazonaws.com",
      url: "/",
      headers: { ...headers, ...signed, ...change },
      body,
    });
    return { status, text, code: /<Code>(\w+)<\/Code>/.exec(text)?.[1] };
  };
  const element = (text: string, name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(text)?.[1] ?? "";
  const mint = async (ageDays = "10") => {
    await iam("CreateUser", { UserName: USER, Path: "/scoped-keys/" });
    const service = { ServiceName: "bedrock.amazonaws.com", CredentialAgeDays: ageDays };
    const { text } = await iam("CreateServiceSpecificCredential", { UserName: USER, ...service });
    return { value: element(text, "ServiceCredentialSecret"), id: element(text, "ServiceSpecificCredentialId") };
  };
  const put = (...Statement: object[]) =>
    iam("PutUserPolicy", {
      UserName: USER,
      PolicyName: "p",
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
    });
  const converse = async (value: string, { model = MODEL, region = "us-east-1", body = HELLO } = {}) => {
    const answer = await simulator.handle({
      method: "POST",
      host: `bedrock-runtime.${region}.amazonaws.com`,
      url: `/model/${encodeURIComponent(model)}/converse`,
      headers: { Authorization: `Bearer ${value}` },
      body,
    });
    return { status: answer.status, said: JSON.stringify(answer.body) };
  };

  describe("IAM", () => {
    test.each([
      ["no signature", { authorization: "" }, "MissingAuthenticationToken"],
      [
        "a signature of somebody else",
        { authorization: "AWS4-HMAC-SHA256 Credential=AKIAOTHER0123456789/x" },
        "InvalidClientTokenId",
      ],
      ["a signature over another type of body", { "content-type": "text/plain" }, "SignatureDoesNotMatch"],
      ["a signature of another time", { "x-amz-date": "20261124T115900Z" }, "SignatureDoesNotMatch"],
    ])("refuses %s", async (_, change, code) => {
      expect(await iam("CreateUser", { UserName: USER }, change)).toMatchObject({ status: 403, code });
      expect(simulator.state.users.size).toBe(0);
    });

    test("refuses a signature that is older than five minutes", async () => {
      now += 301_000;
      expect(await iam("GetUser", { UserName: USER })).toMatchObject({ status: 403, code: "SignatureDoesNotMatch" });
    });

    test.each<[string, Record<string, string>, number, string]>([
      ["CreateUser", { UserName: "a/b" }, 400, "ValidationError"],
      ["CreateUser", { UserName: "a", Path: "no-slash" }, 400, "ValidationError"],
      ["CreateUser", { UserName: "a", Nickname: "b" }, 400, "ValidationError"],
      ["CreateUser", { UserName: USER.toUpperCase() }, 409, "EntityAlreadyExists"],
      ["GetUser", { UserName: "b" }, 404, "NoSuchEntity"],
      ["GetUserPolicy", { UserName: USER, PolicyName: "none" }, 404, "NoSuchEntity"],
      ["DeleteUserPolicy", { UserName: USER, PolicyName: "none" }, 404, "NoSuchEntity"],
      ["DetachUserPolicy", { UserName: USER, PolicyArn: "none" }, 404, "NoSuchEntity"],
      ["PutUserPolicy", { UserName: USER, PolicyName: "p", PolicyDocument: "{}" }, 400, "MalformedPolicyDocument"],
      [
        "CreateServiceSpecificCredential",
        { UserName: USER, ServiceName: "s3.amazonaws.com" },
        404,
        "NotSupportedService",
      ],
      [
        "CreateServiceSpecificCredential",
        { UserName: USER, ServiceName: "bedrock.amazonaws.com", CredentialAgeDays: "36601" },
        400,
        "ValidationError",
      ],
      [
        "DeleteServiceSpecificCredential",
        { UserName: USER, ServiceSpecificCredentialId: "ACCA0123456789ABCDEFG" },
        404,
        "NoSuchEntity",
      ],
      ["ListServiceSpecificCredentials", { UserName: USER, AllUsers: "true" }, 400, "InvalidInput"],
      ["ResetServiceSpecificCredential", { UserName: USER }, 400, "ValidationError"],
      ["RenameServiceSpecificCredential", { UserName: USER }, 400, "InvalidAction"],
    ])("answers %s of %j with %i %s", async (action, parameters, status, code) => {
      await iam("CreateUser", { UserName: USER });
      expect(await iam(action, parameters)).toMatchObject({ status, code });
    });

    test("gives a user two credentials at most, and room again when one is deleted", async () => {
      const { id } = await mint();
      await mint();
      const third = { UserName: USER, ServiceName: "bedrock.amazonaws.com" };
      expect(await iam("CreateServiceSpecificCredential", third)).toMatchObject({ status: 409, code: "LimitExceeded" });
      await iam("DeleteServiceSpecificCredential", { UserName: USER, ServiceSpecificCredentialId: id });
      expect(await iam("CreateServiceSpecificCredential", third)).toMatchObject({ status: 200 });
    });

    test("deletes no user that has anything", async () => {
      const { id } = await mint();
      await put(ALLOW);
      const conflict = { status: 409, code: "DeleteConflict" };
      expect(await iam("DeleteUser", { UserName: USER })).toMatchObject(conflict);
      await iam("DeleteServiceSpecificCredential", { UserName: USER, ServiceSpecificCredentialId: id });
      expect(await iam("DeleteUser", { UserName: USER })).toMatchObject(conflict);
      await iam("DeleteUserPolicy", { UserName: USER, PolicyName: "p" });
      expect(await iam("DeleteUser", { UserName: USER })).toMatchObject({ status: 200 });
    });

    test("takes no more than 2,048 characters of inline policies, blanks apart", async () => {
      await mint();
      const long = { ...ALLOW, Resource: "x".repeat(1_950) };
      expect(await put(long)).toMatchObject({ status: 409, code: "LimitExceeded" });
      expect(await put({ ...ALLOW, Resource: `${"x".repeat(1_000)}${" ".repeat(2_000)}` })).toMatchObject({
        status: 200,
      });
    });

    test("shows a value once, and pages of what there is", async () => {
      const { value } = await mint();
      await mint();
      const first = await iam("ListServiceSpecificCredentials", { AllUsers: "true", MaxItems: "1" });
      expect(first.text).not.toContain(value);
      expect(first.text).toContain("<IsTruncated>true</IsTruncated><Marker>1</Marker>");
      const last = await iam("ListServiceSpecificCredentials", { UserName: USER, MaxItems: "1", Marker: "1" });
      expect(last.text).toContain("<IsTruncated>false</IsTruncated>");
      expect(element(last.text, "ServiceSpecificCredentialId")).not.toBe(
        element(first.text, "ServiceSpecificCredentialId"),
      );
      expect(simulator.secrets()).toContain(value);
    });

    test("answers in XML that says what was done", async () => {
      await iam("CreateUser", { UserName: USER, "Tags.member.1.Key": "a:b", "Tags.member.1.Value": "c/d" });
      expect(parseXml((await iam("GetUser", { UserName: USER })).text)).toMatchObject({
        GetUserResponse: {
          GetUserResult: { User: { UserName: USER, Path: "/", Tags: { member: { Key: "a:b", Value: "c/d" } } } },
          ResponseMetadata: { RequestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
        },
      });
    });

    test("throttles with a 400, and lets in again when the minute is over", async () => {
      simulator.configure({ callsPerMinute: 1 });
      await iam("CreateUser", { UserName: USER });
      expect(await iam("GetUser", { UserName: USER })).toMatchObject({ status: 400, code: "Throttling" });
      now += 61_000;
      expect(await iam("GetUser", { UserName: USER })).toMatchObject({ status: 200 });
    });
  });

  describe("its runtime", () => {
    test("runs a model for a key of a user whose policy allows it, and for no other", async () => {
      const { value } = await mint();
      expect(await converse(value)).toMatchObject({
        status: 403,
        said: expect.stringContaining("because no identity-based policy allows the bedrock:CallWithBearerToken action"),
      });
      await put(ALLOW);
      expect(await converse(value)).toMatchObject({ status: 200 });
      expect(await converse("ABSKother")).toMatchObject({
        status: 403,
        said: expect.stringContaining("API Key is valid"),
      });
      expect(await converse(simulator.adminKey)).toMatchObject({ status: 403 });
    });

    test("ends a key with its days, and when it is made inactive or deleted", async () => {
      const { value, id } = await mint("1");
      await put(ALLOW);
      const credential = { UserName: USER, ServiceSpecificCredentialId: id };
      await iam("UpdateServiceSpecificCredential", { ...credential, Status: "Inactive" });
      expect((await converse(value)).status).toBe(403);
      await iam("UpdateServiceSpecificCredential", { ...credential, Status: "Active" });
      now = START + DAY_MILLIS - 1_000;
      expect((await converse(value)).status).toBe(200);
      now += 1_000;
      expect((await converse(value)).status).toBe(403);
      now = START;
      await iam("DeleteServiceSpecificCredential", credential);
      expect((await converse(value)).status).toBe(403);
    });

    test("enforces models, regions and source addresses", async () => {
      const { value } = await mint();
      const deny = (statement: object) => ({ Effect: "Deny", Action: "*", ...statement });
      await put(
        ALLOW,
        {
          Effect: "Deny",
          Action: "bedrock:InvokeModel",
          NotResource: [`arn:aws:bedrock:*::foundation-model/${MODEL}`],
        },
        deny({ Resource: "*", Condition: { StringNotEquals: { "aws:RequestedRegion": "us-east-1" } } }),
        deny({ Resource: "*", Condition: { NotIpAddress: { "aws:SourceIp": ["198.51.100.0/24", "2001:db8::/32"] } } }),
      );
      expect((await converse(value)).status).toBe(200);
      expect((await converse(value, { model: "amazon.nova-micro-v1:0" })).status).toBe(403);
      expect((await converse(value, { region: "us-west-2" })).status).toBe(403);
      simulator.configure({ sourceIp: "203.0.113.1" });
      expect((await converse(value)).status).toBe(403);
      simulator.configure({ sourceIp: "2001:db8::7" });
      expect((await converse(value)).status).toBe(200);
    });

    test("asks of a profile for itself and for what it chooses", async () => {
      const { value } = await mint();
      const model = `us.${MODEL}`;
      await put(ALLOW, {
        Effect: "Deny",
        Action: "*",
        Resource: "*",
        Condition: { StringNotEquals: { "aws:RequestedRegion": "us-east-1" } },
      });
      expect(await converse(value, { model })).toMatchObject({
        status: 403,
        said: expect.stringContaining("us-east-2::foundation-model"),
      });
      await put(ALLOW);
      expect((await converse(value, { model })).status).toBe(200);
      const profiles = { "bedrock:InferenceProfileArn": "arn:aws:bedrock:*:*:inference-profile/*" };
      await put(ALLOW, {
        Effect: "Deny",
        Action: "bedrock:InvokeModel",
        Resource: "arn:aws:bedrock:*::foundation-model/*",
        Condition: { ArnNotLike: profiles },
      });
      expect((await converse(value, { model })).status).toBe(200);
      expect((await converse(value)).status).toBe(403);
    });

    test("looks at permissions before the body, or after it where it is told so", async () => {
      const { value } = await mint();
      const empty = { body: '{"messages":[]}' };
      expect((await converse(value, empty)).status).toBe(403);
      simulator.configure({ bodyFirst: true });
      expect((await converse(value, empty)).status).toBe(400);
      expect((await converse(value)).status).toBe(403);
    });

    test.each(['{"messages":[]}', "{", "{}", '{"messages":[{"role":"assistant"}]}'])(
      "runs no model for %s",
      async (body) => {
        const { value } = await mint();
        await put(ALLOW);
        expect((await converse(value, { body })).status).toBe(400);
      },
    );

    test("judges conditions by what is known of a call, and opens nothing to those of which nobody can tell", async () => {
      const { value } = await mint();
      const until = (time: string) => put({ ...ALLOW, Condition: { DateLessThan: { "aws:CurrentTime": time } } });
      await until("2026-01-01T00:00:00Z");
      expect((await converse(value)).status).toBe(403);
      await until("2027-01-01T00:00:00Z");
      expect((await converse(value)).status).toBe(200);
      await put({ ...ALLOW, Condition: { StringEquals: { "aws:username": USER } } });
      expect((await converse(value)).status).toBe(200);
      await put({ ...ALLOW, Condition: { StringSounds: { "aws:username": USER } } });
      expect((await converse(value)).status).toBe(403);
    });

    test.each([
      ["converse-stream", HELLO],
      ["invoke-with-response-stream", HELLO],
    ])("%s needs the right to streams", async (operation, body) => {
      const { value } = await mint();
      const stream = async () =>
        simulator.handle({
          method: "POST",
          host: "bedrock-runtime.us-east-1.amazonaws.com",
          url: `/model/${encodeURIComponent(MODEL)}/${operation}`,
          headers: { Authorization: `Bearer ${value}` },
          body,
        });
      await put(ALLOW);
      expect((await stream()).status).toBe(403);
      await put({ ...ALLOW, Action: [...ALLOW.Action, "bedrock:InvokeModelWithResponseStream"] });
      expect((await stream()).events?.length).toBeGreaterThan(3);
    });

    test("a key that was reset opens nothing any more, and the new value what the old one did", async () => {
      const { value, id } = await mint();
      await put(ALLOW);
      const { text } = await iam("ResetServiceSpecificCredential", { UserName: USER, ServiceSpecificCredentialId: id });
      expect(element(text, "ServiceSpecificCredentialId")).toBe(id);
      expect((await converse(value)).status).toBe(403);
      expect((await converse(element(text, "ServiceCredentialSecret"))).status).toBe(200);
    });

    test("knows no other paths", async () => {
      const request = { method: "GET", host: "bedrock-runtime.us-east-1.amazonaws.com", headers: {}, body: "" };
      for (const url of ["/", "/models", "/model/x/converse"]) {
        expect((await simulator.handle({ ...request, url })).status).toBe(404);
      }
    });
  });

  describe("as a part of AWS", () => {
    const answer = (parameters: Record<string, string>) =>
      simulator.aws?.answer({ method: "POST", url: "/", headers: {}, body: String(new URLSearchParams(parameters)) });
    const version = { Version: "2010-05-08" };

    test("answers for users of keys, and for lists of all", () => {
      expect(answer({ Action: "CreateUser", UserName: USER, ...version })?.status).toBe(200);
      expect(answer({ Action: "ListServiceSpecificCredentials", AllUsers: "true", ...version })?.status).toBe(200);
      expect(answer({ Action: "GetUser", UserName: "scoped-keys-none", ...version })?.status).toBe(404);
    });

    test.each([
      [{ Action: "CreateUser", UserName: "jane" }],
      [{ Action: "GetUser" }],
      [{ Action: "GetRole", RoleName: "scoped-keys-a" }],
      [{ Action: "ListGroupsForUser", UserName: USER }],
      [{}],
    ])("leaves %j to others", (parameters) => {
      expect(answer({ ...parameters, ...version })).toBeUndefined();
    });
  });

  test("refuses settings that it does not know", () => {
    for (const settings of [{ other: 1 }, { sourceIp: "here" }, { callsPerMinute: 0 }]) {
      expect(() => simulator.configure(settings)).toThrow("Bedrock simulator");
    }
  });
});
