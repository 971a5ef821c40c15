import { defined } from "../../src/model/defined";
import { ENVIRONMENT } from "../../src/model/environment";
import { functionName } from "../../src/model/names";
import { pin } from "../addresses";
import type { StackResources } from "../stack-resources";
import {
  AssetType,
  CloudwatchLogGroup,
  Construct,
  IamRolePolicy,
  LambdaFunction,
  TerraformAsset,
  type TerraformResource,
} from "../terraform";
import { functionCode, functionCodeWith } from "./function-code";
import { FunctionRole, type RoleProps } from "./function-role";
import type { Ledger } from "./ledger";

export interface KeyFunctionProps {
  readonly here: StackResources;
  readonly ledger: Ledger;
  readonly vendor: string;
  /** Of a custom issuer: the adapter file that goes beside the code. */
  readonly adapter: Uint8Array | undefined;
  readonly role: "controller" | "observer";
  readonly prefix: string;
  readonly timeoutSeconds: number;
  readonly memoryMebibytes: number;
  /** Undefined where the vendor has no admin key. */
  readonly adminSecret: string | undefined;
  readonly vendorSettings: string;
  /** Each plan of the issuer's keys asks the observer. */
  readonly driftAtPlan: boolean;
  readonly adminCallsPerMinute: number;
  readonly retentionDays: number;
  readonly logKmsKeyArn: string | undefined;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly tags: { readonly [name: string]: string } | undefined;
  readonly roles: RoleProps;
  /** Undefined: what the account has left. */
  readonly concurrency: number | undefined;
}

/**
 * Renders `aws_lambda_function`, `aws_iam_role`, `aws_iam_role_policy` and
 * `aws_cloudwatch_log_group`.
 */
export class KeyFunction extends Construct {
  public readonly functionName: string;
  public readonly logGroupName: string;
  public readonly role: FunctionRole;
  public readonly lambda: LambdaFunction;
  private variables: Readonly<Record<string, string>>;

  /** @param policy made from the name of the function's log group */
  public constructor(scope: Construct, id: string, props: KeyFunctionProps, policy: (logGroup: string) => string) {
    super(scope, id);
    const tags = props.tags === undefined ? {} : { tags: props.tags };
    this.functionName = functionName(props.prefix, props.role);
    this.logGroupName = `/aws/lambda/${this.functionName}`;
    const own = <R extends TerraformResource>(resource: R, part: string) =>
      pin(resource, [props.prefix], `${props.role}_${part}`);

    this.role = new FunctionRole(this, this.functionName, props.here, props.roles, props);
    const role = this.role.resource;
    const rolePolicy = own(
      new IamRolePolicy(this, "policy", {
        name: props.role,
        role: role.name,
        policy: policy(this.logGroupName),
      }),
      "policy",
    );
    const logGroup = own(
      new CloudwatchLogGroup(this, "log", {
        name: this.logGroupName,
        retentionInDays: props.retentionDays,
        ...defined({ kmsKeyId: props.logKmsKeyArn }),
        ...tags,
      }),
      "log",
    );

    const code =
      props.adapter === undefined
        ? functionCode(this, props.vendor, props.role)
        : functionCodeWith(this, props.role, props.adapter);
    // The file's path follows from the construct's: beside the stack's own, so that it stays when
    // the issuer's construct moves.
    const asset = new TerraformAsset(props.here, `code_${this.functionName}`, {
      path: code.path,
      type: AssetType.FILE,
      assetHash: code.sha256.toString("hex").slice(0, 32),
    });
    this.variables = {
      [ENVIRONMENT.prefix]: props.prefix,
      [ENVIRONMENT.ledgerTable]: props.ledger.table.name,
      ...(props.adminSecret === undefined ? {} : { [ENVIRONMENT.adminSecret]: props.adminSecret }),
      [ENVIRONMENT.vendorSettings]: props.vendorSettings,
      ...(props.driftAtPlan ? { [ENVIRONMENT.driftAtPlan]: "true" } : {}),
      [ENVIRONMENT.adminCallsPerMinute]: String(props.adminCallsPerMinute),
    };
    const lambda = new LambdaFunction(this, "function", {
      functionName: this.functionName,
      description: `${props.role} of the keys under ${props.prefix}/`,
      role: role.arn,
      packageType: "Zip",
      filename: asset.path,
      sourceCodeHash: code.sha256.toString("base64"),
      handler: "index.handler",
      runtime: "nodejs22.x",
      architectures: ["arm64"],
      memorySize: props.memoryMebibytes,
      timeout: props.timeoutSeconds,
      ...defined({ reservedConcurrentExecutions: props.concurrency }),
      environment: { variables: this.variables },
      ...(props.subnetIds.length === 0
        ? {}
        : { vpcConfig: { subnetIds: [...props.subnetIds], securityGroupIds: [...props.securityGroupIds] } }),
      ...tags,
      // Whoever may invoke the function finds it with all its permissions, and on destroy they
      // outlive its last call.
      dependsOn: [rolePolicy, logGroup, props.ledger.letWrite(this.role.arnIn(props.here))],
    });
    this.lambda = own(lambda, "function");
  }

  /** Adds to the function's environment. */
  public addVariable(name: string, value: string): void {
    this.variables = { ...this.variables, [name]: value };
    this.lambda.putEnvironment({ variables: this.variables });
  }
}
