import { type Answer, any, compile, intersects, isOpen, type Pattern, unknownSegment } from "../../iam";
import { defined } from "../../model/defined";
import type { Attributes } from "../attributes";
import { grouped, isAttributes } from "../attributes";
import type { Kind, Owned } from "./owned";

/** An attribute that says what a resource acts on, by name or by ARN. */
export interface Handle {
  /** `target.arn` of blocks. */
  readonly attribute: string;
  readonly kinds: readonly Kind[];
  /** What it does to what it acts on. */
  readonly does: string;
  /** What is missing where it goes. */
  readonly guards?: string;
}

const handle = (does: string, kinds: readonly Kind[], attribute: string, guards?: string): Handle => ({
  does,
  kinds,
  attribute,
  ...defined({ guards }),
});
const ofFunction = (does: string) => [handle(does, ["function"], "function_name")];
const SECRETS: readonly Kind[] = ["secret", "admin key"];
const ROLES: readonly Kind[] = ["role", "reader"];
const ofTable = (does: string, attribute: string) => [handle(does, ["table"], attribute)];
const ofGroup = (does: string, attribute = "log_group_name") => [handle(does, ["log group"], attribute)];
const ofTopic = (does: string, attribute: string) => [handle(does, ["topic"], attribute)];
const ofKey = (does: string, attribute = "key_id") => [handle(does, ["KMS key"], attribute)];

/**
 * Resources and data sources that act on something by naming it. Of them everything is known: where
 * what they name is nothing that keys depend on, they are harmless, whatever else they say.
 */
export const HANDLES: Readonly<Record<string, readonly Handle[]>> = {
  aws_lambda_function_url: ofFunction("opens a URL of"),
  aws_lambda_alias: ofFunction("makes an alias of"),
  aws_lambda_event_source_mapping: ofFunction("adds an event source to"),
  aws_lambda_function_event_invoke_config: ofFunction("redirects results of"),
  aws_lambda_provisioned_concurrency_config: ofFunction("changes the runtime of"),
  aws_lambda_runtime_management_config: ofFunction("changes the runtime of"),
  aws_lambda_function_recursion_config: ofFunction("changes the runtime of"),
  "data.aws_lambda_invocation": ofFunction("invokes at each plan"),
  "data.aws_lambda_function": [],
  "data.aws_lambda_alias": [],
  "action.aws_lambda_invoke": [handle("invokes", ["function"], "config.function_name")],
  aws_secretsmanager_secret_policy: [handle("replaces the resource policy of", SECRETS, "secret_arn")],
  aws_secretsmanager_secret_version: [handle("writes the value of", SECRETS, "secret_id")],
  "data.aws_secretsmanager_secret_version": [handle("reads at each plan", SECRETS, "secret_id")],
  "data.aws_secretsmanager_secret_versions": [],
  "data.aws_secretsmanager_secret": [],
  "data.aws_secretsmanager_secrets": [],
  "ephemeral.aws_secretsmanager_secret_version": [handle("reads at each plan", SECRETS, "secret_id")],
  aws_iam_instance_profile: [handle("lends to machines", ROLES, "role")],
  aws_iam_role_policies_exclusive: [handle("removes policies from", ROLES, "role_name")],
  aws_iam_role_policy_attachments_exclusive: [handle("removes policies from", ROLES, "role_name")],
  aws_iam_access_key: [handle("makes credentials for", ["user", "reader"], "user")],
  aws_iam_service_specific_credential: [handle("makes credentials for", ["user", "reader"], "user")],
  aws_iam_user_login_profile: [handle("makes credentials for", ["user", "reader"], "user")],
  aws_iam_signing_certificate: [handle("makes credentials for", ["user", "reader"], "user_name")],
  aws_iam_user_ssh_key: [handle("makes credentials for", ["user", "reader"], "username")],
  aws_ssoadmin_account_assignment: [handle("assigns people to", ["permission set"], "permission_set_arn")],
  aws_ssoadmin_permissions_boundary_attachment: [
    handle("changes the boundary of", ["permission set"], "permission_set_arn", "holds"),
  ],
  aws_eks_pod_identity_association: [handle("lends to pods", ROLES, "role_arn")],
  aws_dynamodb_table_item: ofTable("writes into", "table_name"),
  aws_dynamodb_kinesis_streaming_destination: ofTable("copies", "table_name"),
  aws_dynamodb_table_export: ofTable("copies", "table_arn"),
  aws_dynamodb_resource_policy: ofTable("sets the resource policy of", "resource_arn"),
  aws_dynamodb_table_replica: ofTable("copies", "global_table_arn"),
  aws_dynamodb_global_table: ofTable("copies", "name"),
  aws_dynamodb_contributor_insights: [],
  aws_dynamodb_tag: ofTable("changes", "resource_arn"),
  "data.aws_dynamodb_table_item": [],
  "data.aws_dynamodb_table": [],
  aws_cloudwatch_log_subscription_filter: ofGroup("copies"),
  aws_cloudwatch_log_stream: [],
  aws_cloudwatch_log_data_protection_policy: ofGroup("changes"),
  aws_cloudwatch_log_index_policy: [],
  aws_cloudwatch_log_delivery_source: ofGroup("copies", "resource_arn"),
  "data.aws_cloudwatch_log_group": [],
  aws_sns_topic_policy: ofTopic("sets the policy of", "arn"),
  aws_sns_topic_data_protection_policy: ofTopic("sets the policy of", "arn"),
  aws_sns_topic_subscription: [handle("listens to", ["topic"], "topic_arn", "hears alarms")],
  "data.aws_sns_topic": [],
  aws_kms_grant: ofKey("lets use"),
  aws_kms_key_policy: ofKey("sets the policy of"),
  aws_kms_replica_key: ofKey("copies", "primary_key_arn"),
  aws_kms_replica_external_key: ofKey("copies", "primary_key_arn"),
  "data.aws_kms_key": [],
  "data.aws_kms_alias": [],
  "data.aws_iam_policy_document": [],
  "data.aws_iam_policy": [],
  "data.aws_iam_role": [],
};

