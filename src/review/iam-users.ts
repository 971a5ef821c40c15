import { IAM_USERS, IAM_USERS_NAME_PREFIX, IAM_USERS_PATH, type IamUsers } from "../model/names";
import { type Attributes, text } from "./attributes";

/**
 * What the functions of an issuer are told of its IAM users; what the constructs would refuse
 * stands for nothing. @param settings of its vendor
 */
export function iamUsersOf(settings: Attributes): IamUsers {
  const allowed = (name: string, pattern: RegExp) => {
    const given = text(settings, name);
    return given !== undefined && pattern.test(given) ? given : undefined;
  };
  return {
    path: allowed("userPath", IAM_USERS_PATH) ?? IAM_USERS.path,
    namePrefix: allowed("userNamePrefix", IAM_USERS_NAME_PREFIX) ?? IAM_USERS.namePrefix,
  };
}
