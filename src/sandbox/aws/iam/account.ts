import * as v from "valibot";
import { parseXml } from "../../../http/xml";
import type { Reply } from "../../messages";
import { REGION } from "../account";
import type { Moto } from "../moto";

/** What an action answers: the element `<Action>Result`. */
type Result = Readonly<Record<string, unknown>>;

const resultSchema = v.record(v.string(), v.unknown());

/** IAM of the account, where users, roles and policies are kept, asked from inside. */
export class IamAccount {
  constructor(private readonly moto: () => Moto) {}

  /** @returns undefined where the answer is an error: what was asked for is not there */
  async ask(Action: string, parameters: Readonly<Record<string, string>>): Promise<Result | undefined> {
    const { status, body } = await this.reply(Action, parameters);
    if (status !== 200) return undefined;
    const answer = v.safeParse(resultSchema, field(parseXml(String(body ?? "")), `${Action}Response`));
    const result = answer.success ? v.safeParse(resultSchema, answer.output[`${Action}Result`]) : undefined;
    return result?.success ? result.output : {};
  }

  reply(Action: string, parameters: Readonly<Record<string, string>>): Promise<Reply> {
    return this.moto().forward({
      method: "POST",
      url: "/",
      headers: {
        host: "iam.amazonaws.com",
        "content-type": "application/x-www-form-urlencoded",
        authorization: `AWS4-HMAC-SHA256 Credential=AKIASANDBOX/20200101/${REGION}/iam/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: Buffer.from(String(new URLSearchParams({ Action, Version: "2010-05-08", ...parameters }))),
    });
  }

  /** Name -> document. */
  async inlinePolicies(of: PolicyOwner, name: string): Promise<Map<string, string>> {
    const owner = { [`${of}Name`]: name };
    const listed = await this.ask(`List${of}Policies`, owner);
    const policies = new Map<string, string>();
    for (const PolicyName of texts(listed?.["PolicyNames"])) {
      const found = await this.ask(`Get${of}Policy`, { ...owner, PolicyName });
      policies.set(PolicyName, documentIn(found?.["PolicyDocument"]));
    }
    return policies;
  }

  /** ARNs. */
  async attachedPolicies(of: PolicyOwner, name: string): Promise<string[]> {
    const listed = await this.ask(`ListAttached${of}Policies`, { [`${of}Name`]: name });
    return members(listed?.["AttachedPolicies"]).map((policy) => String(field(policy, "PolicyArn")));
  }

  async managedPolicy(PolicyArn: string): Promise<string | undefined> {
    const found = await this.ask("GetPolicy", { PolicyArn });
    const VersionId = field(found?.["Policy"], "DefaultVersionId");
    if (typeof VersionId !== "string") return undefined;
    const version = await this.ask("GetPolicyVersion", { PolicyArn, VersionId });
    return documentIn(field(version?.["PolicyVersion"], "Document"));
  }

  /**
   * Every policy that gives a user its rights, those of its groups too; and the one that bounds
   * them.
   */
  async policiesOfUser(UserName: string): Promise<{ identity: string[]; boundary: string | undefined }> {
    const groups = members((await this.ask("ListGroupsForUser", { UserName }))?.["Groups"]);
    const owners: Array<readonly [PolicyOwner, string]> = [
      ["User", UserName],
      ...groups.map((group) => ["Group", String(field(group, "GroupName"))] as const),
    ];
    const identity: string[] = [];
    for (const [of, name] of owners) {
      identity.push(...(await this.inlinePolicies(of, name)).values());
      for (const arn of await this.attachedPolicies(of, name)) {
        const document = await this.managedPolicy(arn);
        if (document !== undefined) identity.push(document);
      }
    }
    const user = (await this.ask("GetUser", { UserName }))?.["User"];
    const boundary = field(field(user, "PermissionsBoundary"), "PermissionsBoundaryArn");
    return { identity, boundary: typeof boundary === "string" ? await this.managedPolicy(boundary) : undefined };
  }
}

export type PolicyOwner = "Role" | "User" | "Group";

export function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** A list is an element of `member`s, or, where it is empty, a text. */
function members(list: unknown): unknown[] {
  const found = field(list, "member");
  return found === undefined ? [] : [found].flat();
}

function texts(list: unknown): string[] {
  return members(list).filter((item) => typeof item === "string");
}

/** IAM answers documents with their characters escaped for URLs. */
function documentIn(value: unknown): string {
  const text = typeof value === "string" ? value : "";
  return text.trimStart().startsWith("{") ? text : decodeURIComponent(text.replaceAll("+", "%20"));
}
