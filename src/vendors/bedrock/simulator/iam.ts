import * as v from "valibot";
import { escapeXml } from "../../../http/xml";
import { isoSeconds } from "../../../model/units";
import type { SimulatorResponse } from "../../../sandbox/vendors/simulator";
import { BEDROCK, type BedrockState, type StoredCredential, type StoredUser } from "./state";

/**
 * IAM's Query API, as far as users with API keys of Bedrock need it: answers and errors as the IAM
 * API Reference has them.
 */

const NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/";
/** Of one user for one service. */
const CREDENTIALS_MAX = 2;
const SERVICES = [BEDROCK, "codecommit.amazonaws.com", "cassandra.amazonaws.com"];
const POLICIES_MAX_LENGTH = 2_048;
const AGE_MAX_DAYS = 36_600;

const name = v.pipe(v.string(), v.regex(/^[\w+=,.@-]{1,64}$/));
const policyName = v.pipe(v.string(), v.regex(/^[\w+=,.@-]{1,128}$/));
const wholeNumber = v.pipe(v.string(), v.regex(/^\d{1,6}$/), v.transform(Number));
const serviceName = v.optional(v.string());
const credentialId = v.pipe(v.string(), v.regex(/^\w{20,128}$/));

/** An answer that ends a call, in IAM's envelope. */
export class IamRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** An element's name -> its text, or what stands in it; lists are `member`s. */
type Xml = string | ReadonlyArray<Xml> | { readonly [name: string]: Xml | undefined };

type Run = (state: BedrockState, form: unknown) => Xml | undefined;

/** Parameters that the action does not have are refused, so that none is misspelt. */
function action<Entries extends v.ObjectEntries>(
  entries: Entries,
  run: (state: BedrockState, given: v.InferOutput<v.StrictObjectSchema<Entries, undefined>>) => Xml | undefined,
): Run {
  const schema = v.strictObject(entries);
  return (state, form) => {
    const parsed = v.safeParse(schema, form);
    if (parsed.success) return run(state, parsed.output);
    const field = v.getDotPath(parsed.issues[0]) ?? "the request";
    throw new IamRefusal(400, "ValidationError", `Value at '${field}' failed to satisfy constraint`);
  };
}

