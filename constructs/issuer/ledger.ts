import { ledgerTableName } from "../../src/model/names";
import { ledgerPolicy } from "../../src/model/policies";
import { pin } from "../addresses";
import type { StackResources } from "../stack-resources";
import { Construct, DynamodbResourcePolicy, DynamodbTable, Lazy } from "../terraform";

/**
 * What an issuer remembers of its keys: ids, times and policies, never a value. Hash key `pk`: the
 * issuer's prefix; range key `sk`: what of it. Its loss can be made good from names at the vendor.
 * Renders `aws_dynamodb_table` and its `aws_dynamodb_resource_policy`.
 */
export class Ledger extends Construct {
  public readonly tableName: string;
  public readonly table: DynamodbTable;
  private policy: DynamodbResourcePolicy | undefined;
  private readonly writers: string[] = [];

  public constructor(
    scope: Construct,
    id: string,
    private readonly here: StackResources,
    private readonly prefix: string,
  ) {
    super(scope, id);
    this.tableName = ledgerTableName(prefix);
    const table = new DynamodbTable(this, "table", {
      name: this.tableName,
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
    this.table = pin(table, [prefix], "ledger");
  }

  /**
   * Lets a role write into the ledger.
   * @returns the ledger's policy; whatever writes in that role's name is made after it, and goes
   * before it
   */
  public letWrite(roleArn: string): DynamodbResourcePolicy {
    this.writers.push(roleArn);
    if (this.policy === undefined) {
      const policy = new DynamodbResourcePolicy(this, "policy", {
        // A text, as in all policies: known in every plan.
        resourceArn: this.here.arn("dynamodb", `table/${this.tableName}`),
        policy: Lazy.stringValue({ produce: () => ledgerPolicy(this.here, this.tableName, this.writers) }),
        dependsOn: [this.table],
      });
      this.policy = pin(policy, [this.prefix], "ledger_policy");
    }
    return this.policy;
  }
}
