import {
  Construct,
  DataAwsCallerIdentity,
  DataAwsPartition,
  DataAwsRegion,
  type IConstruct,
  stackOf,
} from "./terraform";

/**
 * What a stack has once, however many issuers and keys it holds. Renders
 * `data.aws_caller_identity`, `data.aws_region` and `data.aws_partition`.
 */
export class StackResources extends Construct {
  /** Those of the stack that the construct is in; made when first asked for. */
  public static of(construct: IConstruct): StackResources {
    const stack = stackOf(construct);
    const found = stack.node.tryFindChild(ID);
    return found instanceof StackResources ? found : new StackResources(stack, ID);
  }

  public readonly account: string;
  public readonly region: string;
  public readonly partition: string;

  private constructor(scope: Construct, id: string) {
    super(scope, id);
    this.account = new DataAwsCallerIdentity(this, "account", {}).accountId;
    // `id` and not `name`: the AWS provider renamed the latter between its majors 5 and 6.
    this.region = new DataAwsRegion(this, "region", {}).id;
    this.partition = new DataAwsPartition(this, "partition", {}).partition;
  }

  /**
   * ARN in the stack's account and region. Made of texts known in every plan, so that policies show
   * there in full.
   */
  public arn(service: string, resource: string): string {
    return this.arnIn(this.region, service, resource);
  }

  /** The same in another region. */
  public arnIn(region: string, service: string, resource: string): string {
    return `arn:${this.partition}:${service}:${region}:${this.account}:${resource}`;
  }

  public roleArn(roleName: string): string {
    return this.iamArn(`role/${roleName}`);
  }

  /** IAM has no regions. */
  public iamArn(resource: string): string {
    return `arn:${this.partition}:iam::${this.account}:${resource}`;
  }

  public managedPolicyArn(policyName: string): string {
    return `arn:${this.partition}:iam::aws:policy/${policyName}`;
  }
}

const ID = "scoped-keys";