/** What a handle of a resource meets. */
export interface Met {
  readonly owned: Owned;
  readonly certain: boolean;
}

/** @param value of the attribute; what is no text is one that nobody knows */
export function met(value: unknown, kinds: readonly Kind[], owned: readonly Owned[]): Met[] {
  if (value === undefined || value === null || value === "") return [];
  const named = namedIn(value);
  const byKind = kindsOf(owned);
  return kinds.flatMap((kind) =>
    (byKind.get(kind) ?? []).flatMap((each) => {
      const answer = any(named.map((pattern) => (pattern === undefined ? "unknown" : meets(pattern, each))));
      return answer === "no" ? [] : [{ owned: each, certain: answer === "yes" }];
    }),
  );
}

function kindsOf(owned: readonly Owned[]): ReadonlyMap<Kind, readonly Owned[]> {
  const known = BY_KIND.get(owned);
  if (known !== undefined) return known;
  const byKind = grouped<Owned, Kind>(owned, ({ kind }) => kind);
  BY_KIND.set(owned, byKind);
  return byKind;
}

/** The same things are asked for with each block. */
const BY_KIND = new WeakMap<readonly Owned[], ReadonlyMap<Kind, readonly Owned[]>>();

/** Undefined for what is no text. */
function namedIn(value: unknown): Array<Pattern | undefined> {
  if (value === undefined || value === null || value === "") return [];
  if (Array.isArray(value)) return value.flatMap(namedIn);
  // Of a secret the last six characters are never known.
  return [typeof value === "string" ? compile(value.replace(/-\?{6}$/, "-AbCdEf"), { literal: true }) : undefined];
}

function meets(pattern: Pattern, { handles, kind, said }: Owned): Answer {
  const isArn = pattern.startsWith("arn:");
  const isNamed = /^[A-Za-z]/.test(pattern);
  let answer: Answer = "no";
  for (const each of handles) {
    if (isArn && isOpen(each) && mayBe(said, kind, pattern)) answer = "unknown";
    if (isArn && !each.startsWith("arn:")) continue;
    // A part of an ARN begins with an account, and that with a digit.
    if (isNamed && FROM_ACCOUNT.test(each)) continue;
    if (each.includes("|") && !pattern.includes("|")) continue;
    const met = intersects(each, pattern);
    if (met === "yes") return met;
    if (met === "unknown") answer = met;
  }
  return answer;
}

/**
 * Something that is not known, and an ARN: it may be that one where the words of it say so, or say
 * no ARN at all.
 */
function mayBe(said: string, kind: Kind, arn: Pattern): boolean {
  const service = { "KMS key": ":kms:", topic: ":sns:" }[String(kind)];
  if (service === undefined || !arn.includes(service)) return false;
  return !said.includes(service) || said.includes(arn.slice(arn.lastIndexOf(":") + 1));
}

const FROM_ACCOUNT = new RegExp(`^${compile(unknownSegment(""))}:`);

/** `config.function_name` of a body whose blocks may be lists. */
export function valuesAt(body: Attributes, path: string): unknown[] {
  return path
    .split(".")
    .reduce<unknown[]>(
      (at, name) =>
        at
          .flatMap((each) => (Array.isArray(each) ? each : [each]))
          .map((each) => (isAttributes(each) ? each[name] : each)),
      [body],
    );
}
