import { identityOf, pin } from "../addresses";
import { StackResources } from "../stack-resources";
import { IamRolePolicy, type IConstruct, type LambdaFunction } from "../terraform";
import { Grant } from "./grant";
import { checkedRole, type IGrantee } from "./grantee";
import { operatorPolicy, plannerPolicy } from "./role-policies";

/** @internal What a grant needs to know of an issuer. */
export interface GrantedIssuer extends IConstruct {
  readonly prefix: string;
  readonly _name: string;
  readonly _ledger: { readonly tableName: string };
  /** What no two states can have. */
  readonly _exclusive: LambdaFunction;
  /** Of both functions. */
  _roleArns(there: StackResources): string[];
}

/**
 * Rights on one issuer, each the least that does it.
 *
 * @example
 * issuer.grants.plan({ roleName: "pull-request-plans" });
 * issuer.grants.operate(appRole);
 */
export class IssuerGrants {
  private readonly given = new Map<string, Grant>();

  /** @internal */
  public constructor(private readonly issuer: GrantedIssuer) {}

  /**
   * Lets the role order what the command line can: revoke, retain, adopt, rotate; and read what
   * `scoped-keys status` shows of the issuer's keys. It opens neither Terraform's door nor any
   * secret's value. Renders `aws_iam_role_policy`.
   *
   * Throws SK142 for what is no role, and SK141 for a role's name that is a token.
   * @returns the right, for `dependsOn` of what needs it
   */
  public operate(role: IGrantee): Grant {
    return this.attach("operate", role, operatorPolicy);
  }

  /**
   * Lets the role ask the observer, which is what a plan does, and read the issuer's own resources
   * as a plan does. It opens no door of the controller. State, and all else that the stack holds,
   * is not in it. Renders `aws_iam_role_policy`.
   *
   * Throws SK142 for what is no role, and SK141 for a role's name that is a token.
   * @returns the right, for `dependsOn` of what needs it
   */
  public plan(role: IGrantee): Grant {
    return this.attach("plan", role, plannerPolicy);
  }

  private attach(what: "operate" | "plan", role: IGrantee, policy: typeof operatorPolicy): Grant {
    const { issuer } = this;
    const { name, id, construct } = checkedRole(issuer, `grants.${what}`, role);
    const given = this.given.get(`${what}-${id}`);
    if (given !== undefined) return given;
    const here = StackResources.of(issuer);
    const granted = new IamRolePolicy(issuer, `${what}-${id}`, {
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
    const grant = new Grant(pin(granted, [identityOf(construct ?? name), issuer.prefix], what));
    this.given.set(`${what}-${id}`, grant);
    return grant;
  }
}
