/**
 * IAM policy documents of people's and pipelines' roles. Pure texts over names and ARNs, as those
 * of the functions in `policies.ts`.
 */
import { LATEST, nameOfDoor, SWEEP_ALIAS } from "../../src/model/doors";
import { functionName, IAM_PATH, ISSUER_TAG, iamBoundaryName } from "../../src/model/names";
import { document, leadingKeys, type Places, type Statement, secretsUnder } from "../../src/model/policies";

/** One issuer, as its roles' policies name it. */
export interface IssuerScope {
  readonly here: Omit<Places, "managedPolicyArn">;
  readonly prefix: string;
  readonly ledgerTable: string;
  /** Of both functions. */
  readonly roleArns: readonly string[];
}

/**
 * Revoke, retain, adopt, rotate, and what `status` reads of the issuer's keys. No value of a key,
 * and no other door of the controller.
 */
export function operatorPolicy({ here, prefix, ledgerTable }: IssuerScope): string {
  const controller = functionName(prefix, "controller");
  const secrets = ownSecrets({ here, prefix });
  return document([
    {
      Sid: "Orders",
      Effect: "Allow",
      Action: "lambda:InvokeFunction",
      Resource: functionArn(here, nameOfDoor(controller, "operator")),
    },
    { Sid: "ReadSecrets", Effect: "Allow", Action: "secretsmanager:DescribeSecret", ...secrets },
    {
      // The same call also sets who rotates a secret, and how often. Absent from a request that
      // does not: hence `IfExists`.
      Sid: "Rotate",
      Effect: "Allow",
      Action: "secretsmanager:RotateSecret",
      Resource: secrets.Resource,
      Condition: {
        ...secrets.Condition,
        ArnEqualsIfExists: {
          "secretsmanager:RotationLambdaARN": functionArn(here, nameOfDoor(controller, "rotation")),
        },
        BoolIfExists: { "secretsmanager:ModifyRotationRules": "false" },
      },
    },
    {
      // AWS documents that RotateSecret takes this right on the rotation's function; it is given to
      // Secrets Manager on the operator's behalf, and not to the operator, whom it would let in by
      // Terraform's door.
      Sid: "RotationFunction",
      Effect: "Allow",
      Action: "lambda:InvokeFunction",
      Resource: functionArn(here, nameOfDoor(controller, "rotation")),
      Condition: { Bool: { "aws:ViaAWSService": "true" } },
    },
    {
      Sid: "Status",
      Effect: "Allow",
      Action: ["dynamodb:GetItem", "dynamodb:Query"],
      Resource: here.arn("dynamodb", `table/${ledgerTable}`),
      Condition: leadingKeys([prefix]),
    },
  ]);
}

/**
 * The observer alone, and what a plan reads of the issuer's own resources. No door of the
 * controller, and no value of a secret.
 */
export function plannerPolicy(scope: IssuerScope): string {
  return document([...observation(scope), ...reading(scope)]);
}

