/** IAM policy documents. Pure texts over names and ARNs, so that least privilege can be read in one place. */
import { INCIDENT_EVENT_SOURCE } from "../src/model/incidents";
import { pacePartition, secretName } from "../src/model/names";
import type { StackResources } from "./stack-resources";

export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: string | { readonly [kind: string]: string };
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: { readonly [operator: string]: { readonly [key: string]: string | readonly string[] } };
}

export function document(statements: readonly Statement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

export const ASSUMED_BY_LAMBDA = document([
  { Sid: "Lambda", Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
]);

/** What both functions' roles are made from. */
export interface RoleScope {
  readonly here: StackResources;
  readonly prefix: string;
  readonly ledgerTable: string;
  readonly logGroup: string;
  /** ARN, or pattern of ARNs, of the secret with the admin key; undefined where the vendor has none. */
  readonly adminSecretArn: string | undefined;
  readonly adminKmsKeyArn: string | undefined;
  readonly inVpc: boolean;
  /** What the vendor needs beyond that. */
  readonly ofVendor: readonly Statement[];
}

/** Writes secrets under the prefix, tells of incidents, and reaches nothing else but its admin key, its part of the ledger and its log. */
export function controllerPolicy(scope: RoleScope): string {
  const { here, prefix, ledgerTable } = scope;
  const secrets = secretsUnder(here, prefix);
  return document([
    {
      Sid: "Secrets",
      Effect: "Allow",
      Action: [
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
      ],
      Resource: secrets,
    },
    {
      Sid: "SecretsKey",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: "*",
      Condition: throughSecretsManager(here, secrets),
    },
    {
      Sid: "Ledger",
      Effect: "Allow",
      Action: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query"],
      Resource: here.arn("dynamodb", `table/${ledgerTable}`),
      Condition: leadingKeys([prefix, pacePartition(prefix)]),
    },
    {
      Sid: "Incidents",
      Effect: "Allow",
      Action: "events:PutEvents",
      Resource: here.arn("events", "event-bus/default"),
      Condition: { StringEquals: { "events:source": INCIDENT_EVENT_SOURCE } },
    },
    ...common(scope),
  ]);
}

/** Reads no value of a key, and writes nothing but the pace of admin calls and what plans have asked about. */
export function observerPolicy(scope: RoleScope): string {
  const { here, prefix, ledgerTable } = scope;
  const table = here.arn("dynamodb", `table/${ledgerTable}`);
  return document([
    {
      Sid: "Secrets",
      Effect: "Allow",
      Action: "secretsmanager:DescribeSecret",
      Resource: secretsUnder(here, prefix),
    },
    {
      Sid: "Ledger",
      Effect: "Allow",
      Action: ["dynamodb:GetItem", "dynamodb:Query"],
      Resource: table,
      Condition: leadingKeys([prefix, pacePartition(prefix)]),
    },
    {
      Sid: "Pace",
      Effect: "Allow",
      Action: "dynamodb:PutItem",
      Resource: table,
      Condition: leadingKeys([pacePartition(prefix)]),
    },
    ...common(scope),
  ]);
}

function common({ here, logGroup, adminSecretArn, adminKmsKeyArn, inVpc, ofVendor }: RoleScope): Statement[] {
  const adminKey: Statement[] =
    adminSecretArn === undefined
      ? []
      : [{ Sid: "AdminKey", Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: adminSecretArn }];
  const statements: Statement[] = [
    ...adminKey,
    {
      Sid: "Log",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: here.arn("logs", `log-group:${logGroup}:*`),
    },
  ];
  if (adminSecretArn !== undefined && adminKmsKeyArn !== undefined) {
    statements.push({
      Sid: "AdminKeyKey",
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: adminKmsKeyArn,
      Condition: throughSecretsManager(here, adminSecretArn),
    });
  }
  if (inVpc) {
    // AWS: these take no resource when Lambda calls them.
    statements.push({
      Sid: "Network",
      Effect: "Allow",
      Action: [
        "ec2:CreateNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:DeleteNetworkInterface",
        "ec2:AssignPrivateIpAddresses",
        "ec2:UnassignPrivateIpAddresses",
      ],
      Resource: "*",
    });
  }
  return [...statements, ...ofVendor];
}

/** Resource policy of a key's secret: closed to other accounts, and versions are written by the controller alone. */
export function secretPolicy(here: StackResources, controllerRoleArn: string): string {
  return document([
    {
      Sid: "ThisAccountOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "secretsmanager:*",
      Resource: "*",
      Condition: {
        StringNotEquals: { "aws:PrincipalAccount": here.account },
        Bool: { "aws:PrincipalIsAWSService": "false" },
      },
    },
    {
      Sid: "ControllerWrites",
      Effect: "Deny",
      Principal: "*",
      Action: ["secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"],
      Resource: "*",
      Condition: {
        ArnNotEquals: { "aws:PrincipalArn": controllerRoleArn },
        Bool: { "aws:PrincipalIsAWSService": "false" },
      },
    },
  ]);
}

/** Lets a role read one secret. */
export function readPolicy(here: StackResources, secretArn: string, kmsKeyArn: string | undefined): string {
  const statements: Statement[] = [
    {
      Sid: "ReadKey",
      Effect: "Allow",
      Action: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
      Resource: secretArn,
    },
  ];
  if (kmsKeyArn !== undefined) {
    statements.push({
      Sid: "DecryptKey",
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: kmsKeyArn,
      Condition: throughSecretsManager(here, secretArn),
    });
  }
  return document(statements);
}

export function secretsUnder(here: Pick<StackResources, "arn">, prefix: string): string {
  return here.arn("secretsmanager", `secret:${secretName(prefix, "*")}`);
}

export function leadingKeys(partitions: readonly string[]): NonNullable<Statement["Condition"]> {
  // `Null`: `ForAllValues` alone is also true of requests that name no key at all.
  return {
    "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": partitions },
    Null: { "dynamodb:LeadingKeys": "false" },
  };
}

function throughSecretsManager(here: StackResources, secretArn: string): NonNullable<Statement["Condition"]> {
  return {
    StringEquals: { "kms:ViaService": `secretsmanager.${here.region}.amazonaws.com` },
    StringLike: { "kms:EncryptionContext:SecretARN": secretArn },
  };
}