const ACTIONS: Readonly<Record<string, Run>> = {
  CreateUser: action(
    {
      UserName: name,
      Path: v.optional(v.pipe(v.string(), v.regex(/^\/(?:[\x21-\x7e]*\/)?$/), v.maxLength(512)), "/"),
      "Tags.member.1.Key": v.optional(v.pipe(v.string(), v.regex(/^[\w .:/=+@-]{1,128}$/))),
      "Tags.member.1.Value": v.optional(v.pipe(v.string(), v.regex(/^[\w .:/=+@-]{0,256}$/))),
      PermissionsBoundary: v.optional(v.pipe(v.string(), v.regex(/^arn:[^:]+:iam::[^:]+:policy\/.+$/))),
    },
    (state, { UserName, Path, "Tags.member.1.Key": key, "Tags.member.1.Value": value = "", PermissionsBoundary }) => {
      if (state.user(UserName) !== undefined) {
        throw new IamRefusal(409, "EntityAlreadyExists", `User with name ${UserName} already exists.`);
      }
      const tags = new Map(key === undefined ? [] : [[key, value] as const]);
      return { User: shownUser(state, state.addUser(UserName, Path, tags, PermissionsBoundary)) };
    },
  ),
  GetUser: action({ UserName: name }, (state, { UserName }) => ({ User: shownUser(state, userIn(state, UserName)) })),
  DeleteUser: action({ UserName: name }, (state, { UserName }) => {
    const { credentials, policies, attached } = userIn(state, UserName);
    if (credentials.size + policies.size + attached.size > 0) {
      throw new IamRefusal(409, "DeleteConflict", "Cannot delete entity, must remove all subordinate entities first.");
    }
    state.users.delete(UserName.toLowerCase());
    return undefined;
  }),
  PutUserPolicy: action(
    { UserName: name, PolicyName: policyName, PolicyDocument: v.string() },
    (state, { UserName, PolicyName, PolicyDocument }) => {
      const { policies } = userIn(state, UserName);
      if (!isPolicy(PolicyDocument)) throw new IamRefusal(400, "MalformedPolicyDocument", "Syntax errors in policy.");
      const all = [...new Map(policies).set(PolicyName, PolicyDocument).values()].join("").replace(/\s/g, "");
      if (all.length > POLICIES_MAX_LENGTH) {
        const words = `Maximum policy size of ${POLICIES_MAX_LENGTH} bytes exceeded for user ${UserName}`;
        throw new IamRefusal(409, "LimitExceeded", words);
      }
      policies.set(PolicyName, PolicyDocument);
      return undefined;
    },
  ),
  GetUserPolicy: action({ UserName: name, PolicyName: policyName }, (state, { UserName, PolicyName }) => {
    const { policies } = userIn(state, UserName);
    const document = policies.get(PolicyName) ?? missing(`user policy with name ${PolicyName}`);
    return { UserName, PolicyName, PolicyDocument: encodeURIComponent(document) };
  }),
  DeleteUserPolicy: action({ UserName: name, PolicyName: policyName }, (state, { UserName, PolicyName }) => {
    if (!userIn(state, UserName).policies.delete(PolicyName)) missing(`user policy with name ${PolicyName}`);
    return undefined;
  }),
  DetachUserPolicy: action({ UserName: name, PolicyArn: v.string() }, (state, { UserName, PolicyArn }) => {
    if (!userIn(state, UserName).attached.delete(PolicyArn)) missing(`policy ${PolicyArn}`);
    return undefined;
  }),
  CreateServiceSpecificCredential: action(
    { UserName: name, ServiceName: v.string(), CredentialAgeDays: v.optional(wholeNumber) },
    (state, { UserName, ServiceName, CredentialAgeDays: days }) => {
      const user = userIn(state, UserName);
      if (!SERVICES.includes(ServiceName)) {
        throw new IamRefusal(404, "NotSupportedService", `The service ${ServiceName} does not support them.`);
      }
      if (days !== undefined && (days < 1 || days > AGE_MAX_DAYS)) {
        throw new IamRefusal(400, "ValidationError", "Value at 'credentialAgeDays' failed to satisfy constraint");
      }
      if ([...user.credentials.values()].filter(({ service }) => service === ServiceName).length >= CREDENTIALS_MAX) {
        const words = `Cannot exceed quota for ServiceSpecificCredentialsPerUser: ${CREDENTIALS_MAX}`;
        throw new IamRefusal(409, "LimitExceeded", words);
      }
      const made = state.addCredential(user, days, ServiceName);
      return { ServiceSpecificCredential: shownOnce(state, user, made) };
    },
  ),
  ResetServiceSpecificCredential: action(
    { UserName: name, ServiceSpecificCredentialId: credentialId },
    (state, { UserName, ServiceSpecificCredentialId }) => {
      const user = userIn(state, UserName);
      const credential = credentialIn(user, ServiceSpecificCredentialId);
      state.reset(user, credential);
      return { ServiceSpecificCredential: shownOnce(state, user, credential) };
    },
  ),
  UpdateServiceSpecificCredential: action(
    { UserName: name, ServiceSpecificCredentialId: credentialId, Status: v.picklist(["Active", "Inactive"]) },
    (state, { UserName, ServiceSpecificCredentialId, Status }) => {
      credentialIn(userIn(state, UserName), ServiceSpecificCredentialId).status = Status;
      return undefined;
    },
  ),
  DeleteServiceSpecificCredential: action(
    { UserName: name, ServiceSpecificCredentialId: credentialId },
    (state, { UserName, ServiceSpecificCredentialId }) => {
      const user = userIn(state, UserName);
      user.credentials.delete(credentialIn(user, ServiceSpecificCredentialId).id);
      return undefined;
    },
  ),
  ListServiceSpecificCredentials: action(
    {
      UserName: v.optional(name),
      ServiceName: serviceName,
      AllUsers: v.optional(v.picklist(["true", "false"])),
      Marker: v.optional(wholeNumber, "0"),
      MaxItems: v.optional(v.pipe(wholeNumber, v.minValue(1), v.maxValue(1_000)), "100"),
    },
    (state, { UserName, ServiceName, AllUsers, Marker, MaxItems }) => {
      if ((AllUsers === "true") === (UserName !== undefined)) {
        throw new IamRefusal(400, "InvalidInput", "Either UserName or AllUsers is to be specified.");
      }
      const users = UserName === undefined ? [...state.users.values()] : [userIn(state, UserName)];
      const all = users.flatMap((user) =>
        [...user.credentials.values()]
          .filter(({ service }) => ServiceName === undefined || service === ServiceName)
          .map((one) => shown(state, user, one)),
      );
      const end = Marker + MaxItems;
      return {
        ServiceSpecificCredentials: all.slice(Marker, end),
        IsTruncated: String(end < all.length),
        ...(end < all.length ? { Marker: String(end) } : {}),
      };
    },
  ),
};

