import { allPages, stuckPages } from "../../http/admin-client";
import { orGone, orUndefined } from "../../http/not-found";
import { parseSettingsWithUrl } from "../../http/settings";
import { defined } from "../../model/defined";
import type { Granted } from "../../model/granted";
import { type IamUsers, iamUserName } from "../../model/names";
import { poll } from "../../model/poll";
import { SECONDS_PER_DAY } from "../../model/units";
import { VendorError } from "../../model/vendor-error";
import type { VerifyResult } from "../../model/verify-result";
import type {
  CallOptions,
  FullVendorAdapter,
  KeyRequest,
  MintedKey,
  MintRequest,
  OwnerRequest,
  UpdateRequest,
  Vendor,
  VendorConnection,
  VendorKey,
  VerifyRequest,
} from "../vendor";
import { bedrockDescriptor } from "./descriptor";
import { type IamCall, IamClient, iamEndpoint } from "./iam";
import { grantedBy, policyOf } from "./policy";
import {
  type Credential,
  createdUserSchema,
  credentialsPageSchema,
  doneSchema,
  mintedSchema,
  policySchema,
  type SilentAction,
  settingsSchema,
  USER,
  userSchema,
} from "./schemas";
import { dataUrlOf, verify } from "./verify";

const SERVICE = { ServiceName: "bedrock.amazonaws.com" };
const POLICY = { PolicyName: "scoped-keys" };
const OWNER_TAG = "scoped-keys:owner";
/**
 * The console attaches it to whoever gets a key; a user with a policy attached cannot be deleted.
 */
const ATTACHED_POLICY = "arn:aws:iam::aws:policy/AmazonBedrockLimitedAccess";
const PAGE = 100;
/** IAM tells of what was just made with a delay, of seconds at the most. */
const LOOK_PAUSES_MILLIS = [1_000, 1_000, 1_000, 1_000] as const;
const CREDENTIAL = /^\w{16,128}$/;

type Parameters = IamCall<unknown>["parameters"];

/**
 * Owners are IAM users, one for each declared key; their names and ids are the same. A vendor key's
 * id is `<user>:<credential>`.
 */
export const bedrock: Vendor<FullVendorAdapter> = {
  descriptor: bedrockDescriptor,
  dataUrl: (settings) => dataUrlOf(parsedSettings(settings).regions[0]),
  connect: (connection) => new BedrockAdapter(connection),
};

function parsedSettings(settings: unknown) {
  const { userPath, userNamePrefix, ...parsed } = parseSettingsWithUrl(bedrockDescriptor, settingsSchema, settings);
  const users: IamUsers = { path: userPath, namePrefix: userNamePrefix };
  return { ...parsed, users };
}

class BedrockAdapter implements FullVendorAdapter {
  readonly descriptor = bedrockDescriptor;
  readonly #connection: VendorConnection;
  readonly #iam: IamClient;
  readonly #regions: readonly [string, ...string[]];
  /**
   * IAM takes nothing from the role that lacks it: whatever is done with a user's policies, it may
   * do no more than that.
   */
  readonly #boundary: Readonly<Record<string, string>>;
  readonly #users: IamUsers;

  constructor(connection: VendorConnection) {
    const { regions, baseUrl, permissionsBoundary, users } = parsedSettings(connection.settings);
    this.#users = users;
    this.#boundary = permissionsBoundary === undefined ? {} : { PermissionsBoundary: permissionsBoundary };
    this.#connection = connection;
    this.#iam = new IamClient(connection, baseUrl);
    this.#regions = regions;
  }

  findOwner({ name, signal }: OwnerRequest): Promise<string | undefined> {
    return orUndefined(async () => {
      const { UserName, Tags } = await this.#user(iamUserName(name, this.#users.namePrefix), signal);
      // Hashes can meet, and people can make users of any name.
      return Tags?.member.some(({ Key, Value }) => Key === OWNER_TAG && Value === name) ? UserName : undefined;
    });
  }

