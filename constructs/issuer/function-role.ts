import { defined } from "../../src/model/defined";
import { roleName } from "../../src/model/names";
import { ASSUMED_BY_LAMBDA } from "../../src/model/policies";
import { pin } from "../addresses";
import type { StackResources } from "../stack-resources";
import { addressOf, type Construct, IamRole, isToken, Lazy, renderedOf, stackOf } from "../terraform";

/** What an organisation demands of each IAM role. */
export interface RoleProps {
  /**
   * IAM path, e.g. `/platform/`. A change replaces the roles.
   * @default "/"
   */
  readonly path?: string;
  /**
   * What the roles' names begin with, e.g. `platform-`. A change replaces the roles.
   * @default - nothing: `ai-keys-openai-controller-<region>`
   */
  readonly namePrefix?: string;
  /**
   * ARN of the policy that is the most that the roles may do. It has to let them do what they are
   * for: docs/permissions.md.
   * @default - none
   */
  readonly permissionsBoundaryArn?: string;
}

/**
 * Role of a function. What its policies and others' say of it is read from the resource, after
 * every Aspect: an organisation's Aspect may give roles a path or a name.
 */
export class FunctionRole {
  public readonly resource: IamRole;

  public constructor(
    scope: Construct,
    private readonly functionName: string,
    private readonly here: StackResources,
    private readonly props: RoleProps,
    {
      prefix,
      role,
      tags,
    }: {
      readonly prefix: string;
      readonly role: string;
      readonly tags: { readonly [name: string]: string } | undefined;
    },
  ) {
    const { path, permissionsBoundaryArn } = props;
    const resource = new IamRole(scope, "role", {
      name: this.nameIn(here),
      assumeRolePolicy: ASSUMED_BY_LAMBDA,
      ...defined({ path, permissionsBoundary: permissionsBoundaryArn, tags }),
    });
    this.resource = pin(resource, [prefix], `${role}_role`);
  }

  /**
   * @param there of the stack in which it is used. A text that plans know, unless somebody lets AWS
   * choose the name
   */
  public arnIn(there: StackResources): string {
    return Lazy.stringValue({ produce: () => this.arn(there) });
  }

  private arn(there: StackResources): string {
    const { name, name_prefix, path = "/" } = renderedOf(this.resource);
    const isSame = stackOf(there) === stackOf(this.resource);
    if (typeof name === "string" && name_prefix === undefined && typeof path === "string") {
      const own = name === this.nameIn(this.here) ? this.nameIn(there) : name;
      if (isSame || !isToken(path)) return there.iamArn(`role${path}${own}`);
    }
    // A token of another stack makes that stack put the ARN out.
    return isSame ? `\${${addressOf(this.resource)}.arn}` : this.resource.arn;
  }

  private nameIn(there: StackResources): string {
    return roleName(this.functionName, there.region, this.props.namePrefix);
  }
}
