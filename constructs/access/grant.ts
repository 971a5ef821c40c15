import { addressOf, Dependable, type IDependable, type TerraformResource } from "../terraform";

/**
 * A right that was given to a role. Whatever needs the right goes into effect after it:
 *
 * @example
 * const grant = key.grants.read(appRole);
 * new CloudwatchEventRule(stack, "nightly", {
 *   scheduleExpression: "rate(1 day)",
 *   dependsOn: [grant],
 * });
 */
export class Grant implements IDependable {
  /**
   * Terraform address of the resource that gives the right; `dependsOn` of resources in the same
   * stack takes it.
   */
  public readonly fqn: string;

  /** @internal */
  public constructor(resource: TerraformResource) {
    this.fqn = addressOf(resource);
    Dependable.implement(this, { dependencyRoots: [resource] });
  }
}