/** What an apply and a destroy of the issuer and its keys do, beside what a plan does. */
export function deployerPolicy(scope: IssuerScope): string {
  const { here, prefix, ledgerTable, roleArns } = scope;
  const controller = functionName(prefix, "controller");
  return document([
    ...observation(scope),
    ...reading(scope),
    {
      Sid: "Keys",
      Effect: "Allow",
      Action: "lambda:InvokeFunction",
      // The bare name is what Secrets Manager is told to rotate with.
      Resource: (["terraform", "rotation"] as const).map((door) => functionArn(here, nameOfDoor(controller, door))),
    },
    {
      Sid: "Secrets",
      Effect: "Allow",
      Action: [
        "secretsmanager:CancelRotateSecret",
        "secretsmanager:CreateSecret",
        "secretsmanager:DeleteResourcePolicy",
        "secretsmanager:DeleteSecret",
        "secretsmanager:PutResourcePolicy",
        "secretsmanager:RotateSecret",
        "secretsmanager:TagResource",
        "secretsmanager:UntagResource",
        "secretsmanager:UpdateSecret",
      ],
      ...ownSecrets(scope),
    },
    {
      Sid: "Functions",
      Effect: "Allow",
      Action: [
        "lambda:AddPermission",
        "lambda:CreateAlias",
        "lambda:CreateFunction",
        "lambda:DeleteAlias",
        "lambda:DeleteFunction",
        "lambda:DeleteFunctionConcurrency",
        "lambda:PutFunctionConcurrency",
        "lambda:RemovePermission",
        "lambda:TagResource",
        "lambda:UntagResource",
        "lambda:UpdateAlias",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
      ],
      Resource: functionsOf(scope),
    },
    ...makingRoles(roleArns),
    {
      Sid: "PassRoles",
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: roleArns,
      Condition: { StringEquals: { "iam:PassedToService": "lambda.amazonaws.com" } },
    },
    {
      Sid: "Logs",
      Effect: "Allow",
      Action: ["logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:TagResource"],
      Resource: logGroupsOf(scope),
    },
    {
      Sid: "Schedule",
      Effect: "Allow",
      Action: [
        "events:DeleteRule",
        "events:PutRule",
        "events:PutTargets",
        "events:RemoveTargets",
        "events:TagResource",
        "events:UntagResource",
      ],
      Resource: ruleOf(scope),
    },
    {
      Sid: "Alarms",
      Effect: "Allow",
      Action: [
        "cloudwatch:DeleteAlarms",
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:TagResource",
        "cloudwatch:UntagResource",
      ],
      Resource: alarmsOf(scope),
    },
    {
      // Of issuers of Bedrock alone.
      Sid: "UsersBoundary",
      Effect: "Allow",
      Action: [
        "iam:CreatePolicy",
        "iam:CreatePolicyVersion",
        "iam:DeletePolicy",
        "iam:DeletePolicyVersion",
        "iam:TagPolicy",
        "iam:UntagPolicy",
      ],
      Resource: boundaryOf(scope),
    },
    {
      Sid: "Ledger",
      Effect: "Allow",
      Action: [
        "dynamodb:CreateTable",
        "dynamodb:DeleteResourcePolicy",
        "dynamodb:DeleteTable",
        "dynamodb:PutResourcePolicy",
        "dynamodb:UpdateContinuousBackups",
      ],
      Resource: here.arn("dynamodb", `table/${ledgerTable}`),
    },
  ]);
}

/** Whoever may write a function's role and its code may do whatever that role can be given. */
const MAKES_ROLES = ["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"];
const KEEPS_ROLES = [
  "iam:DeleteRole",
  "iam:DeleteRolePolicy",
  "iam:ListInstanceProfilesForRole",
  "iam:TagRole",
  "iam:UntagRole",
  "iam:UpdateAssumeRolePolicy",
  "iam:UpdateRole",
];

function makingRoles(roleArns: readonly string[]): Statement[] {
  return [{ Sid: "Roles", Effect: "Allow", Action: [...MAKES_ROLES, ...KEEPS_ROLES].sort(), Resource: roleArns }];
}

/**
 * In place of the deployer's statement `Roles`, where the issuer's roles have a permissions
 * boundary: none is made, or given a right, without it. Nothing lets the deployer take it off, or
 * change the policy that it is.
 */
export function boundedRoles({ roleArns }: IssuerScope, boundaryArn: string): string {
  return document([
    {
      Sid: "BoundedRoles",
      Effect: "Allow",
      Action: MAKES_ROLES,
      Resource: roleArns,
      Condition: { StringEquals: { "iam:PermissionsBoundary": boundaryArn } },
    },
    { Sid: "Roles", Effect: "Allow", Action: KEEPS_ROLES, Resource: roleArns },
  ]);
}

/**
 * `$LATEST`: what Terraform's data source calls by. The bare name: what `scoped-keys status --live`
 * calls by.
 */
function observation({ here, prefix }: IssuerScope): Statement[] {
  const observer = functionName(prefix, "observer");
  return [
    {
      Sid: "Observe",
      Effect: "Allow",
      Action: "lambda:InvokeFunction",
      Resource: [functionArn(here, `${observer}:${LATEST}`), functionArn(here, observer)],
    },
  ];
}

