/**
 * IAM policy documents, as the constructs render them and as review expects them. Pure texts over
 * names and ARNs, so that least privilege can be read in one place.
 */
import { INCIDENT_EVENT_SOURCE } from "./incidents";
import { IAM_USERS, type IamUsers, ISSUER_TAG, iamUserStart, pacePartition, secretName } from "./names";

/** Where a stack is: the constructs have references, review what stands in their place. */
export interface Places {
  readonly account: string;
  readonly region: string;
  arn(service: string, resource: string): string;
  /** IAM has no regions. */
  iamArn(resource: string): string;
  managedPolicyArn(policyName: string): string;
}

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
  readonly here: Places;
  readonly prefix: string;
  readonly ledgerTable: string;
  readonly logGroup: string;
  /**
   * ARN, or pattern of ARNs, of the secret with the admin key; undefined where the vendor has none.
   */
  readonly adminSecretArn: string | undefined;
  readonly adminKmsKeyArn: string | undefined;
  readonly inVpc: boolean;
  /** What the vendor needs beyond that. */
  readonly ofVendor: readonly Statement[];
}

/**
 * Writes secrets under the prefix, tells of incidents, and reaches nothing else but its admin key,
 * its part of the ledger and its log.
 */
export function controllerPolicy(scope: RoleScope): string {
  const { here, prefix, ledgerTable } = scope;
  const secrets = secretsUnder(here, prefix);
  return document([
    // Without the tag's condition, so that the controller can say of a secret whose it is.
    { Sid: "DescribeSecrets", Effect: "Allow", Action: "secretsmanager:DescribeSecret", Resource: secrets },
    {
      Sid: "Secrets",
      Effect: "Allow",
      Action: [
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
      ],
      Resource: secrets,
      // A pattern of names also holds what another app declares further down. Each of these actions
      // honours the tag:
      // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
      Condition: { StringEquals: { [`aws:ResourceTag/${ISSUER_TAG}`]: prefix } },
    },
    // KMS knows the secret's ARN and not its tags; Secrets Manager asks it only for whom the
    // statement above lets in.
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

/**
 * Reads no value of a key, and writes nothing but the pace of admin calls and what plans have asked
 * about.
 */
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

/**
 * Metadata of keys alone; a secret's or a replica's may be of another region or account, whose
 * policy has to let it be described as well.
 */
const DESCRIBE_KMS_KEYS: Statement = {
  Sid: "SecretsKeyState",
  Effect: "Allow",
  Action: "kms:DescribeKey",
  Resource: "*",
};

function common({ here, logGroup, adminSecretArn, adminKmsKeyArn, inVpc, ofVendor }: RoleScope): Statement[] {
  const adminKey: Statement[] =
    adminSecretArn === undefined
      ? []
      : [{ Sid: "AdminKey", Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: adminSecretArn }];
  const statements: Statement[] = [
    DESCRIBE_KMS_KEYS,
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

/**
 * Resource policy of a key's secret: closed to other accounts, versions are written by the
 * controller alone, and nobody makes it another issuer's. Whoever deploys tags a secret before it
 * has this policy, and may take the policy off.
 * @param readers undefined: whoever IAM lets read it
 */
export function secretPolicy(
  here: Places,
  scope: { readonly prefix: string; readonly controllerRoleArn: string; readonly readers?: readonly string[] },
): string {
  const { prefix, controllerRoleArn, readers } = scope;
  const tag = `aws:RequestTag/${ISSUER_TAG}`;
  return document([
    ...(readers === undefined ? [] : [declaredReadersOnly([controllerRoleArn, ...readers])]),
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
    {
      Sid: "IssuerTagStays",
      Effect: "Deny",
      Principal: "*",
      Action: "secretsmanager:TagResource",
      Resource: "*",
      Condition: { StringNotEquals: { [tag]: prefix }, Null: { [tag]: "false" } },
    },
    {
      Sid: "IssuerTagIsNotTakenOff",
      Effect: "Deny",
      Principal: "*",
      Action: "secretsmanager:UntagResource",
      Resource: "*",
      Condition: { "ForAnyValue:StringEquals": { "aws:TagKeys": [ISSUER_TAG] } },
    },
  ]);
}

/**
 * Resource policy of a ledger: nobody writes its items but the functions of the stack's issuers.
 * Transactions are these actions; a table that is imported or restored is another one. Whoever
 * deploys may change and delete the table and this policy.
 * @param roleArns texts and no principals, so that roles of the same apply need not exist yet
 */
export function ledgerPolicy(here: Places, ledgerTable: string, roleArns: readonly string[]): string {
  return document([
    {
      Sid: "IssuersWrite",
      Effect: "Deny",
      Principal: "*",
      Action: [
        "dynamodb:BatchWriteItem",
        "dynamodb:DeleteItem",
        "dynamodb:PartiQLDelete",
        "dynamodb:PartiQLInsert",
        "dynamodb:PartiQLUpdate",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
      ],
      Resource: here.arn("dynamodb", `table/${ledgerTable}`),
      Condition: {
        ArnNotEquals: { "aws:PrincipalArn": roleArns },
        Bool: { "aws:PrincipalIsAWSService": "false" },
      },
    },
  ]);
}

/**
 * `aws:PrincipalArn` of a session is its role's ARN, with the role's path. `BatchGetSecretValue`
 * has no resource, and asks for this action for each secret. Services of AWS are no principals of
 * the account: what they read for somebody they read as that role.
 */
function declaredReadersOnly(roleArns: readonly string[]): Statement {
  return {
    Sid: "DeclaredReadersOnly",
    Effect: "Deny",
    Principal: "*",
    Action: "secretsmanager:GetSecretValue",
    Resource: "*",
    Condition: {
      ArnNotLike: { "aws:PrincipalArn": [...new Set(roleArns)] },
      Bool: { "aws:PrincipalIsAWSService": "false" },
    },
  };
}

/**
 * Permissions boundary of IAM users that own API keys of Bedrock: to invoke models with such a key,
 * and nothing else.
 */
export function bedrockBoundary(): string {
  return document([
    {
      Sid: "InvokeWithApiKeys",
      Effect: "Allow",
      Action: [
        "bedrock-mantle:CallWithBearerToken",
        "bedrock:CallWithBearerToken",
        "bedrock:InvokeModel",
        "bedrock:InvokeModelWithResponseStream",
      ],
      Resource: "*",
    },
  ]);
}

/** No declared key lives longer; see the descriptor's `maxExpirySeconds`. */
export const CREDENTIAL_AGE_MAX_DAYS = 1_000;

/**
 * Of Bedrock's roles beyond what all issuers' have: to make and delete its IAM users, and no
 * others.
 * @param boundaryArn permissions boundary of each user
 */
export function bedrockStatements(
  role: "controller" | "observer",
  { here, prefix }: { readonly here: Places; readonly prefix: string },
  boundaryArn: string,
  users: IamUsers = IAM_USERS,
): readonly Statement[] {
  const arnIn = ({ path, namePrefix }: IamUsers) => here.iamArn(`user${path}${iamUserStart(prefix, namePrefix)}*`);
  const own = arnIn(users);
  const boundary = {
    StringEquals: {
      "iam:PermissionsBoundary": boundaryArn,
    },
  };
  // A user that does not exist has no path: without the second, IAM refuses to say that it is not
  // there. Those made before an organisation demanded anything stay within reach.
  const reached = [...new Set([own, arnIn({ ...users, path: "/" }), arnIn(IAM_USERS)])];
  const list = {
    Sid: "ListCredentials",
    Effect: "Allow",
    Action: "iam:ListServiceSpecificCredentials",
    // One call lists those of all users, and so names none. It shows no value.
    Resource: "*",
  } as const;
  // The observer compares what is listed, and reads no user.
  if (role === "observer") return [list];
  return [
    list,
    { Sid: "ReadUsers", Effect: "Allow", Action: ["iam:GetUser", "iam:GetUserPolicy"], Resource: reached },
    // A user without the boundary would be a way to every right of the account.
    { Sid: "MakeUsers", Effect: "Allow", Action: "iam:CreateUser", Resource: own, Condition: boundary },
    { Sid: "TagUsers", Effect: "Allow", Action: "iam:TagUser", Resource: own },
    { Sid: "GrantUsers", Effect: "Allow", Action: "iam:PutUserPolicy", Resource: reached, Condition: boundary },
    {
      Sid: "EndUsers",
      Effect: "Allow",
      Action: ["iam:DeleteUserPolicy", "iam:DeleteUser", "iam:DeleteServiceSpecificCredential"],
      Resource: reached,
    },
    {
      Sid: "MintCredentials",
      Effect: "Allow",
      Action: "iam:CreateServiceSpecificCredential",
      Resource: reached,
      Condition: {
        StringEquals: { "iam:ServiceSpecificCredentialServiceName": "bedrock.amazonaws.com" },
        // Without an age a credential never ends: IAM then has nothing to compare, and refuses.
        NumericLessThanEquals: { "iam:ServiceSpecificCredentialAgeDays": String(CREDENTIAL_AGE_MAX_DAYS) },
      },
    },
    {
      Sid: "DetachWhatAwsAttaches",
      Effect: "Allow",
      Action: "iam:DetachUserPolicy",
      Resource: reached,
      Condition: { ArnEquals: { "iam:PolicyARN": here.managedPolicyArn("AmazonBedrockLimitedAccess") } },
    },
  ];
}

/** One copy of a key's secret that a role may read. */
export interface ReadableSecret {
  readonly secretArn: string;
  /** Of the copy. */
  readonly region: string;
  /**
   * Of the KMS key that encrypts the copy; undefined: the account's own key for Secrets Manager,
   * whose use needs no right.
   */
  readonly kmsKeyArn: string | undefined;
}

/** Lets a role read secrets, each with its own KMS key and in its own region. */
export function readPolicy(secrets: readonly ReadableSecret[]): string {
  const byKey = new Map<string, ReadableSecret[]>();
  for (const secret of secrets) {
    if (secret.kmsKeyArn === undefined) continue;
    const id = JSON.stringify([secret.kmsKeyArn, secret.region]);
    byKey.set(id, [...(byKey.get(id) ?? []), secret]);
  }
  const arns = (of: readonly ReadableSecret[]) => oneOrAll([...new Set(of.map(({ secretArn }) => secretArn))]);
  return document([
    {
      Sid: "ReadKeys",
      Effect: "Allow",
      Action: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
      Resource: arns(secrets),
    },
    ...[...byKey.values()].flatMap((of, at): Statement[] => {
      const [{ kmsKeyArn = "", region = "" } = {}] = of;
      const through = throughSecretsManager({ region }, arns(of));
      return [
        {
          Sid: `DecryptKeys${at + 1}`,
          Effect: "Allow",
          Action: "kms:Decrypt",
          Resource: kmsKeyArn,
          Condition: through,
        },
      ];
    }),
  ]);
}

function oneOrAll(list: readonly string[]): string | readonly string[] {
  const [only, ...more] = list;
  return only !== undefined && more.length === 0 ? only : list;
}

export function secretsUnder(here: Pick<Places, "arn">, prefix: string): string {
  return here.arn("secretsmanager", `secret:${secretName(prefix, "*")}`);
}

export function leadingKeys(partitions: readonly string[]): NonNullable<Statement["Condition"]> {
  // `Null`: `ForAllValues` alone is also true of requests that name no key at all.
  return {
    "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": partitions },
    Null: { "dynamodb:LeadingKeys": "false" },
  };
}

function throughSecretsManager(
  { region }: Pick<Places, "region">,
  secretArn: string | readonly string[],
): NonNullable<Statement["Condition"]> {
  return {
    StringEquals: { "kms:ViaService": `secretsmanager.${region}.amazonaws.com` },
    StringLike: { "kms:EncryptionContext:SecretARN": secretArn },
  };
}
