import { type PolicyDocument, policyOf } from "../../iam";

/**
 * Managed policies of AWS whose text no plan holds, as far as they concern secrets, functions,
 * roles and what else keys depend on.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html. Of one that is
 * not here, nobody can tell.
 */
const GRANT: Readonly<Record<string, readonly string[] | { readonly allBut: readonly string[] }>> = {
  AdministratorAccess: ["*"],
  PowerUserAccess: { allBut: ["iam:*", "organizations:*", "account:*"] },
  SecretsManagerReadWrite: ["secretsmanager:*", "lambda:List*", "cloudformation:*", "kms:List*", "kms:Describe*"],
  IAMFullAccess: ["iam:*"],
  AWSLambda_FullAccess: ["lambda:*", "iam:PassRole", "logs:Describe*", "logs:Get*", "logs:Filter*"],
  AWSLambdaRole: ["lambda:InvokeFunction"],
  AmazonDynamoDBFullAccess: [
    "dynamodb:*",
    "iam:PassRole",
    "lambda:CreateFunction",
    "lambda:DeleteFunction",
    "lambda:*EventSourceMapping*",
    "cloudwatch:*",
    "sns:*",
  ],
  AmazonDynamoDBFullAccess_v2: ["dynamodb:*", "cloudwatch:*", "kms:DescribeKey"],
  CloudWatchFullAccess: ["cloudwatch:*", "logs:*", "sns:*", "autoscaling:Describe*"],
  CloudWatchFullAccessV2: ["cloudwatch:*", "logs:*", "sns:CreateTopic", "sns:Subscribe", "sns:List*", "iam:PassRole"],
  CloudWatchLogsFullAccess: ["logs:*", "cloudwatch:GenerateQuery"],
  CloudWatchEventsFullAccess: ["events:*", "iam:PassRole"],
  AmazonEventBridgeFullAccess: ["events:*", "schemas:*", "scheduler:*", "pipes:*", "iam:PassRole"],
  AmazonSNSFullAccess: ["sns:*"],
  ReadOnlyAccess: [],
  ViewOnlyAccess: [],
  SecurityAudit: [],
  IAMReadOnlyAccess: [],
  AWSLambda_ReadOnlyAccess: [],
  AmazonDynamoDBReadOnlyAccess: [],
  AmazonSNSReadOnlyAccess: [],
  CloudWatchReadOnlyAccess: [],
  CloudWatchLogsReadOnlyAccess: [],
  AWSXRayDaemonWriteAccess: [],
  AWSXrayWriteOnlyAccess: [],
  CloudWatchAgentServerPolicy: ["logs:PutRetentionPolicy"],
  CloudWatchLambdaInsightsExecutionRolePolicy: [],
  AmazonSSMManagedInstanceCore: [],
  AmazonS3FullAccess: [],
  AmazonS3ReadOnlyAccess: [],
  AmazonSQSFullAccess: [],
  AmazonSQSReadOnlyAccess: [],
  AmazonEC2ReadOnlyAccess: [],
  AmazonEC2ContainerRegistryReadOnly: [],
  AmazonEC2ContainerRegistryPowerUser: [],
  AmazonEKSClusterPolicy: [],
  AmazonEKSWorkerNodePolicy: [],
  AmazonEKS_CNI_Policy: [],
  "service-role/AWSLambdaBasicExecutionRole": [],
  "service-role/AWSLambdaVPCAccessExecutionRole": [],
  "service-role/AWSLambdaSQSQueueExecutionRole": [],
  "service-role/AWSLambdaDynamoDBExecutionRole": [],
  "service-role/AWSLambdaKinesisExecutionRole": [],
  "service-role/AWSLambdaRole": ["lambda:InvokeFunction"],
  "service-role/AmazonECSTaskExecutionRolePolicy": [],
  "service-role/AmazonRDSEnhancedMonitoringRole": [],
  "service-role/AmazonAPIGatewayPushToCloudWatchLogs": [],
};

/** @param arn of a policy; undefined: it is none of AWS's that is known here */
export function managedPolicy(arn: string): PolicyDocument | undefined {
  const name = /^arn:[^:]*:iam::aws:policy\/(?:job-function\/)?(.+)$/.exec(arn)?.[1];
  const granted = name !== undefined && Object.hasOwn(GRANT, name) ? GRANT[name] : undefined;
  if (granted === undefined) return undefined;
  const actions = "allBut" in granted ? { NotAction: granted.allBut } : { Action: granted };
  return policyOf({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Resource: "*", ...actions }] });
}