function reading(scope: IssuerScope): Statement[] {
  const { here, ledgerTable, roleArns } = scope;
  return [
    {
      Sid: "ReadSecrets",
      Effect: "Allow",
      Action: ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"],
      ...ownSecrets(scope),
    },
    {
      Sid: "ReadFunctions",
      Effect: "Allow",
      Action: [
        "lambda:GetAlias",
        "lambda:GetFunction",
        "lambda:GetFunctionCodeSigningConfig",
        "lambda:GetPolicy",
        "lambda:ListVersionsByFunction",
      ],
      Resource: functionsOf(scope),
    },
    {
      Sid: "ReadRoles",
      Effect: "Allow",
      Action: ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
      Resource: roleArns,
    },
    {
      Sid: "ReadLogs",
      Effect: "Allow",
      Action: ["logs:DescribeLogGroups", "logs:ListTagsForResource"],
      Resource: here.arn("logs", "log-group:*"),
    },
    {
      Sid: "ReadSchedule",
      Effect: "Allow",
      Action: ["events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"],
      Resource: ruleOf(scope),
    },
    {
      Sid: "ReadAlarms",
      Effect: "Allow",
      Action: ["cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"],
      Resource: here.arn("cloudwatch", "alarm:*"),
    },
    {
      Sid: "ReadUsersBoundary",
      Effect: "Allow",
      Action: ["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions"],
      Resource: boundaryOf(scope),
    },
    {
      Sid: "ReadLedgerTable",
      Effect: "Allow",
      Action: [
        "dynamodb:DescribeContinuousBackups",
        "dynamodb:DescribeTable",
        "dynamodb:DescribeTimeToLive",
        "dynamodb:GetResourcePolicy",
        "dynamodb:ListTagsOfResource",
      ],
      Resource: here.arn("dynamodb", `table/${ledgerTable}`),
    },
    {
      // The provider asks which key encrypts tables that name none.
      Sid: "ReadLedgerKey",
      Effect: "Allow",
      Action: "kms:DescribeKey",
      Resource: here.arn("kms", "key/*"),
      Condition: { StringEquals: { "kms:RequestAlias": "alias/aws/dynamodb" } },
    },
  ];
}

/**
 * Secrets of the issuer's keys, and not those of another issuer whose prefix lies in this one's.
 * One without the tag is of nobody yet: it is being made, is taken over, or is not there.
 */
function ownSecrets({ here, prefix }: Pick<IssuerScope, "here" | "prefix">) {
  return {
    Resource: secretsUnder(here, prefix),
    Condition: { StringEqualsIfExists: { [`aws:ResourceTag/${ISSUER_TAG}`]: prefix } },
  };
}

function boundaryOf({ here, prefix }: IssuerScope): string {
  return here.iamArn(`policy${IAM_PATH}${iamBoundaryName(prefix)}`);
}

function functionArn(here: IssuerScope["here"], name: string): string {
  return here.arn("lambda", `function:${name}`);
}

/**
 * By their names, and by what stands behind a name: a permission of an alias is read and written by
 * that.
 */
function functionsOf({ here, prefix }: IssuerScope): string[] {
  const controller = functionName(prefix, "controller");
  const names = [
    controller,
    `${controller}:${SWEEP_ALIAS}`,
    `${controller}:operator`,
    functionName(prefix, "observer"),
  ];
  return names.map((name) => functionArn(here, name));
}

function logGroupsOf({ here, prefix }: IssuerScope): string[] {
  return (["controller", "observer"] as const).map((role) =>
    here.arn("logs", `log-group:/aws/lambda/${functionName(prefix, role)}:*`),
  );
}

function nameStart(prefix: string): string {
  return functionName(prefix, "controller").replace(/-controller$/, "");
}

function ruleOf({ here, prefix }: IssuerScope): string {
  return here.arn("events", `rule/${nameStart(prefix)}-sweep`);
}

function alarmsOf({ here, prefix }: IssuerScope): string {
  return here.arn("cloudwatch", `alarm:${nameStart(prefix)}-*`);
}
