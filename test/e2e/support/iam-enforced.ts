import { Context, decide, type PolicyDocument, parsePolicy } from "../../../src/iam";
import { Front } from "../../../src/sandbox/aws/front";
import { findRoute } from "../../../src/sandbox/aws/lambda/routes";
import { awsErrorReply, describeAwsCall } from "../../../src/sandbox/aws/request";
import { Callers } from "../../../src/sandbox/journal/callers";
import type { Request } from "../../../src/sandbox/messages";
import type { SimulatorRequest } from "../../../src/sandbox/vendors/simulator";
import { createBedrockSimulator } from "../../../src/vendors/bedrock/simulator/simulator";
import type { World } from "./world";

const ACCOUNT = "123456789012";
const IAM_HOST = "iam.amazonaws.com";
const iamArn = (resource: string) => `arn:aws:iam::${ACCOUNT}:${resource}`;

type Input = Readonly<Record<string, unknown>>;

/** A call as IAM sees it. */
interface Asked {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Policy of the resource. */
  readonly policy?: string | undefined;
}

/**
 * Decides every call of Terraform and of the functions by the policies that AWS has at that moment,
 * and refuses what they do not allow. The sandbox itself stores policies and enforces none. Calls
 * of the test, and of people, are those of an administrator.
 */
export class IamEnforced {
  /** `who action resource: decision` of each call that was refused. */
  readonly refused: string[] = [];
  /** `who action` of each call that was allowed. */
  readonly allowed = new Set<string>();
  #world: World | undefined;
  #terraform: PolicyDocument | undefined;
  readonly #functions = new Map<string, string>();
  readonly #spies: ReadonlyArray<{ mockRestore(): void }>;