export function iamActionIn(form: URLSearchParams): string {
  return form.get("Action") ?? "";
}

export function isIamAction(action: string): boolean {
  return Object.hasOwn(ACTIONS, action);
}

/** One call: the form of its body. */
export function callIam(state: BedrockState, form: URLSearchParams): SimulatorResponse {
  const { Action: called = "", Version, ...parameters } = Object.fromEntries(form);
  try {
    const run = isIamAction(called) && Version === "2010-05-08" ? ACTIONS[called] : undefined;
    if (run === undefined) throw new IamRefusal(400, "InvalidAction", `Could not find operation ${called}`);
    const result = run(state, parameters);
    const metadata = { RequestId: state.requestId() };
    const answer = { ...(result === undefined ? {} : { [`${called}Result`]: result }), ResponseMetadata: metadata };
    return xmlReply(200, `<${called}Response xmlns="${NAMESPACE}">${rendered(answer)}</${called}Response>`);
  } catch (error) {
    if (error instanceof IamRefusal) return refusalReply(state, error);
    throw error;
  }
}

export function refusalReply(state: BedrockState, { status, code, message }: IamRefusal): SimulatorResponse {
  const answer = { Error: { Type: "Sender", Code: code, Message: message }, RequestId: state.requestId() };
  return xmlReply(status, `<ErrorResponse xmlns="${NAMESPACE}">${rendered(answer)}</ErrorResponse>`);
}

function xmlReply(status: number, text: string): SimulatorResponse {
  return { status, headers: { "content-type": "text/xml" }, body: undefined, text: `${text}\n` };
}

function rendered(value: Xml): string {
  if (typeof value === "string") return escapeXml(value);
  if (Array.isArray(value)) return value.map((item) => `<member>${rendered(item)}</member>`).join("");
  return Object.entries(value)
    .map(([tag, inner]) => (inner === undefined ? "" : `<${tag}>${rendered(inner)}</${tag}>`))
    .join("");
}

function userIn(state: BedrockState, userName: string): StoredUser {
  return state.user(userName) ?? missing(`user with name ${userName}`);
}

function credentialIn({ credentials }: StoredUser, id: string): StoredCredential {
  return credentials.get(id) ?? missing(`service specific credential ${id}`);
}

function missing(what: string): never {
  throw new IamRefusal(404, "NoSuchEntity", `The ${what} cannot be found.`);
}

function shownUser(state: BedrockState, user: StoredUser): Xml {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: state.arnOf(user),
    CreateDate: isoSeconds(user.createdAt),
    Tags: [...user.tags].map(([Key, Value]) => ({ Key, Value })),
    ...(user.boundary === undefined
      ? {}
      : { PermissionsBoundary: { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: user.boundary } }),
  };
}

function shown(state: BedrockState, user: StoredUser, credential: StoredCredential) {
  return {
    CreateDate: isoSeconds(credential.createdAt),
    ...(credential.expiresAt === undefined ? {} : { ExpirationDate: isoSeconds(credential.expiresAt) }),
    ServiceName: credential.service,
    ...(credential.service === BEDROCK
      ? { ServiceCredentialAlias: credential.alias }
      : { ServiceUserName: credential.alias }),
    ServiceSpecificCredentialId: credential.id,
    UserName: user.name,
    Status: state.statusOf(credential),
  };
}

/** With the value, which is told once. */
function shownOnce(state: BedrockState, user: StoredUser, credential: StoredCredential) {
  const value =
    credential.service === BEDROCK
      ? { ServiceCredentialSecret: credential.value }
      : { ServicePassword: credential.value };
  return { ...shown(state, user, credential), ...value };
}

function isPolicy(text: string): boolean {
  try {
    return v.is(
      v.looseObject({ Version: v.literal("2012-10-17"), Statement: v.array(v.looseObject({})) }),
      JSON.parse(text),
    );
  } catch {
    return false;
  }
}
