import { ledgerTableName } from "../src/model/names";
import { ledgerPolicy } from "./policies";
import {
  Construct,
  DataAwsCallerIdentity,
  DataAwsPartition,
  DataAwsRegion,
  DynamodbResourcePolicy,
  DynamodbTable,
  type IConstruct,
  Lazy,
  stackOf,
} from "./terraform";

/**
 * What a stack has once, however many issuers and keys it holds. Renders `data.aws_caller_identity`, `data.aws_region`,
 * `data.aws_partition` and, for stacks with an issuer, the ledger: an `aws_dynamodb_table` and its `aws_dynamodb_resource_policy`.
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
  private table: DynamodbTable | undefined;
  private policy: DynamodbResourcePolicy | undefined;
  private readonly writers: string[] = [];

  private constructor(scope: Construct, id: string) {
    super(scope, id);
    this.account = new DataAwsCallerIdentity(this, "account", {}).accountId;
    // `id` and not `name`: the AWS provider renamed the latter between its majors 5 and 6.
    this.region = new DataAwsRegion(this, "region", {}).id;
    this.partition = new DataAwsPartition(this, "partition", {}).partition;
  }

  /** ARN in the stack's account and region. Made of texts known in every plan, so that policies show there in full. */
  public arn(service: string, resource: string): string {
    return `arn:${this.partition}:${service}:${this.region}:${this.account}:${resource}`;
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

  /** Hash key `pk`: an issuer's prefix; range key `sk`: what of it. Its loss can be made good from names at the vendor. */
  public get ledger(): DynamodbTable {
    this.table ??= new DynamodbTable(this, "ledger", {
      name: ledgerTableName(stackOf(this).node.id),
      billingMode: "PAY_PER_REQUEST",
      hashKey: "pk",
      rangeKey: "sk",
      attribute: [
        { name: "pk", type: "S" },
        { name: "sk", type: "S" },
      ],
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: true },
    });
    return this.table;
  }

  /**
   * Lets a role write into the ledger.
   * @returns the ledger's policy; whatever writes in that role's name is made after it, and goes before it
   */
  public letWrite(roleName: string): DynamodbResourcePolicy {
    this.writers.push(this.roleArn(roleName));
    const { ledger } = this;
    this.policy ??= new DynamodbResourcePolicy(this, "ledger_policy", {
      // A text, as in all policies: known in every plan.
      resourceArn: this.arn("dynamodb", `table/${ledger.nameInput ?? ""}`),
      policy: Lazy.stringValue({ produce: () => ledgerPolicy(this, ledger.nameInput ?? "", this.writers) }),
      dependsOn: [ledger],
    });
    return this.policy;
  }
}

const ID = "scoped-keys";
