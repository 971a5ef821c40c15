import * as checks from "../checks";
import * as errors from "../errors";
import { quoted } from "../given";
import { Construct, type IConstruct, isToken } from "../terraform";

/**
 * A role that the program declares or looks up: an `IamRole` or a `DataAwsIamRole`, of
 * `@cdktf/provider-aws` or of bindings that `cdktf get` generated. Users and groups of IAM have no
 * trust policy, so they do not compile.
 */
export interface IRoleConstruct extends IConstruct {
  /** The role's name; usually a token. */
  readonly name: string;
  /** The role's trust policy, as JSON; usually a token. */
  readonly assumeRolePolicy: string;
}

/** A role that stands elsewhere in the account of the stack. */
export interface INamedRole {
  /** Name of the role, without a path and without an ARN: 1 to 64 characters. No token. */
  readonly roleName: string;
}

/** Who can be given rights: a role of IAM. Anything else is refused with SK142. */
export type IGrantee = IRoleConstruct | INamedRole;

/** @internal A grantee that was looked at. */
export interface CheckedRole {
  /** Name of the role; of constructs a token. */
  readonly name: string;
  /** Path of the construct, or the name: the same for the same role. */
  readonly id: string;
  readonly construct: IConstruct | undefined;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html */
export const ROLE_NAME = /^[\w+=,.@-]{1,64}$/;

/**
 * Throws SK142 for what is no role, and SK161 for a name that is known only after synthesis.
 * @internal
 * @param property that the role is given to, e.g. `grants.read`
 */
export function checkedRole(at: IConstruct, property: string, given: IGrantee): CheckedRole {
  if (Construct.isConstruct(given)) {
    const { path } = given.node;
    // Users, groups, functions and policies have names as well, and a role may bear the same.
    const type: unknown = Reflect.get(given, "terraformResourceType");
    const name: unknown = Reflect.get(given, "name");
    if (type === "aws_iam_role" && typeof name === "string") return { name, id: path, construct: given };
    throw errors.notARole(at, property, `the construct ${path} (${String(type ?? "no resource")})`);
  }
  const name: unknown = typeof given === "object" && given !== null ? Reflect.get(given, "roleName") : undefined;
  checks.noValues(at, `${property}: roleName`, name);
  if (isToken(name)) throw errors.tokenNotAllowed(at, `${property}: roleName`);
  if (typeof name === "string" && ROLE_NAME.test(name)) return { name, id: name, construct: undefined };
  throw errors.notARole(at, property, quoted(given));
}