  async createOwner({ name, signal }: OwnerRequest): Promise<string> {
    const { CreateUserResponse } = await this.#iam.call({
      action: "CreateUser",
      parameters: {
        UserName: iamUserName(name, this.#users.namePrefix),
        Path: this.#users.path,
        "Tags.member.1.Key": OWNER_TAG,
        "Tags.member.1.Value": name,
        ...this.#boundary,
      },
      answer: createdUserSchema,
      signal,
    });
    const { UserName } = CreateUserResponse.CreateUserResult.User;
    await this.#isKnown(UserName, signal);
    return UserName;
  }

  async deleteOwner({ ownerId, signal }: { ownerId: string; signal?: AbortSignal }): Promise<"deleted" | "gone"> {
    const user = userIn(ownerId, "DeleteUser");
    return orGone(async () => {
      for (const { ServiceSpecificCredentialId } of await this.#credentials({ UserName: user }, signal)) {
        await orGone(() => this.#delete(user, ServiceSpecificCredentialId, signal));
      }
      const ofUser = { UserName: user };
      await orGone(() => this.#do("DeleteUserPolicy", { ...ofUser, ...POLICY }, signal));
      try {
        await this.#do("DeleteUser", ofUser, signal);
      } catch (error) {
        if (!(error instanceof VendorError && error.kind === "conflict")) throw error;
        await orGone(() => this.#do("DetachUserPolicy", { ...ofUser, PolicyArn: ATTACHED_POLICY }, signal));
        await this.#do("DeleteUser", ofUser, signal);
      }
      return "deleted" as const;
    });
  }

  async mint({ ownerId, grant, expiresInSeconds, signal }: MintRequest): Promise<MintedKey> {
    const action = "CreateServiceSpecificCredential";
    const user = userIn(ownerId ?? "", action);
    // What cannot be granted afterwards is refused before there is a key.
    policyOf(grant, this.#regions, iamEndpoint(action));
    const days = Math.ceil(expiresInSeconds / SECONDS_PER_DAY);
    const answer = await this.#iam.call({
      action,
      parameters: { UserName: user, ...SERVICE, CredentialAgeDays: String(days) },
      answer: mintedSchema,
      signal,
    });
    const made = answer.CreateServiceSpecificCredentialResponse.CreateServiceSpecificCredentialResult;
    const { ServiceCredentialSecret, ...credential } = made.ServiceSpecificCredential;
    const { id, name, createdAt } = facts(credential);
    return { id, name, createdAt, value: ServiceCredentialSecret, expiresAt: credential.ExpirationDate };
  }

  async list({ signal }: CallOptions): Promise<VendorKey[]> {
    return (await this.#credentials({ AllUsers: "true" }, signal)).map((credential) => vendorKey(credential));
  }

  async read({ keyId, signal }: KeyRequest): Promise<VendorKey | undefined> {
    const { user, credential } = partsOf(keyId, "ListServiceSpecificCredentials");
    return orUndefined(async () => {
      const found = await this.#found(user, credential, signal);
      if (found === undefined) return undefined;
      return vendorKey(found, grantedBy(await this.#policy(user, signal), this.#regions));
    });
  }

  /** The policy is the user's: both of a key's credentials get the grant. */
  async update({ keyId, grant, expiresInSeconds, signal }: UpdateRequest): Promise<VendorKey> {
    const action = "PutUserPolicy";
    const endpoint = iamEndpoint(action);
    const { user, credential } = partsOf(keyId, action);
    if (expiresInSeconds !== undefined) {
      throw new VendorError("invalid", endpoint, "IAM sets an expiry when a credential is made, and never again");
    }
    if (grant === undefined) throw new VendorError("invalid", endpoint, "nothing to update");
    const document = policyOf(grant, this.#regions, endpoint);
    await this.#do(action, { UserName: user, ...POLICY, PolicyDocument: document }, signal);
    const found = await this.#found(user, credential, signal);
    if (found === undefined) throw new VendorError("not_found", endpoint, "the user has no such credential any more");
    return vendorKey(found, grantedBy(await this.#policy(user, signal), this.#regions));
  }

  async revoke({ keyId, signal }: KeyRequest): Promise<"revoked" | "gone"> {
    const { user, credential } = partsOf(keyId, "DeleteServiceSpecificCredential");
    return orGone(async () => {
      await this.#delete(user, credential, signal);
      return "revoked" as const;
    });
  }

  verify(request: VerifyRequest): Promise<VerifyResult> {
    const { fetch, now } = this.#connection;
    return verify({ fetch, now, region: this.#regions[0] }, request);
  }

  async #user(name: string, signal: AbortSignal | undefined) {
    const answer = await this.#iam.call({
      action: "GetUser",
      parameters: { UserName: name },
      answer: userSchema,
      signal,
    });
    return answer.GetUserResponse.GetUserResult.User;
  }

  /** Keys can be minted for a user that IAM answers for. */
  async #isKnown(name: string, signal: AbortSignal | undefined): Promise<void> {
    const look = () => orUndefined(() => this.#user(name, signal));
    const user = await poll({
      first: await look(),
      again: look,
      isGood: (found) => found !== undefined,
      pausesMillis: LOOK_PAUSES_MILLIS,
      sleep: (millis) => this.#connection.sleep(millis, signal),
    });
    if (user !== undefined) return;
    throw new VendorError("unavailable", iamEndpoint("GetUser"), "IAM does not know the user that it has just made");
  }

  #credentials(which: Parameters, signal: AbortSignal | undefined): Promise<Credential[]> {
    const action = "ListServiceSpecificCredentials";
    return allPages("IAM", iamEndpoint(action), async (more) => {
      const parameters = { ...which, ...SERVICE, MaxItems: String(PAGE), ...Object.fromEntries(more) };
      const answer = await this.#iam.call({ action, parameters, answer: credentialsPageSchema, signal });
      const page = answer.ListServiceSpecificCredentialsResponse.ListServiceSpecificCredentialsResult;
      const { ServiceSpecificCredentials, IsTruncated, Marker } = page;
      if (IsTruncated === "true" && Marker === undefined) throw stuckPages("IAM", iamEndpoint(action));
      return {
        items: ServiceSpecificCredentials.member,
        next: IsTruncated === "true" && Marker !== undefined ? [["Marker", Marker]] : undefined,
      };
    });
  }

  async #found(user: string, id: string, signal: AbortSignal | undefined): Promise<Credential | undefined> {
    const all = await this.#credentials({ UserName: user }, signal);
    return all.find(({ ServiceSpecificCredentialId }) => ServiceSpecificCredentialId === id);
  }

  #policy(user: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    return orUndefined(async () => {
      const answer = await this.#iam.call({
        action: "GetUserPolicy",
        parameters: { UserName: user, ...POLICY },
        answer: policySchema,
        signal,
      });
      return decoded(answer.GetUserPolicyResponse.GetUserPolicyResult.PolicyDocument);
    });
  }

  #delete(user: string, id: string, signal: AbortSignal | undefined): Promise<void> {
    const parameters = { UserName: user, ServiceSpecificCredentialId: id };
    return this.#do("DeleteServiceSpecificCredential", parameters, signal);
  }

  async #do(action: SilentAction, parameters: Parameters, signal: AbortSignal | undefined): Promise<void> {
    await this.#iam.call({ action, parameters, answer: doneSchema(action), signal });
  }
}