  /** Before the world is started. */
  constructor() {
    const enforced = this;
    const { enrol } = Callers.prototype;
    const { handle } = Front.prototype;
    const bedrock = Object.getPrototypeOf(createBedrockSimulator({ clock: { now: Date.now } }));
    const { handle: atBedrock } = bedrock;
    this.#spies = [
      jest.spyOn(Callers.prototype, "enrol").mockImplementation(function (this: Callers, caller) {
        const key = enrol.call(this, caller);
        enforced.#functions.set(key.accessKeyId, caller.name.replace(/^lambda:/, ""));
        return key;
      }),
      jest.spyOn(Front.prototype, "handle").mockImplementation(async function (this: Front, request) {
        const why = await enforced.#refusal(request);
        return why === undefined ? handle.call(this, request) : awsErrorReply(describeAwsCall(request), 403, why);
      }),
      // IAM as the functions of a Bedrock issuer reach it.
      jest.spyOn(bedrock, "handle").mockImplementation(async function (this: unknown, sent: unknown) {
        const request = sent as SimulatorRequest;
        if (request.host !== IAM_HOST) return atBedrock.call(this, request);
        const { headers, body, url, method } = request;
        const asSent = { method, url, path: url, query: new URLSearchParams(), headers, body: Buffer.from(body) };
        const why = await enforced.#refusal(asSent);
        if (why === undefined) return atBedrock.call(this, request);
        const text = String(awsErrorReply(describeAwsCall(asSent), 403, why).body).replace(
          /AccessDenied\w*/,
          "AccessDenied",
        );
        return { status: 403, headers: { "content-type": "text/xml" }, text };
      }),
    ];
  }

  /** @param terraform policy of whoever runs Terraform; undefined: an administrator */
  begin(world: World, terraform?: string): void {
    this.#world = world;
    this.#terraform = terraform === undefined ? undefined : parsed(terraform);
  }

  end(): void {
    for (const spy of this.#spies) spy.mockRestore();
  }

  async #refusal(request: Request): Promise<string | undefined> {
    const world = this.#world;
    if (world === undefined) return undefined;
    const call = describeAwsCall(request);
    const who = this.#functions.get(call.accessKeyId ?? "");
    const isTerraform = who === undefined && /terraform/i.test(request.headers["user-agent"] ?? "");
    if (who === undefined && (!isTerraform || this.#terraform === undefined)) return undefined;
    if (call.service === "sts" && call.operation === "GetCallerIdentity") return undefined;
    const asked = await askedBy(world, request);
    const role = who === undefined ? iamArn("role/ci/deployer") : await roleOf(world, who);
    const identity = who === undefined ? [this.#terraform ?? parsed("{}")] : await policiesOf(world, role);
    const { action, resource, context = {}, policy } = asked;
    const known = Object.entries({
      "aws:PrincipalArn": role,
      "aws:PrincipalAccount": ACCOUNT,
      "aws:PrincipalIsAWSService": "false",
      "aws:ViaAWSService": "false",
      ...context,
    }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
    const decision = decide(
      {
        action,
        resource,
        principal: {
          kind: "role",
          arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role.split("/").at(-1)}/session`,
          roleArn: role,
        },
        context: new Context(Object.fromEntries(known), true),
      },
      { identity, resource: policy === undefined ? undefined : parsed(policy), resourceAccount: ACCOUNT },
    );
    const name = who ?? "terraform";
    if (decision === "allowed") {
      this.allowed.add(`${name} ${action}`);
      return undefined;
    }
    this.refused.push(`${name} ${action} ${resource}: ${decision}`);
    return `User: ${role} is not authorized to perform: ${action} on resource: ${resource} (${decision})`;
  }
}

function parsed(text: string): PolicyDocument {
  const document = parsePolicy(text);
  if (document === undefined) throw new Error(`no policy: ${text}`);
  return document;
}

/** What a call asks for. What this does not know is a resource that no policy names. */
async function askedBy(world: World, request: Request): Promise<Asked> {
  const call = describeAwsCall(request);
  const { service = "unknown", operation, region = "us-east-1" } = call;
  const arn = (resource: string, of = service) => `arn:aws:${of}:${region}:${ACCOUNT}:${resource}`;
  const body = request.body.toString("utf8");
  const form: Readonly<Record<string, string>> = Object.fromEntries(new URLSearchParams(body));
  const input: Input = call.protocol === "json" ? JSON.parse(body || "{}") : form;
  const text = (name: string) => String(input[name] ?? "");
  switch (service) {
    case "secretsmanager":
      return ofSecretsManager(world, region, operation, input);
    case "lambda": {
      const route = findRoute(request.method, request.path);
      const called = decodeURIComponent(route?.reference ?? "").replace(/^arn:.*:function:/, "");
      const created = route?.name === "CreateFunction" ? JSON.parse(body) : {};
      const qualifier = request.query.get("Qualifier");
      const alias = /\/aliases\/([^/]+)$/.exec(request.path)?.[1];
      const name = [created.FunctionName ?? called, qualifier ?? undefined]
        .filter((part) => part !== undefined)
        .join(":");
      const action = route?.name === "Invoke" ? "InvokeFunction" : (route?.name ?? operation);
      // Of an alias: its function.
      return { action: `lambda:${action}`, resource: arn(`function:${alias === undefined ? name : called}`) };
    }
    case "dynamodb": {
      const table = text("TableName") || text("ResourceArn").split("/").at(-1);
      const resource = arn(`table/${table}`);
      const keys = [input["Item"], input["Key"]].map((item) => Object(Object(item).pk).S);
      const queried = Object(Object(input["ExpressionAttributeValues"])[":pk"]).S;
      const leading = [...keys, queried].filter((key): key is string => typeof key === "string");
      const { body: found } = await world.client.aws("dynamodb", "DynamoDB_20120810.GetResourcePolicy", {
        ResourceArn: resource,
      });
      const policy = Object(found).Policy;
      return {
        action: `dynamodb:${operation}`,
        resource,
        context: { "dynamodb:LeadingKeys": leading.length === 0 ? undefined : leading },
        policy: typeof policy === "string" && policy !== "" ? policy : undefined,
      };
    }
    case "iam":
      return ofIam(world, operation, form);
    case "logs": {
      const group =
        text("logGroupName") ||
        text("resourceArn")
          .replace(/^.*:log-group:/, "")
          .replace(/:\*$/, "");
      return {
        action: `logs:${operation}`,
        resource: arn(`log-group:${operation === "DescribeLogGroups" ? "" : group}:*`),
      };
    }
    case "events": {
      const name = text("Rule") || text("Name") || text("ResourceARN").split("/").at(-1);
      if (operation === "PutEvents") {
        const entries: Array<{ Source: string }> = JSON.parse(body).Entries;
        const context = { "events:source": entries.map(({ Source }) => Source)[0] };
        return { action: "events:PutEvents", resource: arn("event-bus/default"), context };
      }
      return { action: `events:${operation}`, resource: arn(`rule/${name}`) };
    }
    case "monitoring": {
      const name = form["AlarmName"] ?? form["AlarmNames.member.1"] ?? form["ResourceARN"]?.replace(/^.*:alarm:/, "");
      return {
        action: `cloudwatch:${operation}`,
        resource: arn(`alarm:${operation === "DescribeAlarms" ? "*" : name}`, "cloudwatch"),
      };
    }
    case "kms":
      return {
        action: `kms:${operation}`,
        resource: arn("key/00000000-0000-0000-0000-000000000000"),
        context: { "kms:RequestAlias": /(alias\/.*)$/.exec(text("KeyId"))?.[1] },
      };
    default:
      return { action: `${service}:${operation}`, resource: "arn:aws:unknown:::unknown" };
  }
}

async function ofSecretsManager(world: World, region: string, operation: string, input: Input): Promise<Asked> {
  const given = String(input["SecretId"] ?? input["Name"] ?? "");
  const [described, policy] = await Promise.all(
    ["DescribeSecret", "GetResourcePolicy"].map((name) =>
      world.client.aws("secretsmanager", `secretsmanager.${name}`, { SecretId: given }),
    ),
  );
  const secret = described?.status === 200 ? Object(described.body) : {};
  const tags = (list: unknown): Array<[string, string]> =>
    (Array.isArray(list) ? list : []).map(({ Key, Value }) => [Key, Value]);
  const requested = operation === "TagResource" || operation === "CreateSecret" ? tags(input["Tags"]) : [];
  const tagKeys = [...requested.map(([key]) => key), ...(Array.isArray(input["TagKeys"]) ? input["TagKeys"] : [])];
  const of = (kind: string, list: Array<[string, string]>) => list.map(([key, value]) => [`aws:${kind}/${key}`, value]);
  return {
    action: `secretsmanager:${operation}`,
    resource:
      secret.ARN ??
      (given.startsWith("arn:") ? given : `arn:aws:secretsmanager:${region}:${ACCOUNT}:secret:${given}-AAAAAA`),
    context: {
      ...Object.fromEntries([...of("ResourceTag", tags(secret.Tags)), ...of("RequestTag", requested)]),
      "aws:TagKeys": tagKeys.length === 0 ? undefined : tagKeys,
    },
    policy: Object(policy?.body).ResourcePolicy,
  };
}

async function ofIam(world: World, operation: string, form: Readonly<Record<string, string>>): Promise<Asked> {
  const { RoleName: role, UserName: user, PolicyArn: policy, PolicyName: name } = form;
  const context = {
    "iam:PermissionsBoundary": form["PermissionsBoundary"],
    "iam:PolicyARN": form["PolicyArn"],
    "iam:ServiceSpecificCredentialServiceName": form["ServiceName"],
    "iam:ServiceSpecificCredentialAgeDays": form["CredentialAgeDays"],
  };
  const asked = (resource: string, more: object = {}) => ({
    action: `iam:${operation}`,
    resource,
    context: { ...context, ...more },
  });
  if (role !== undefined) {
    const found = await xml(world, { Action: "GetRole", RoleName: role });
    return asked(found("Arn") ?? iamArn(`role${form["Path"] ?? "/"}${role}`));
  }
  if (user !== undefined) {
    const found = await xml(world, { Action: "GetUser", UserName: user });
    const boundary = form["PermissionsBoundary"] ?? found("PermissionsBoundaryArn");
    // AWS: a user that is not there has no path.
    return asked(found("Arn") ?? iamArn(`user${form["Path"] ?? "/"}${user}`), { "iam:PermissionsBoundary": boundary });
  }
  if (policy !== undefined) return asked(policy);
  if (name !== undefined) return asked(iamArn(`policy${form["Path"] ?? "/"}${name}`));
  return asked(iamArn("user/*"));
}

async function xml(world: World, parameters: Record<string, string>): Promise<(element: string) => string | undefined> {
  const { status, text } = await world.client.query("iam", { Version: "2010-05-08", ...parameters });
  return (element) => (status === 200 ? new RegExp(`<${element}>([^<]*)</${element}>`).exec(text)?.[1] : undefined);
}

async function roleOf(world: World, functionName: string): Promise<string> {
  const { body } = await world.client.lambda("GET", `/2015-03-31/functions/${functionName}`);
  return Object(Object(body).Configuration).Role;
}

async function policiesOf(world: World, roleArn: string): Promise<PolicyDocument[]> {
  const RoleName = roleArn.split("/").at(-1) ?? "";
  const list = async (Action: string, element: string) => {
    const { text } = await world.client.query("iam", { Version: "2010-05-08", Action, RoleName });
    return [...text.matchAll(new RegExp(`<${element}>([^<]+)</${element}>`, "g"))].map(([, found = ""]) => found);
  };
  const names = await list("ListRolePolicies", "member");
  return Promise.all(
    names.map(async (PolicyName) => {
      const found = await xml(world, { Action: "GetRolePolicy", RoleName, PolicyName });
      return parsed(unescaped(found("PolicyDocument") ?? ""));
    }),
  );
}

function unescaped(text: string): string {
  const plain = text
    .replaceAll("&quot;", '"')
    .replaceAll("&#34;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
  return plain.startsWith("%") ? decodeURIComponent(plain) : plain;
}
