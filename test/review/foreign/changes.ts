import { type Blocks, ECS, KMS, TOPIC } from "./stack";

/** Addresses of the base stack, which the texts below name. */
export interface Addresses {
  readonly secret: string;
  readonly controller: string;
  readonly rule: string;
  readonly table: string;
  readonly controllerRole: string;
  readonly invocation: string;
}

type Make = (addresses: Addresses) => Blocks;

const ref = (expression: string) => `\${${expression}}`;
const ACCOUNT = "111122223333";
const KEY = `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:ai-keys/openai/kept-??????`;
const FUNCTION = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:ai-keys-openai-controller`;
const LOGS = "/aws/lambda/ai-keys-openai-controller";
const CONTROLLER_ROLE = "ai-keys-openai-controller-us-east-1";

const policy = (...statements: readonly object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const allow = (Action: string | readonly string[], Resource: string | readonly string[] = "*", more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...more,
});
const resource = (type: string, body: object, id = "x"): Blocks => ({ resource: { [type]: { [id]: body } } });
const data = (type: string, body: object, id = "x"): Blocks => ({ data: { [type]: { [id]: body } } });
const inline = (...statements: readonly object[]) =>
  resource("aws_iam_role_policy", { name: "x", role: "other-app", policy: policy(...statements) });
const both = (...blocks: readonly Blocks[]): Blocks =>
  blocks.reduce<Record<string, Record<string, unknown>>>((all, each) => {
    for (const [kind, content] of Object.entries(each as Record<string, Record<string, unknown>>)) {
      all[kind] = { ...all[kind], ...content };
    }
    return all;
  }, {});
const attached = (name: string) =>
  resource("aws_iam_role_policy_attachment", { role: "other-app", policy_arn: `arn:aws:iam::aws:policy/${name}` });
const permission = (body: object) =>
  resource("aws_lambda_permission", { statement_id: "X", action: "lambda:InvokeFunction", ...body });
const read = "secretsmanager:GetSecretValue";

/** Each gives somebody something to do with keys that nobody had. */
export const LOOSENING: Readonly<Record<string, Blocks | Make>> = {
  // Readers.
  "reads by ARN": inline(allow(read, KEY)),
  "reads by a pattern in type and name": inline(allow(read, "arn:aws:secretsmanager:*:*:secre?:ai-*/kept-??????")),
  "reads by a wildcard in the service": inline(allow(read, "arn:aws:secrets*:us-east-1:*:secret:*")),
  "reads by actions in capitals": inline(allow("SECRETSMANAGER:GETSECRETVALUE", KEY)),
  "reads by a wildcard in the action": inline(allow("secretsmanager:G?tS*", KEY)),
  "reads by every action": inline(allow("*")),
  "reads by NotAction": inline({ Effect: "Allow", NotAction: ["iam:*", "s3:*"], Resource: "*" }),
  "reads by NotResource": inline({
    Effect: "Allow",
    Action: read,
    NotResource: "arn:aws:secretsmanager:*:*:secret:db/*",
  }),
  "reads in batches": inline(allow("secretsmanager:BatchGetSecretValue")),
  "reads under a condition": inline(allow(read, KEY, { Condition: { Bool: { "aws:SecureTransport": "true" } } })),
  "reads by a variable of the policy": inline(
    allow(read, `arn:aws:secretsmanager:us-east-1:*:secret:${ref("aws:PrincipalTag/path").replace("$", "$$$$")}/*`),
  ),
  "reads what is denied under a condition alone": inline(allow(read, KEY), {
    Effect: "Deny",
    Action: read,
    Resource: KEY,
    Condition: { Bool: { "aws:MultiFactorAuthPresent": "false" } },
  }),
  "reads by one statement in place of a list": resource("aws_iam_role_policy", {
    role: "other-app",
    policy: JSON.stringify({ Version: "2012-10-17", Statement: allow(read, KEY) }),
  }),
  "reads by a reference": ({ secret }) => inline(allow(read, ref(`${secret}.arn`))),
  "reads by a local": ({ secret }) =>
    both({ locals: { it: ref(`${secret}.arn`) } }, inline(allow(read, ref("local.it")))),
  "reads by a local of a local that is a list": ({ secret }) =>
    both({ locals: { it: [ref(`${secret}.arn`)], that: ref("local.it[0]") } }, inline(allow(read, ref("local.that")))),
  "reads by a name in an ARN": ({ secret }) =>
    inline(allow(read, `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:${ref(`${secret}.name`)}-*`)),
  "reads by a variable in an ARN": both(
    { variable: { name: { type: "string" } } },
    inline(allow(read, `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:ai-keys/${ref("var.name")}`)),
  ),
  "reads by a variable": both({ variable: { arn: { type: "string" } } }, inline(allow(read, ref("var.arn")))),
  "reads by jsonencode": ({ secret }) =>
    resource("aws_iam_role_policy", {
      role: "other-app",
      policy: ref(
        `jsonencode({"Version" = "2012-10-17", "Statement" = [{"Effect" = "Allow", "Action" = ["${read}"], "Resource" = ${secret}.arn}]})`,
      ),
    }),
  "reads by a function of Terraform": ({ secret }) =>
    resource("aws_iam_role_policy", {
      role: "other-app",
      policy: ref(`templatefile("p.json", {arn = ${secret}.arn})`),
    }),
  "reads by a policy document": ({ secret }) =>
    both(
      data("aws_iam_policy_document", { statement: [{ actions: [read], resources: [ref(`${secret}.arn`)] }] }),
      resource("aws_iam_role_policy", { role: "other-app", policy: ref("data.aws_iam_policy_document.x.json") }),
    ),
  "reads by a policy document made of another": both(
    data("aws_iam_policy_document", { source_policy_documents: [policy(allow(read, KEY))] }),
    resource("aws_iam_role_policy", { role: "other-app", policy: ref("data.aws_iam_policy_document.x.json") }),
  ),
  "reads by a member twice": resource("aws_iam_role_policy", {
    role: "other-app",
    policy: `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Effect":"Allow","Action":"${read}","Resource":"*"}]}`,
  }),
  "user reads": resource("aws_iam_user_policy", { user: "eve", policy: policy(allow(read, KEY)) }),
  "group reads": resource("aws_iam_group_policy", { group: "devs", policy: policy(allow(read, KEY)) }),
  "whoever has a policy reads": resource("aws_iam_policy", { name: "p", policy: policy(allow(read, KEY)) }),
  "permission set reads": resource("aws_ssoadmin_permission_set_inline_policy", {
    permission_set_arn: "arn:aws:sso:::permissionSet/x/y",
    instance_arn: "arn:aws:sso:::instance/x",
    inline_policy: policy(allow(read, KEY)),
  }),
  "role gets a policy of AWS": attached("SecretsManagerReadWrite"),
  "role gets a policy of AWS that may all": attached("AdministratorAccess"),
  "role gets a policy of AWS that nobody knows here": attached("SomethingNewFullAccess"),
  "role gets a policy of the account": resource("aws_iam_role_policy_attachment", {
    role: "other-app",
    policy_arn: `arn:aws:iam::${ACCOUNT}:policy/made-elsewhere`,
  }),
  "roles get a policy together": resource("aws_iam_policy_attachment", {
    name: "x",
    roles: ["other-app"],
    policy_arn: "arn:aws:iam::aws:policy/PowerUserAccess",
  }),
  "user gets a policy of AWS": resource("aws_iam_user_policy_attachment", {
    user: "eve",
    policy_arn: "arn:aws:iam::aws:policy/SecretsManagerReadWrite",
  }),
  "group gets a policy of AWS": resource("aws_iam_group_policy_attachment", {
    group: "devs",
    policy_arn: "arn:aws:iam::aws:policy/IAMFullAccess",
  }),
  "role has an inline policy": resource(
    "aws_iam_role",
    { inline_policy: [{ name: "x", policy: policy(allow(read)) }] },
    "other",
  ),
  "role has a dynamic inline policy": resource(
    "aws_iam_role",
    { dynamic: { inline_policy: { for_each: ["a"], content: { name: "x", policy: policy(allow(read)) } } } },
    "other",
  ),
  "role has managed policies": resource(
    "aws_iam_role",
    { managed_policy_arns: ["arn:aws:iam::aws:policy/SecretsManagerReadWrite"] },
    "other",
  ),
  "plan reads the value": ({ secret }) => data("aws_secretsmanager_secret_version", { secret_id: ref(`${secret}.id`) }),
  "plan reads the value by name": data("aws_secretsmanager_secret_version", { secret_id: "ai-keys/openai/second" }),
  "plan reads the admin key": data("aws_secretsmanager_secret_version", { secret_id: "ai/admin/openai" }),
  "plan reads the value and forgets it": {
    ephemeral: { aws_secretsmanager_secret_version: { x: { secret_id: "ai-keys/openai/kept" } } },
  },
  "plan reads the value as a parameter": data("aws_ssm_parameter", {
    name: "/aws/reference/secretsmanager/ai-keys/openai/kept",
  }),
  "role reads the admin key": inline(allow(read, `arn:aws:secretsmanager:*:*:secret:ai/admin/openai-*`)),
  "containers get the value": resource("aws_ecs_task_definition", {
    family: "x",
    container_definitions: JSON.stringify([
      { name: "x", secrets: [{ name: "K", valueFrom: KEY.replace("??????", "AbCdEf") }] },
    ]),
  }),
  // Becoming a reader.
  "reader is assumed by another account": resource(
    "aws_iam_role",
    {
      assume_role_policy: policy({
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::999999999999:root" },
        Action: "sts:AssumeRole",
      }),
    },
    "app",
  ),
  "reader is assumed by a role": inline(allow("sts:AssumeRole", `arn:aws:iam::${ACCOUNT}:role/results-page`)),
  "reader is passed on": inline(allow("iam:PassRole", `arn:aws:iam::*:role/results-*`)),
  "reader is lent to machines": resource("aws_iam_instance_profile", { name: "x", role: "results-page" }),
  "reader is lent to pods": resource("aws_eks_pod_identity_association", {
    cluster_name: "c",
    namespace: "n",
    service_account: "s",
    role_arn: `arn:aws:iam::${ACCOUNT}:role/results-page`,
  }),
  // Writers.
  "writes a value": inline(allow("secretsmanager:PutSecretValue", KEY)),
  "writes the policy of a secret": inline(allow("secretsmanager:PutResourcePolicy")),
  "replicates a secret": inline(allow("secretsmanager:ReplicateSecretToRegions", KEY)),
  "changes every secret": inline(allow("secretsmanager:Update*")),
  "writes a value by Terraform": resource("aws_secretsmanager_secret_version", {
    secret_id: "ai-keys/openai/kept",
    secret_string: "x",
  }),
  "replaces the resource policy": ({ secret }) =>
    resource("aws_secretsmanager_secret_policy", { secret_arn: ref(`${secret}.arn`), policy: policy() }),
  "changes the code of a function": inline(allow("lambda:UpdateFunctionCode", FUNCTION)),
  "changes the configuration of functions": inline(
    allow("lambda:UpdateFunction*", "arn:aws:lambda:*:*:function:ai-keys-*"),
  ),
  "gives permissions on a function": inline(allow("lambda:AddPermission", `${FUNCTION}*`)),
  "writes policies into roles": inline(allow("iam:PutRolePolicy", `arn:aws:iam::${ACCOUNT}:role/other-app`)),
  "attaches policies to users": inline(allow("iam:AttachUserPolicy", "*")),
  "makes new versions of policies": inline(allow("iam:CreatePolicyVersion", `arn:aws:iam::${ACCOUNT}:policy/x`)),
  "changes whom a role trusts": inline(allow("iam:UpdateAssumeRolePolicy", "*")),
  "makes access keys of all users": inline(allow("iam:CreateAccessKey", "*")),
  "passes the controller's role on": inline(allow(["iam:PassRole", "lambda:CreateFunction"], "*")),
  "writes into the ledger": inline(
    allow("dynamodb:PutItem", `arn:aws:dynamodb:*:${ACCOUNT}:table/ai-keys-openai-ledger`),
  ),
  "writes into the ledger by PartiQL": inline(allow("dynamodb:PartiQL*", "arn:aws:dynamodb:*:*:table/*")),
  "writes into the ledger by Terraform": ({ table }) =>
    resource("aws_dynamodb_table_item", { table_name: ref(`${table}.name`), hash_key: "pk", item: "{}" }),
  "copies the ledger": ({ table }) =>
    resource("aws_dynamodb_kinesis_streaming_destination", {
      table_name: ref(`${table}.name`),
      stream_arn: "arn:aws:kinesis:us-east-1:1:stream/x",
    }),
  "exports the ledger": ({ table }) =>
    resource("aws_dynamodb_table_export", { table_arn: ref(`${table}.arn`), s3_bucket: "b" }),
  "sets the policy of the ledger": ({ table }) =>
    resource("aws_dynamodb_resource_policy", { resource_arn: ref(`${table}.arn`), policy: policy() }),
  "stops the sweep": inline(allow("events:DisableRule", "arn:aws:events:*:*:rule/ai-keys-openai-sweep")),
  "deletes alarms": inline(allow("cloudwatch:DeleteAlarms")),
  "deletes logs": inline(allow("logs:DeleteLogGroup", `arn:aws:logs:*:*:log-group:${LOGS}:*`)),
  "copies logs": resource("aws_cloudwatch_log_subscription_filter", {
    name: "x",
    log_group_name: LOGS,
    filter_pattern: "",
    destination_arn: "arn:aws:kinesis:us-east-1:1:stream/x",
  }),
  "copies all logs": resource("aws_cloudwatch_log_account_policy", {
    policy_name: "x",
    policy_type: "SUBSCRIPTION_FILTER_POLICY",
    policy_document: "{}",
  }),
  "listens to the alerts": resource("aws_sns_topic_subscription", {
    topic_arn: TOPIC,
    protocol: "https",
    endpoint: "https://example.com",
  }),
  "sets the policy of the topic": resource("aws_sns_topic_policy", { arn: TOPIC, policy: policy() }),
  "grants the KMS key": resource("aws_kms_grant", {
    key_id: KMS,
    grantee_principal: "arn:aws:iam::999999999999:root",
    operations: ["Decrypt"],
  }),
  "sets the policy of the KMS key": resource("aws_kms_key_policy", { key_id: KMS, policy: policy() }),
  "makes grants of KMS keys": inline(allow("kms:CreateGrant", "arn:aws:kms:*:*:key/*")),
  // Rights of the library's own roles.
  "controller's role gets rights, by name": resource("aws_iam_role_policy", {
    name: "x",
    role: CONTROLLER_ROLE,
    policy: policy(allow("s3:GetObject")),
  }),
  "controller's role gets rights, by reference": ({ controllerRole }) =>
    resource("aws_iam_role_policy_attachment", {
      role: ref(`${controllerRole}.name`),
      policy_arn: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
    }),
  "controller's role runs another function": ({ controllerRole }) =>
    resource("aws_lambda_function", { function_name: "mine", role: ref(`${controllerRole}.arn`), filename: "x.zip" }),
  "controller's role trusts everybody": ({ controllerRole }) =>
    resource(
      "aws_iam_role",
      { assume_role_policy: policy({ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }) },
      controllerRole.slice("aws_iam_role.".length),
    ),
  "controller's policies are taken away": ({ controllerRole }) =>
    resource("aws_iam_role_policies_exclusive", { role_name: ref(`${controllerRole}.name`), policy_names: [] }),
  // Invokers.
  "account is let invoke, by name": permission({
    function_name: "ai-keys-openai-controller",
    principal: "999999999999",
  }),
  "account is let invoke, by ARN": permission({ function_name: FUNCTION, principal: "999999999999" }),
  "account is let invoke, by a part of the ARN": permission({
    function_name: `${ACCOUNT}:function:ai-keys-openai-controller`,
    principal: "999999999999",
  }),
  "account is let invoke a version": permission({ function_name: `${FUNCTION}:1`, principal: "999999999999" }),
  "account is let invoke, by reference": ({ controller }) =>
    permission({ function_name: ref(`${controller}.arn`), principal: "999999999999" }),
  "service is let invoke": ({ controller }) =>
    permission({ function_name: ref(`${controller}.function_name`), principal: "s3.amazonaws.com" }),
  "rules of everybody are let invoke": permission({
    function_name: "ai-keys-openai-controller",
    principal: "events.amazonaws.com",
    source_arn: "arn:aws:events:*:*:rule/*",
  }),
  "somebody is let change the function": permission({
    function_name: "ai-keys-openai-controller",
    action: "lambda:*",
    principal: ACCOUNT,
  }),
  "function that a variable names is let invoke": both(
    { variable: { fn: { type: "string" } } },
    permission({ function_name: ref("var.fn"), principal: "999999999999" }),
  ),
  "function has a URL": ({ controller }) =>
    resource("aws_lambda_function_url", {
      function_name: ref(`${controller}.function_name`),
      authorization_type: "NONE",
    }),
  "function has another name": resource("aws_lambda_alias", {
    function_name: FUNCTION,
    name: "mine",
    function_version: "$LATEST",
  }),
  "queue invokes": resource("aws_lambda_event_source_mapping", {
    function_name: "ai-keys-openai-controller",
    event_source_arn: "arn:aws:sqs:us-east-1:1:q",
  }),
  "results are led elsewhere": resource("aws_lambda_function_event_invoke_config", {
    function_name: "ai-keys-openai-controller",
    destination_config: [{ on_success: [{ destination: "arn:aws:sqs:us-east-1:1:q" }] }],
  }),
  "rule of the sweep has another target": ({ rule, controller }) =>
    resource("aws_cloudwatch_event_target", {
      rule: ref(`${rule}.name`),
      arn: ref(`${controller}.arn`),
      input: '{"action":"revoke","key":"kept"}',
    }),
  "another rule invokes": both(
    resource("aws_cloudwatch_event_rule", { name: "mine", schedule_expression: "rate(1 minute)" }),
    {
      resource: {
        aws_cloudwatch_event_rule: { x: { name: "mine", schedule_expression: "rate(1 minute)" } },
        aws_cloudwatch_event_target: { x: { rule: "mine", arn: FUNCTION, input: '{"action":"sweep"}' } },
      },
    },
  ),
  "schedule invokes": ({ controller }) =>
    resource("aws_scheduler_schedule", {
      target: [{ arn: ref(`${controller}.arn`), role_arn: "arn:aws:iam::1:role/x" }],
    }),
  "schedule invokes by any API": resource("aws_scheduler_schedule", {
    target: [
      {
        arn: "arn:aws:scheduler:::aws-sdk:lambda:invoke",
        input: '{"FunctionName":"ai-keys-openai-controller","Payload":"{}"}',
      },
    ],
  }),
  "schedule invokes what a variable names": both(
    { variable: { fn: { type: "string" } } },
    resource("aws_scheduler_schedule", {
      target: [{ arn: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${ref("var.fn")}` }],
    }),
  ),
  "state machine invokes": resource("aws_sfn_state_machine", {
    definition: JSON.stringify({
      States: { a: { Resource: "arn:aws:states:::lambda:invoke", Parameters: { FunctionName: FUNCTION } } },
    }),
  }),
  "API invokes": ({ controller }) =>
    resource("aws_apigatewayv2_integration", {
      integration_type: "AWS_PROXY",
      integration_uri: ref(`${controller}.invoke_arn`),
    }),
  "alarm invokes": resource("aws_cloudwatch_metric_alarm", { alarm_name: "mine", alarm_actions: [FUNCTION] }),
  "role invokes": inline(allow("lambda:InvokeFunction", FUNCTION)),
  "role invokes all": inline(allow("lambda:Invoke*", "*")),
  "role invokes by a policy of AWS": attached("service-role/AWSLambdaRole"),
  "plan invokes": ({ controller }) =>
    data("aws_lambda_invocation", { function_name: ref(`${controller}.function_name`), input: '{"key":"kept"}' }),
  "plan invokes by another name": both(
    data("aws_lambda_function", { function_name: "ai-keys-openai-controller" }),
    data("aws_lambda_invocation", { function_name: ref("data.aws_lambda_function.x.arn"), input: '{"key":"kept"}' }),
    {
      data: {
        aws_lambda_function: { x: { function_name: "ai-keys-openai-controller" } },
        aws_lambda_invocation: { x: { function_name: ref("data.aws_lambda_function.x.arn"), input: '{"key":"kept"}' } },
      },
    },
  ),
  "action invokes": {
    action: { aws_lambda_invoke: { x: { config: { function_name: "ai-keys-openai-controller", payload: "{}" } } } },
  },
  // What nobody can tell.
  "program of a resource": resource("null_resource", { provisioner: [{ "local-exec": { command: "sh ./x.sh" } }] }),
  "program of a bucket": resource("aws_s3_bucket", {
    bucket: "mine",
    provisioner: [{ "local-exec": { command: "aws secretsmanager get-secret-value --secret-id $ID" } }],
  }),
  "program of a data source": data("external", { program: ["sh", "x.sh"] }),
  "trigger that names a secret": ({ secret }) => resource("null_resource", { triggers: { id: ref(`${secret}.arn`) } }),
  "data that names a secret, by for_each": ({ secret }) =>
    resource("terraform_data", { for_each: `\${toset([${secret}.arn])}`, input: ref("each.key") }),
  "order after a key": ({ invocation }) => resource("terraform_data", { depends_on: [invocation] }),
  "result of an order": ({ invocation }) => ({ output: { x: { value: ref(`${invocation}.result`) } } }),
  "parameter that copies the value": both(
    data("aws_secretsmanager_secret_version", { secret_id: "ai-keys/openai/kept" }),
    {
      data: { aws_secretsmanager_secret_version: { x: { secret_id: "ai-keys/openai/kept" } } },
      resource: {
        aws_ssm_parameter: {
          x: { name: "copy", type: "String", value: ref("data.aws_secretsmanager_secret_version.x.secret_string") },
        },
      },
    },
  ),
  "resource by another API": resource("aws_cloudcontrolapi_resource", {
    type_name: "AWS::Lambda::Permission",
    desired_state: JSON.stringify({ FunctionName: FUNCTION, Principal: "*", Action: "lambda:InvokeFunction" }),
  }),
  "stack of another tool": resource("aws_cloudformation_stack", {
    name: "x",
    template_body: JSON.stringify({ Resources: { X: { Properties: { SecretId: "ai-keys/openai/kept" } } } }),
  }),
  "resource of another provider": resource("awscc_lambda_permission", { function_name: FUNCTION, principal: "*" }),
  module: { module: { m: { source: "./m" } } },
  "module of a registry": { module: { m: { source: "terraform-aws-modules/vpc/aws", version: "5.0.0" } } },
  "check that reads": {
    check: {
      c: { data: { aws_secretsmanager_secret_version: { x: { secret_id: "ai-keys/openai/kept" } } }, assert: [] },
    },
  },
};

const SECRET_OF_OTHERS = `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:db/password-??????`;

/** Nothing of it reaches a key. */
export const HARMLESS: Readonly<Record<string, Blocks | Make>> = {
  "bucket with a policy for it": {
    resource: {
      aws_s3_bucket: { b: { bucket: "mine" } },
      aws_iam_role_policy: {
        b: {
          name: "b",
          role: ref("aws_iam_role.other.name"),
          policy: policy(
            allow(["s3:GetObject", "s3:PutObject"], `${ref("aws_s3_bucket.b.arn")}/*`),
            allow("s3:ListBucket", ref("aws_s3_bucket.b.arn")),
          ),
        },
      },
    },
  },
  "bucket policy by jsonencode": {
    resource: {
      aws_s3_bucket: { b: { bucket: "mine" } },
      aws_s3_bucket_policy: {
        b: {
          bucket: ref("aws_s3_bucket.b.id"),
          policy: policy(allow("s3:*", `${ref("aws_s3_bucket.b.arn")}/*`, { Principal: "*" })),
        },
      },
      aws_iam_role_policy: {
        b: {
          role: "other-app",
          policy: ref(
            `jsonencode({"Version" = "2012-10-17", "Statement" = [{"Effect" = "Allow", "Action" = ["s3:*"], "Resource" = "\${aws_s3_bucket.b.arn}/*"}]})`,
          ),
        },
      },
    },
  },
  "bucket policy by a document": both(
    data("aws_iam_policy_document", { statement: [{ actions: ["s3:GetObject"], resources: ["arn:aws:s3:::mine/*"] }] }),
    resource("aws_iam_role_policy", { role: "other-app", policy: ref("data.aws_iam_policy_document.x.json") }),
  ),
  "all buckets": inline(allow("s3:*")),
  "bucket that a variable names": both(
    { variable: { bucket: { type: "string" } } },
    inline(allow("s3:GetObject", `arn:aws:s3:::${ref("var.bucket")}/*`)),
  ),
  "another secret": inline(allow(read, SECRET_OF_OTHERS)),
  "another secret of the stack": {
    resource: {
      aws_secretsmanager_secret: { db: { name: "db/password" } },
      aws_iam_role_policy: {
        db: { role: "other-app", policy: policy(allow("secretsmanager:*", ref("aws_secretsmanager_secret.db.arn"))) },
      },
      aws_secretsmanager_secret_version: {
        db: { secret_id: ref("aws_secretsmanager_secret.db.id"), secret_string: "x" },
      },
      aws_secretsmanager_secret_policy: {
        db: {
          secret_arn: ref("aws_secretsmanager_secret.db.arn"),
          policy: policy(allow(read, "*", { Principal: { AWS: ACCOUNT } })),
        },
      },
    },
  },
  "another secret, read by the plan": data("aws_secretsmanager_secret_version", { secret_id: "db/password" }),
  "secret that begins alike": inline(
    allow(read, `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:ai-keys-of-others/x-*`),
  ),
  "what is denied altogether": inline(allow(read, KEY), { Effect: "Deny", Action: "secretsmanager:*", Resource: "*" }),
  "names and settings of secrets": inline(allow(["secretsmanager:DescribeSecret", "secretsmanager:List*"])),
  "names and settings of functions": inline(allow(["lambda:Get*", "lambda:List*", "iam:Get*", "iam:List*"])),
  "logs of functions": inline(allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"])),
  "metrics and traces": inline(allow(["cloudwatch:PutMetricData", "xray:Put*", "sns:Publish", "events:PutEvents"])),
  "tables of others": inline(allow("dynamodb:*", `arn:aws:dynamodb:*:*:table/orders`)),
  "role of another account": inline(allow("sts:AssumeRole", "arn:aws:iam::999999999999:role/audit")),
  "KMS key used": inline(allow(["kms:Decrypt", "kms:GenerateDataKey"], KMS)),
  "policies of AWS that reach nothing": {
    resource: {
      aws_iam_role_policy_attachment: Object.fromEntries(
        [
          "service-role/AWSLambdaBasicExecutionRole",
          "service-role/AmazonECSTaskExecutionRolePolicy",
          "AmazonS3FullAccess",
          "ReadOnlyAccess",
        ].map((name, i) => [`a${i}`, { role: "other-app", policy_arn: `arn:aws:iam::aws:policy/${name}` }]),
      ),
    },
  },
  "own policy, attached": {
    resource: {
      aws_iam_policy: { p: { name: "p", policy: policy(allow("sqs:*")) } },
      aws_iam_role_policy_attachment: { p: { role: "other-app", policy_arn: ref("aws_iam_policy.p.arn") } },
    },
  },
  "own function with all that belongs to it": {
    resource: {
      aws_lambda_function: {
        f: {
          function_name: "mine",
          role: ref("aws_iam_role.other.arn"),
          filename: "f.zip",
          environment: { variables: { SECRET: "ai-keys/openai/kept" } },
        },
      },
      aws_lambda_permission: {
        f: {
          action: "lambda:InvokeFunction",
          function_name: ref("aws_lambda_function.f.function_name"),
          principal: "s3.amazonaws.com",
        },
      },
      aws_lambda_function_url: { f: { function_name: ref("aws_lambda_function.f.arn"), authorization_type: "NONE" } },
      aws_lambda_alias: { f: { function_name: ref("aws_lambda_function.f.arn"), name: "live", function_version: "1" } },
      aws_lambda_event_source_mapping: {
        f: { function_name: ref("aws_lambda_alias.f.arn"), event_source_arn: "arn:aws:sqs:us-east-1:1:q" },
      },
      aws_cloudwatch_event_rule: { f: { schedule_expression: "rate(1 hour)" } },
      aws_cloudwatch_event_target: {
        f: { rule: ref("aws_cloudwatch_event_rule.f.name"), arn: ref("aws_lambda_function.f.arn") },
      },
      aws_cloudwatch_log_group: { f: { name: "/aws/lambda/mine" } },
      aws_cloudwatch_log_subscription_filter: {
        f: {
          log_group_name: ref("aws_cloudwatch_log_group.f.name"),
          destination_arn: "arn:aws:kinesis:us-east-1:1:stream/x",
        },
      },
      aws_apigatewayv2_integration: { f: { integration_uri: ref("aws_lambda_function.f.invoke_arn") } },
      aws_iam_role_policy: {
        f: { role: "other-app", policy: policy(allow("lambda:*", ref("aws_lambda_function.f.arn"))) },
      },
    },
  },
  "own function, invoked by the plan": data("aws_lambda_invocation", { function_name: "mine", input: "{}" }),
  "function whose name begins alike": permission({
    function_name: "ai-keys-openai-controller-of-others",
    principal: "999999999999",
  }),
  "containers that know a name": resource("aws_ecs_task_definition", {
    family: "x",
    container_definitions: JSON.stringify([
      { name: "x", environment: [{ name: "SECRET", value: "ai-keys/openai/kept" }] },
    ]),
  }),
  "tags and texts that name a key": ({ secret }) =>
    resource("aws_s3_bucket", { bucket: "mine", tags: { key: "ai-keys/openai/kept", arn: ref(`${secret}.arn`) } }),
  "name of a secret, told": ({ secret }) => ({ output: { arn: { value: ref(`${secret}.arn`) } } }),
  "name of a secret, kept": ({ secret }) =>
    resource("aws_ssm_parameter", { name: "n", type: "String", value: ref(`${secret}.arn`) }),
  "alarm on a function": ({ controller }) =>
    resource("aws_cloudwatch_metric_alarm", {
      alarm_name: "mine",
      dimensions: { FunctionName: ref(`${controller}.function_name`) },
      alarm_actions: [TOPIC],
    }),
  "dashboard of a function": resource("aws_cloudwatch_dashboard", {
    dashboard_body: '{"x":"ai-keys-openai-controller"}',
  }),
  "bucket with the same KMS key": resource("aws_s3_bucket_server_side_encryption_configuration", {
    bucket: "mine",
    rule: [{ apply_server_side_encryption_by_default: [{ kms_master_key_id: KMS, sse_algorithm: "aws:kms" }] }],
  }),
  "new role": resource("aws_iam_role", { name: "new", assume_role_policy: ECS }, "new"),
  "role trusted by others": resource(
    "aws_iam_role",
    { assume_role_policy: policy({ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }) },
    "other",
  ),
  "network and queue": {
    resource: {
      aws_vpc: { v: { cidr_block: "10.0.0.0/16" } },
      aws_sqs_queue: { q: { name: "q" } },
      aws_security_group: { s: { vpc_id: ref("aws_vpc.v.id") } },
    },
  },
  "check of something else": { check: { c: { assert: [{ condition: ref("1 == 1"), error_message: "no" }] } } },
  "group of its own": {
    resource: {
      aws_iam_group: { g: { name: "g" } },
      aws_iam_group_policy: { g: { group: "g", policy: policy(allow("s3:*")) } },
      aws_iam_group_membership: { g: { group: "g", name: "m", users: ["eve"] } },
    },
  },
  "user with an access key": resource("aws_iam_access_key", { user: "eve" }),
  "statement in another order": ({ secret: _ }) =>
    inline(allow(["s3:PutObject", "s3:GetObject"], ["arn:aws:s3:::b/*", "arn:aws:s3:::a/*"])),
};
