import * as v from "valibot";
import { isoTime } from "../../http/iso-time";
import { members } from "../../http/xml";
import { IAM_USERS, IAM_USERS_NAME_PREFIX, IAM_USERS_PATH } from "../../model/names";

/**
 * Answers of IAM's Query API, as far as they are used, and settings. Objects let added fields pass,
 * so that a growing API breaks nothing.
 */

/** Where `aws:RequestedRegion` has no region: what a global inference profile chose. */
export const NO_REGION = "unspecified";
const REGION = /^(?!us-gov-|cn-)[a-z]{2}(?:-[a-z]+)+-\d$/;

const regions = v.pipe(
  v.string(),
  v.transform((list) => list.split(",")),
  v.tupleWithRest(
    [v.pipe(v.string(), v.regex(REGION))],
    v.union([v.pipe(v.string(), v.regex(REGION)), v.literal(NO_REGION)]),
  ),
);

const policyArn = v.pipe(v.string(), v.regex(/^arn:aws:iam::(?:\d{12}|aws):policy\/[\w+=,.@/-]{1,512}$/));

export const settingsSchema = v.object({
  regions,
  baseUrl: v.optional(v.string()),
  /** Of each user that is made. */
  permissionsBoundary: v.optional(policyArn),
  userPath: v.optional(v.pipe(v.string(), v.regex(IAM_USERS_PATH)), IAM_USERS.path),
  userNamePrefix: v.optional(v.pipe(v.string(), v.regex(IAM_USERS_NAME_PREFIX)), IAM_USERS.namePrefix),
});

export const credentialsSchema = v.object({
  accessKeyId: v.pipe(v.string(), v.regex(/^\w{16,128}$/)),
  secretAccessKey: v.string(),
  sessionToken: v.optional(v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,8192}$/))),
});

const text = v.pipe(v.string(), v.minLength(1));

export const errorSchema = v.object({
  ErrorResponse: v.object({ Error: v.object({ Code: v.string(), Message: v.optional(v.string(), "") }) }),
});

/** With what an organisation has names begin with. AWS: at most 64 characters. */
export const USER = /^(?=.{1,64}$)[\w+=,.@-]{0,24}?scoped-keys-[\w+=,.@-]{1,52}$/;

const tags = members(v.object({ Key: v.string(), Value: v.string() }));
const user = v.object({ UserName: text, Tags: v.optional(tags) });
export const createdUserSchema = v.object({
  CreateUserResponse: v.object({ CreateUserResult: v.object({ User: user }) }),
});
export const userSchema = v.object({ GetUserResponse: v.object({ GetUserResult: v.object({ User: user }) }) });

const credential = v.object({
  ServiceSpecificCredentialId: v.pipe(v.string(), v.regex(/^\w{16,128}$/)),
  UserName: text,
  ServiceCredentialAlias: v.optional(v.string()),
  CreateDate: isoTime,
  ExpirationDate: v.optional(isoTime),
});
const listed = v.object({ ...credential.entries, Status: text });
export type Credential = v.InferOutput<typeof listed>;

export const mintedSchema = v.object({
  CreateServiceSpecificCredentialResponse: v.object({
    CreateServiceSpecificCredentialResult: v.object({
      // An end was asked for: a credential without one would live for ever.
      ServiceSpecificCredential: v.object({
        ...credential.entries,
        ExpirationDate: isoTime,
        ServiceCredentialSecret: text,
      }),
    }),
  }),
});

export const credentialsPageSchema = v.object({
  ListServiceSpecificCredentialsResponse: v.object({
    ListServiceSpecificCredentialsResult: v.object({
      ServiceSpecificCredentials: v.optional(members(listed), { member: [] }),
      IsTruncated: v.optional(v.picklist(["true", "false"])),
      Marker: v.optional(text),
    }),
  }),
});

export const policySchema = v.object({
  GetUserPolicyResponse: v.object({ GetUserPolicyResult: v.object({ PolicyDocument: text }) }),
});

/** Actions whose answer says nothing but that they were done. */
export type SilentAction =
  | "PutUserPolicy"
  | "DeleteUserPolicy"
  | "DetachUserPolicy"
  | "DeleteUser"
  | "DeleteServiceSpecificCredential";

export function doneSchema(action: SilentAction) {
  const metadata = v.object({ ResponseMetadata: v.object({ RequestId: v.string() }) });
  return v.looseObject({ [`${action}Response`]: metadata });
}

export const dataErrorSchema = v.union([
  v.object({ message: v.string() }),
  v.pipe(
    v.object({ Message: v.string() }),
    v.transform(({ Message }) => ({ message: Message })),
  ),
]);
