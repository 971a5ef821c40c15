// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of Terraform
import { allow, type Change, dat, idOf, type J, of, PERMISSION_SET, policy, put, res, trust } from "./authors";

/** A change that has to be told, and its twin that looks alike and does nothing to keys. */
export interface Smuggled {
  /** What stands there already. */
  readonly before?: Change;
  readonly change?: Change;
  readonly harmless?: Change;
}

const ACCOUNT = "111122223333";
const FN = "ai-keys-openai-controller";
const LEDGER = `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/ai-keys-openai-ledger`;
const OIDC = `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`;
const READ = allow("secretsmanager:GetSecretValue", "*");
const all =
  (...changes: readonly Change[]): Change =>
  (j) => {
    for (const change of changes) change(j);
  };
const variable = (name: string) => (j: J) => {
  j.variable = { ...j.variable, [name]: { type: "string" } };
};
const orders = (body: object) =>
  res("aws_lambda_invocation", { lifecycle_scope: "CRUD", input: '{"action":"revoke","key":"kept"}', ...body });
const rotation = (secret_id: string) =>
  res("aws_secretsmanager_secret_rotation", {
    secret_id,
    rotation_lambda_arn: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:mine`,
  });
const permission = (body: object) =>
  res("aws_lambda_permission", { action: "lambda:InvokeFunction", principal: "999999999999", ...body });
/** CI may become the reader. */
const ciReads = all(
  res("aws_iam_openid_connect_provider", {
    url: "https://token.actions.githubusercontent.com",
    client_id_list: ["sts.amazonaws.com"],
    thumbprint_list: ["a"],
  }),
  of("aws_iam_role", "app", (b) => {
    b.assume_role_policy = trust(
      { Federated: OIDC },
      { Action: "sts:AssumeRoleWithWebIdentity", Condition: { StringEquals: { "x:sub": "repo:o/r" } } },
    );
  }),
);
const samlReads = all(
  res("aws_iam_saml_provider", { name: "corp", saml_metadata_document: "<old/>" }),
  of("aws_iam_role", "app", (b) => {
    b.assume_role_policy = trust(
      { Federated: "${aws_iam_saml_provider.x.arn}" },
      { Action: "sts:AssumeRoleWithSAML", Condition: { StringEquals: { "SAML:aud": "x" } } },
    );
  }),
);
const changed = (type: string, values: object) =>
  of(type, "", (b) => {
    Object.assign(b, values);
  });
const gone = (type: string) => (j: J) => {
  delete j.resource[type];
};
function deniesInPart(): string {
  return policy({
    Effect: "Deny",
    Action: "secretsmanager:GetSecretValue",
    Resource: "*",
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  });
}
const DENY = policy({ Effect: "Deny", Action: "secretsmanager:GetSecretValue", Resource: "*" });

export const SMUGGLED: Readonly<Record<string, Smuggled>> = {
  // Named by what nobody knows, or by a part.
  "order to what a variable names": {
    change: all(variable("fn"), orders({ function_name: "${var.fn}" })),
    harmless: all(variable("fn"), orders({ function_name: "job-${var.fn}" })),
  },
  "order by a part of an ARN": {
    change: orders({ function_name: `${ACCOUNT}:function:${FN}` }),
    harmless: orders({ function_name: `${ACCOUNT}:function:job` }),
  },
  "order by a name and a qualifier": { change: orders({ function_name: `${FN}:operator` }) },
  "order to an alias": { change: orders({ function_name: FN, qualifier: "operator" }) },
  "order by each": {
    change: orders({ for_each: `\${toset(["${FN}"])}`, function_name: "${each.value}" }),
    harmless: orders({ for_each: '${toset(["job"])}', function_name: "job-${each.value}" }),
  },
  "rotation of what a variable names": {
    change: all(variable("s"), rotation("${var.s}")),
    harmless: all(variable("s"), rotation("db/${var.s}")),
  },
  "rotation by a name": { change: rotation("ai-keys/openai/second"), harmless: rotation("db/main") },
  "rotation by a part of a name": {
    change: all(variable("s"), rotation("ai-keys/${var.s}")),
  },
  "secret of an issuer's prefix, by a variable": {
    change: all(variable("s"), res("aws_secretsmanager_secret", { name: "ai-keys/openai/${var.s}" })),
    harmless: all(variable("s"), res("aws_secretsmanager_secret", { name: "db/${var.s}" })),
  },
  "function with a name of the library's, by a variable": {
    change: all(
      variable("s"),
      res("aws_lambda_function", { function_name: "ai-keys-openai-${var.s}", role: "r", filename: "x.zip" }),
    ),
    harmless: all(
      variable("s"),
      res("aws_lambda_function", { function_name: "web-${var.s}", role: "r", filename: "x.zip" }),
    ),
  },
  "log group of the controller, by a variable": {
    change: all(variable("s"), res("aws_cloudwatch_log_group", { name: "/aws/lambda/${var.s}", retention_in_days: 1 })),
    harmless: all(variable("s"), res("aws_cloudwatch_log_group", { name: "/web/${var.s}", retention_in_days: 1 })),
  },
  "alarm of the library's, by a variable": {
    change: all(variable("s"), res("aws_cloudwatch_metric_alarm", { alarm_name: "ai-keys-openai-${var.s}" })),
    harmless: all(variable("s"), res("aws_cloudwatch_metric_alarm", { alarm_name: "web-${var.s}" })),
  },
  "rule of the sweep, by a variable": {
    change: all(variable("s"), res("aws_cloudwatch_event_rule", { name: "${var.s}-sweep", state: "DISABLED" })),
    harmless: all(variable("s"), res("aws_cloudwatch_event_rule", { name: "web-${var.s}", state: "DISABLED" })),
  },
  "ledger, by a variable": {
    change: all(variable("s"), res("aws_dynamodb_table", { name: "ai-keys-openai-${var.s}", hash_key: "pk" })),
    harmless: all(variable("s"), res("aws_dynamodb_table", { name: "web-${var.s}", hash_key: "pk" })),
  },
  "policy of the ledger under the library's id, by reference": {
    change: (j) =>
      put(
        j,
        "resource",
        "aws_dynamodb_resource_policy",
        {
          resource_arn: `\${${idOf(j, "aws_dynamodb_table", "openai_ledger")}.arn}`,
          policy: policy(allow("dynamodb:*", "*", { Principal: "*" })),
        },
        "other_ledger_policy_0123ABCD",
      ),
    harmless: res(
      "aws_dynamodb_resource_policy",
      { resource_arn: LEDGER.replace(/[^/]+$/, "web"), policy: policy(allow("dynamodb:*", "*", { Principal: "*" })) },
      "other_ledger_policy_0123ABCD",
    ),
  },
  "policy of the ledger under the library's id, by ARN": {
    change: res(
      "aws_dynamodb_resource_policy",
      { resource_arn: LEDGER, policy: policy(allow("dynamodb:*", "*", { Principal: "*" })) },
      "x_ledger_policy_0123ABCD",
    ),
  },
  "policy of the ledger by a variable": {
    change: all(
      variable("t"),
      res("aws_dynamodb_resource_policy", { resource_arn: "${var.t}", policy: policy() }, "x_ledger_policy_0123ABCD"),
    ),
  },
  // Several of one.
  "permission by count": {
    change: permission({ count: 1, function_name: `\${["${FN}", "job"][count.index]}` }),
    harmless: permission({ count: 1, function_name: "job-${count.index}" }),
  },
  "permission by each": {
    change: permission({ for_each: { a: FN }, function_name: "${each.value}" }),
    harmless: permission({ for_each: { a: "job" }, function_name: "job-${each.key}" }),
  },
  "reader by count": {
    change: res("aws_iam_role_policy", { count: 2, role: "other-app", policy: policy(READ) }),
    harmless: res("aws_iam_role_policy", { count: 2, role: "other-app", policy: policy(allow("s3:*")) }),
  },
  "reader by each": {
    change: res("aws_iam_role_policy", {
      for_each: { a: "arn:aws:secretsmanager:us-east-1:1:secret:ai-keys/openai/second-??????" },
      role: "other-app",
      policy: policy(allow("secretsmanager:GetSecretValue", "${each.value}")),
    }),
    harmless: res("aws_iam_role_policy", {
      for_each: { a: "b" },
      role: "other-app",
      policy: policy(allow("s3:GetObject", "arn:aws:s3:::${each.value}/*")),
    }),
  },
  "grant of operating by each role": {
    change: (j) => {
      const id = idOf(j, "aws_iam_role_policy", "openai_operate").split(".")[1] ?? "";
      const body = j.resource.aws_iam_role_policy[id];
      j.resource.aws_iam_role_policy[id] = { ...body, for_each: '${toset(["on-call", "eve"])}', role: "${each.value}" };
    },
  },
  "grant of reading by each role": {
    change: of("aws_iam_role_policy", "aws_iam_role-app_reads", (b) => {
      b.for_each = '${toset(["results-page", "other-app"])}';
      b.role = "${each.value}";
    }),
  },
  // Whom a trusted provider lets in.
  "OIDC provider of other clients": {
    before: ciReads,
    change: changed("aws_iam_openid_connect_provider", { client_id_list: ["sts.amazonaws.com", "evil"] }),
    harmless: changed("aws_iam_openid_connect_provider", { tags: { a: "b" } }),
  },
  "OIDC provider of another certificate": {
    before: ciReads,
    change: changed("aws_iam_openid_connect_provider", { thumbprint_list: ["b"] }),
  },
  "OIDC provider elsewhere": {
    before: all(
      ciReads,
      of("aws_iam_role", "app", (b) => {
        b.assume_role_policy = b.assume_role_policy.replace(OIDC, "${aws_iam_openid_connect_provider.x.arn}");
      }),
    ),
    change: changed("aws_iam_openid_connect_provider", { url: "https://evil.example.com" }),
  },
  "SAML provider of another metadata": {
    before: samlReads,
    change: changed("aws_iam_saml_provider", { saml_metadata_document: "<new/>" }),
    harmless: changed("aws_iam_saml_provider", { tags: { a: "b" } }),
  },
  "another SAML provider's metadata": {
    before: res("aws_iam_saml_provider", { name: "other", saml_metadata_document: "<old/>" }),
    harmless: changed("aws_iam_saml_provider", { saml_metadata_document: "<new/>" }),
  },
  // Other tools.
  "CloudFormation from elsewhere": {
    change: res("aws_cloudformation_stack", {
      name: "x",
      template_url: "https://evil.example.com/t.json",
      capabilities: ["CAPABILITY_NAMED_IAM"],
    }),
  },
  "CloudFormation gives rights": {
    change: res("aws_cloudformation_stack", {
      name: "x",
      template_body: JSON.stringify({
        Resources: {
          R: { Type: "AWS::IAM::Policy", Properties: { Roles: ["x"], PolicyDocument: { Statement: [READ] } } },
        },
      }),
    }),
  },
  "CloudFormation stack set": {
    change: res("aws_cloudformation_stack_set", { name: "x", template_body: '{"Resources":{}}' }),
  },
  "Cloud Control gives rights": {
    change: res("aws_cloudcontrolapi_resource", {
      type_name: "AWS::IAM::RolePolicy",
      desired_state: JSON.stringify({ RoleName: "x", PolicyName: "y", PolicyDocument: { Statement: [READ] } }),
    }),
    harmless: res("aws_cloudcontrolapi_resource", {
      type_name: "AWS::S3::Bucket",
      desired_state: '{"BucketName":"b"}',
    }),
  },
  "Service Catalog product": {
    change: res("aws_servicecatalog_provisioned_product", {
      name: "x",
      product_id: "p",
      provisioning_artifact_id: "a",
    }),
  },
  "awscc role that reads": {
    change: res("awscc_iam_role", {
      role_name: "x",
      policies: [{ policy_name: "y", policy_document: policy(READ) }],
      assume_role_policy_document: "{}",
    }),
    harmless: res("awscc_s3_bucket", { bucket_name: "b" }),
  },
  "awscc role with a policy of AWS": {
    change: res("awscc_iam_role", { managed_policy_arns: ["arn:aws:iam::aws:policy/AdministratorAccess"] }),
  },
  // Programs.
  "program in a removed block": {
    change: (j) => {
      j.removed = [
        {
          from: "aws_s3_bucket.old",
          lifecycle: [{ destroy: true }],
          provisioner: [{ "local-exec": { when: "destroy", command: "sh x" } }],
        },
      ];
    },
    harmless: (j) => {
      j.removed = [{ from: "aws_s3_bucket.old", lifecycle: [{ destroy: true }] }];
    },
  },
  "program of a check": {
    change: (j) => {
      j.check = {
        ...j.check,
        c: {
          data: { external: { x: { program: ["sh", "x"] } } },
          assert: [{ condition: "${true}", error_message: "x" }],
        },
      };
    },
  },
  "program when a resource goes": {
    change: res("terraform_data", { provisioner: { "local-exec": { when: "destroy", command: "sh" } } }),
    harmless: res("terraform_data", { input: "x" }),
  },
  "program over a connection": {
    change: res("null_resource", { connection: { host: "h" }, provisioner: [{ "remote-exec": { inline: ["x"] } }] }),
  },
  "program by a local file that runs": {
    change: res("local_file", { filename: "/etc/cron.d/x", content: "x" }),
  },
  // Organisation.
  "service control policy goes": {
    before: all(
      res("aws_organizations_policy", { name: "guard", content: DENY, type: "SERVICE_CONTROL_POLICY" }),
      res("aws_organizations_policy_attachment", { policy_id: "${aws_organizations_policy.x.id}", target_id: "ou" }),
    ),
    change: all(gone("aws_organizations_policy"), gone("aws_organizations_policy_attachment")),
    harmless: changed("aws_organizations_policy", { tags: { a: "b" } }),
  },
  "service control policy is detached": {
    before: all(
      res("aws_organizations_policy", { name: "guard", content: DENY, type: "SERVICE_CONTROL_POLICY" }),
      res("aws_organizations_policy_attachment", { policy_id: "${aws_organizations_policy.x.id}", target_id: "ou" }),
    ),
    change: gone("aws_organizations_policy_attachment"),
  },
  "service control policy is emptied": {
    before: res("aws_organizations_policy", { name: "guard", content: DENY, type: "SERVICE_CONTROL_POLICY" }),
    change: changed("aws_organizations_policy", { content: policy(allow("*")) }),
  },
  "account leaves its unit": {
    before: res("aws_organizations_account", { name: "a", email: "a@b.c", parent_id: "ou-guarded" }),
    change: changed("aws_organizations_account", { parent_id: "ou-free" }),
    harmless: changed("aws_organizations_account", { tags: { a: "b" } }),
  },
  // Identity.
  "KMS key replicated with a policy": {
    change: res("aws_kms_replica_key", {
      primary_key_arn: "${aws_kms_key.logs.arn}",
      policy: policy(allow("kms:*", "*", { Principal: "*" })),
    }),
  },
  "KMS key of the keys replicated": {
    change: res("aws_kms_replica_key", { primary_key_arn: `arn:aws:kms:us-east-1:${ACCOUNT}:key/k1` }),
  },
  "certificate of a user who reads": {
    before: res("aws_iam_user_policy", { user: "bot", policy: policy(READ) }),
    change: res("aws_iam_signing_certificate", { user_name: "bot", certificate_body: "x" }),
    harmless: res("aws_iam_signing_certificate", { user_name: "eve", certificate_body: "x" }),
  },
  "SSH key of a user who reads": {
    before: res("aws_iam_user_policy", { user: "bot", policy: policy(READ) }),
    change: res("aws_iam_user_ssh_key", { username: "bot", public_key: "x", encoding: "SSH" }),
    harmless: res("aws_iam_user_ssh_key", { username: "eve", public_key: "x", encoding: "SSH" }),
  },
  "MFA device of a user who reads": {
    before: res("aws_iam_user_policy", { user: "bot", policy: policy(READ) }),
    change: res("aws_iam_access_key", { user: "bot" }),
    harmless: res("aws_iam_access_key", { user: "eve" }),
  },
  "somebody joins a group of the identity store": {
    before: res("aws_ssoadmin_account_assignment", {
      permission_set_arn: PERMISSION_SET,
      principal_id: "${aws_identitystore_group.x.group_id}",
      principal_type: "GROUP",
    }),
    change: res("aws_identitystore_group_membership", { group_id: "g", member_id: "u", identity_store_id: "d" }),
  },
  "trusted token issuer": {
    change: res("aws_ssoadmin_trusted_token_issuer", { name: "x", instance_arn: "arn:aws:sso:::instance/ssoins-1" }),
  },
  "attributes by which access is controlled": {
    change: res("aws_ssoadmin_instance_access_control_attributes", {
      instance_arn: "arn:aws:sso:::instance/ssoins-1",
      attribute: [],
    }),
  },
  "permission set lasts longer": {
    before: res("aws_ssoadmin_permission_set", {
      name: "p",
      instance_arn: "arn:aws:sso:::instance/ssoins-1",
      session_duration: "PT1H",
    }),
    change: changed("aws_ssoadmin_permission_set", { session_duration: "PT12H" }),
    harmless: changed("aws_ssoadmin_permission_set", { description: "x" }),
  },
  "application of the identity centre": {
    change: res("aws_ssoadmin_application_assignment", {
      application_arn: "a",
      principal_id: "p",
      principal_type: "USER",
    }),
  },
  // The stack itself.
  "local state elsewhere": {
    change: (j) => {
      j.terraform.backend = { local: { path: "/tmp/evil/terraform.ai-keys.tfstate" } };
    },
  },
  // An attacker's own.
  "ephemeral invocation": {
    change: (j) => put(j, "ephemeral", "aws_lambda_invocation", { function_name: "${var.kms}", payload: "{}" }),
  },
  "action of a function that a variable names": {
    change: (j) => put(j, "action", "aws_lambda_invoke", { config: { function_name: "${var.kms}", payload: "{}" } }),
  },
  "trigger by a resource of the library": {
    change: (j) =>
      put(j, "resource", "aws_lambda_function", {
        function_name: "mine",
        role: "r",
        lifecycle: { replace_triggered_by: [idOf(j, "aws_lambda_invocation", "kept")] },
      }),
  },
  "policy of the event bus": {
    change: res("aws_cloudwatch_event_bus_policy", {
      policy: policy(
        allow("events:*", `arn:aws:events:us-east-1:${ACCOUNT}:rule/*`, { Principal: { AWS: "999999999999" } }),
      ),
    }),
    harmless: res("aws_cloudwatch_event_bus_policy", {
      policy: policy(
        allow("events:PutEvents", `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/web`, {
          Principal: { AWS: "999999999999" },
        }),
      ),
    }),
  },
  "share by RAM": { change: res("aws_ram_resource_share", { name: "x", allow_external_principals: true }) },
  "policy of a KMS key that a data source found": {
    change: res("aws_kms_key_policy", {
      key_id: "${data.aws_kms_key.shared.id}",
      policy: policy(allow("kms:*", "*", { Principal: "*" })),
    }),
  },
  "function under a role that may all": {
    change: res("aws_lambda_function", { function_name: "spy", role: "${aws_iam_role.admin.arn}", filename: "x.zip" }),
    harmless: res("aws_lambda_function", {
      function_name: "job",
      role: "${aws_iam_role.other.arn}",
      filename: "x.zip",
    }),
  },
  "machine with a profile of the reader that is there": {
    before: res("aws_iam_instance_profile", { name: "prof", role: "results-page" }),
    change: res("aws_instance", { ami: "a", iam_instance_profile: "prof" }),
    harmless: res("aws_instance", { ami: "a", iam_instance_profile: "web" }),
  },
  "launch template with a profile of the reader, by reference": {
    before: res("aws_iam_instance_profile", { name: "prof", role: "results-page" }),
    change: res("aws_launch_template", { iam_instance_profile: [{ arn: "${aws_iam_instance_profile.x.arn}" }] }),
  },
  "Deny of the reader goes": {
    before: res("aws_iam_role_policy", { name: "guard", role: "results-page", policy: deniesInPart() }, "guard"),
    change: (j) => {
      delete j.resource.aws_iam_role_policy.guard;
    },
    harmless: of("aws_iam_role_policy", "guard", (b) => {
      b.count = 1;
    }),
  },
  "Deny of the reader by count": {
    before: res("aws_iam_role_policy", { name: "guard", role: "results-page", policy: deniesInPart() }, "guard"),
    change: of("aws_iam_role_policy", "guard", (b) => {
      b.count = 0;
    }),
  },
  "Deny of the reader by each of none": {
    before: res("aws_iam_role_policy", { name: "guard", role: "results-page", policy: deniesInPart() }, "guard"),
    change: of("aws_iam_role_policy", "guard", (b) => {
      b.for_each = {};
    }),
  },
  "Deny of the reader by a variable": {
    before: res("aws_iam_role_policy", { name: "guard", role: "results-page", policy: deniesInPart() }, "guard"),
    change: of("aws_iam_role_policy", "guard", (b) => {
      b.count = "${var.kms == 1 ? 1 : 0}";
    }),
  },
  "Deny of the reader in another account": {
    before: res("aws_iam_role_policy", { name: "guard", role: "results-page", policy: deniesInPart() }, "guard"),
    change: of("aws_iam_role_policy", "guard", (b) => {
      b.provider = "aws.other";
    }),
  },
  "Deny of the reader is written over": {
    before: res("aws_iam_role_policy", { name: "guard", role: "results-page", policy: deniesInPart() }, "guard"),
    change: res("aws_iam_role_policy", {
      name: "guard",
      role: "${aws_iam_role.app.id}",
      policy: policy(allow("s3:*")),
    }),
    harmless: res("aws_iam_role_policy", {
      name: "more",
      role: "${aws_iam_role.app.id}",
      policy: policy(allow("s3:*")),
    }),
  },
  "pager by count": {
    change: of("aws_sns_topic_subscription", "pager", (b) => {
      b.count = 0;
    }),
  },
  "pager by a variable": {
    change: of("aws_sns_topic_subscription", "pager", (b) => {
      b.count = "${var.kms == 1 ? 1 : 0}";
    }),
  },
  "parameter that is a reference to a secret": {
    change: dat("aws_ssm_parameter", { name: "/aws/reference/secretsmanager/${var.kms}" }),
    harmless: dat("aws_ssm_parameter", { name: "/aws/service/ami/${var.kms}" }),
  },
  "policy in a resource of another provider": {
    change: res("vault_aws_secret_backend_role", {
      credential_type: "federation_token",
      policy_document: policy(READ),
    }),
    harmless: res("vault_aws_secret_backend_role", {
      credential_type: "federation_token",
      policy_document: policy(allow("s3:*")),
    }),
  },
  "policy of AWS in a resource of another provider": {
    change: res("vault_aws_secret_backend_role", { policy_arns: ["arn:aws:iam::aws:policy/AdministratorAccess"] }),
  },
  "service account with the reader's role": {
    change: res("kubernetes_service_account", {
      metadata: [{ annotations: { "eks.amazonaws.com/role-arn": "${aws_iam_role.app.arn}" } }],
    }),
    harmless: res("kubernetes_service_account", {
      metadata: [{ annotations: { "eks.amazonaws.com/role-arn": "${aws_iam_role.other.arn}" } }],
    }),
  },
  "permission on a door, by an alias": {
    change: (j) => permission({ function_name: `\${${idOf(j, "aws_lambda_alias", "openai_operator")}.arn}` })(j),
  },
  "file over the code of a function": {
    change: res("local_file", { filename: "${path.module}/assets/x/code.zip", content: "x" }),
    harmless: res("local_file", { filename: "${path.module}/kubeconfig.yaml", content: "x" }),
  },
  "archive over Terraform's files": {
    change: dat("archive_file", { type: "zip", source_dir: "x", output_path: "../web/main.tf" }),
    harmless: dat("archive_file", { type: "zip", source_dir: "x", output_path: "dist/job.zip" }),
  },
  "roles of Roles Anywhere": {
    change: res("aws_rolesanywhere_trust_anchor", { name: "x", source: [{ source_type: "CERTIFICATE_BUNDLE" }] }),
  },
  "provider tags with rights": {
    change: (j) => {
      j.provider.aws[0].default_tags = [{ tags: { "scoped-keys:issuer": "ai-keys/openai" } }];
    },
    harmless: (j) => {
      j.provider.aws[0].default_tags = [{ tags: { team: "x" } }];
    },
  },
};
