import { identityOf, pin } from "../addresses";
import * as errors from "../errors";
import type { KeyIssuer } from "../issuer/key-issuer";
import { StackResources } from "../stack-resources";
import { Construct, IamRolePolicy, isToken } from "../terraform";
import { operatorPolicy, plannerPolicy } from "./role-policies";

/** A role of IAM: an `IamRole`, a `DataAwsIamRole`, or an object with the name of one that stands elsewhere. */
export interface IRoleReference {
  /** Of constructs. */
  readonly name?: string;
  /** Of a role that this app does not make. */
  readonly roleName?: string;
}

/** Rights on one issuer, each the least that does it. */
export class IssuerGrants {
  /** @internal */
  public constructor(private readonly issuer: KeyIssuer) {}

  /**
   * Lets the role order what the command line can: revoke, retain, adopt, rotate; and read what `scoped-keys status` shows of the issuer's
   * keys. It opens neither Terraform's door nor any secret's value. Renders `aws_iam_role_policy`.
   */
  public operate(role: IRoleReference): void {
    this.attach("operate", role, operatorPolicy);
  }

  /**
   * Lets the role ask the observer, which is what a plan does, and read the issuer's own resources as a plan does. It opens no door of the
   * controller. State, and all else that the stack holds, is not in it. Renders `aws_iam_role_policy`.
   */
  public plan(role: IRoleReference): void {
    this.attach("plan", role, plannerPolicy);
  }

  private attach(what: "operate" | "plan", role: IRoleReference, policy: typeof operatorPolicy): void {
    const { issuer } = this;
    const name = this.checkedRole(what, role);
    const id = `${what}-${Construct.isConstruct(role) ? role.node.path : name}`;
    // Twice the same role is once.
    if (issuer.node.tryFindChild(id) !== undefined) return;
    const here = StackResources.of(issuer);
    const granted = new IamRolePolicy(issuer, id, {
      name: `${what}-${issuer._name}`,
      role: name,
      policy: policy({
        here,
        prefix: issuer.prefix,
        ledgerTable: issuer._ledger.tableName,
        roleArns: issuer._roleArns(here),
      }),
      // A role's policy is written over by another of its name, which another state may have made.
      dependsOn: [issuer._exclusive],
    });
    pin(granted, [identityOf(Construct.isConstruct(role) ? role : name), issuer.prefix], what);
  }

  /** @returns the role's name; of a construct a token */
  private checkedRole(what: string, role: IRoleReference): string {
    const { issuer } = this;
    const property = `grants.${what}`;
    if (Construct.isConstruct(role)) {
      // Users and groups have names as well.
      const type: unknown = Reflect.get(role, "terraformResourceType");
      if (type === "aws_iam_role" && typeof role.name === "string") return role.name;
      throw errors.notARole(issuer, property, `the construct ${role.node.path} (${String(type ?? "no resource")})`);
    }
    const given: unknown = typeof role === "object" && role !== null ? Reflect.get(role, "roleName") : undefined;
    if (isToken(given)) throw errors.tokenNotAllowed(issuer, `${property}: roleName`);
    if (typeof given === "string" && ROLE_NAME.test(given)) return given;
    throw errors.notARole(issuer, property, JSON.stringify(role) ?? String(role));
  }
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html */
const ROLE_NAME = /^[\w+=,.@-]{1,64}$/;