/** IAM escapes a policy as RFC 3986 has it. What is none stays as it is, and is nobody's policy. */
function decoded(document: string): string {
  try {
    return decodeURIComponent(document);
  } catch {
    return document;
  }
}

function userIn(ownerId: string, action: string): string {
  if (USER.test(ownerId)) return ownerId;
  throw new VendorError("invalid", iamEndpoint(action), "not a name of an IAM user that owns keys");
}

function partsOf(keyId: string, action: string): { readonly user: string; readonly credential: string } {
  const [user = "", credential = "", ...more] = keyId.split(":");
  if (USER.test(user) && CREDENTIAL.test(credential) && more.length === 0) return { user, credential };
  throw new VendorError("invalid", iamEndpoint(action), "not an id of a vendor key: <user>:<credential>");
}

function facts(credential: Omit<Credential, "Status">) {
  const { UserName, ServiceSpecificCredentialId, ServiceCredentialAlias, CreateDate } = credential;
  return {
    id: `${UserName}:${ServiceSpecificCredentialId}`,
    name: ServiceCredentialAlias ?? ServiceSpecificCredentialId,
    createdAt: CreateDate,
  };
}

function vendorKey(credential: Credential, granted?: Granted): VendorKey {
  const { UserName, ExpirationDate, Status } = credential;
  // An expired one is shown by its end.
  const works = Status === "Active" || (Status === "Expired" && ExpirationDate !== undefined);
  return {
    ...facts(credential),
    ...defined({ expiresAt: ExpirationDate }),
    ...(works ? {} : { disabled: true }),
    ownerId: UserName,
    ...defined({ granted }),
  };
}
