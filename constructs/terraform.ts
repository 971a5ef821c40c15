/**
 * The one file that imports CDKTF and the AWS provider package, so that a build for a fork of
 * either changes nothing else. Single resource modules and never the index: that one costs seconds
 * at every synth.
 */
import {
  AnnotationMetadataEntryType,
  App,
  TerraformDataSource,
  TerraformOutput,
  TerraformProvider,
  TerraformResource,
  TerraformStack,
  Token,
  Tokenization,
} from "cdktf";
import { Construct, type IConstruct } from "constructs";

export { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
export { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
export { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
export { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
export { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity";
export { DataAwsLambdaInvocation } from "@cdktf/provider-aws/lib/data-aws-lambda-invocation";
export { DataAwsPartition } from "@cdktf/provider-aws/lib/data-aws-partition";
export { DataAwsRegion } from "@cdktf/provider-aws/lib/data-aws-region";
export { DataAwsSecretsmanagerSecret } from "@cdktf/provider-aws/lib/data-aws-secretsmanager-secret";
export { DynamodbResourcePolicy } from "@cdktf/provider-aws/lib/dynamodb-resource-policy";
export { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table";
export { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
export { IamRole } from "@cdktf/provider-aws/lib/iam-role";
export { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
export { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
export { LambdaAlias } from "@cdktf/provider-aws/lib/lambda-alias";
export { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
export { LambdaInvocation } from "@cdktf/provider-aws/lib/lambda-invocation";
export { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
export { SecretsmanagerSecret } from "@cdktf/provider-aws/lib/secretsmanager-secret";
export { SecretsmanagerSecretRotation } from "@cdktf/provider-aws/lib/secretsmanager-secret-rotation";
export type { TerraformResource, TerraformStack } from "cdktf";
export { AssetType, Lazy, TerraformAsset, TerraformLocal } from "cdktf";
export { Construct, Dependable, type IConstruct, type IDependable } from "constructs";

/** Whether a value is, or holds, something that is known only after synthesis. */
export function isToken(value: unknown): boolean {
  if (typeof value === "string") return value.includes("${TfToken[") && Token.isUnresolved(value);
  if (typeof value === "number") return Token.isUnresolved(value);
  return Tokenization.isResolvable(value);
}

export function stackOf(construct: IConstruct): TerraformStack {
  return TerraformStack.of(construct);
}

/** Undefined for what is beside all stacks, in the app itself. */
export function stackAround(construct: IConstruct): TerraformStack | undefined {
  return construct.node.scopes.find((scope): scope is TerraformStack => TerraformStack.isStack(scope));
}

/** Where the app is synthesised to. */
export function outdirOf(construct: IConstruct): string {
  return App.of(construct).outdir;
}

/**
 * `type.name` (data sources: without `data.`), for references inside one stack. A CDKTF token says
 * the same and works across stacks, but each takes a stack trace when it is made, which is most of
 * the time that 1,000 keys take to synthesise.
 */
export function addressOf(resource: TerraformResource | TerraformDataSource): string {
  return `${resource.terraformResourceType}.${resource.friendlyUniqueId}`;
}

/** What CDKTF would name a resource whose construct stood at a path in the stack. */
export function namedAt(stack: TerraformStack, path: string): string {
  let scope: IConstruct = stack;
  let made: IConstruct | undefined;
  for (const id of path.split("/")) {
    const found: IConstruct | undefined = scope.node.tryFindChild(id);
    scope = found ?? new Construct(scope, id);
    if (found === undefined) made ??= scope;
  }
  const name = stack.getLogicalId(scope.node);
  made?.node.scope?.node.tryRemoveChild(made.node.id);
  return name;
}

/** Whether a construct has a Terraform address. */
export function isResource(construct: IConstruct): construct is TerraformResource | TerraformDataSource {
  return TerraformResource.isTerraformResource(construct) || TerraformDataSource.isTerraformDataSource(construct);
}

/** What a resource renders by now, Aspects and overrides included; attributes may hold tokens. */
export function renderedOf(resource: TerraformResource): { readonly [attribute: string]: unknown } {
  const { resource: blocks } = resource.toTerraform();
  return blocks[resource.terraformResourceType][resource.friendlyUniqueId];
}

/**
 * Where a stack's resources are, as far as its AWS provider says it in the code; undefined: not
 * said.
 */
export interface Place {
  readonly region: string | undefined;
  readonly account: string | undefined;
  /** Name in the configuration of whoever deploys. */
  readonly profile: string | undefined;
}

export function placeOf(stack: TerraformStack): Place {
  const providers = stack.node
    .findAll()
    .filter((node): node is TerraformProvider => TerraformProvider.isTerraformProvider(node))
    .filter((provider) => provider.terraformResourceType === "aws" && provider.alias === undefined);
  const [only, ...more] = providers;
  if (only === undefined || more.length > 0) return { region: undefined, account: undefined, profile: undefined };
  const [written] = only.toTerraform().provider.aws;
  const literalOf = (value: unknown) => (typeof value === "string" && !isToken(value) ? value : undefined);
  const [role] = [written.assume_role].flat();
  const [account, ...others] = Array.isArray(written.allowed_account_ids) ? written.allowed_account_ids : [];
  return {
    region: literalOf(written.region),
    account:
      /^arn:[^:]*:iam::(\d{12}):/.exec(literalOf(role?.role_arn) ?? "")?.[1] ??
      (others.length === 0 ? literalOf(account) : undefined),
    profile: literalOf(written.profile),
  };
}

/**
 * Tags that the provider of a resource puts on it, as far as the code says so; values may be
 * tokens.
 */
export function defaultTagsOf(resource: TerraformResource): Readonly<Record<string, string>> {
  const own = resource.provider;
  const providers = stackOf(resource)
    .node.findAll()
    .filter((node): node is TerraformProvider => TerraformProvider.isTerraformProvider(node))
    .filter((each) =>
      own === undefined ? each.terraformResourceType === "aws" && each.alias === undefined : each === own,
    );
  const tags: Record<string, string> = {};
  for (const provider of providers) {
    const [written = {}] = provider.toTerraform().provider[provider.terraformResourceType] ?? [];
    for (const block of [written.default_tags ?? []].flat()) Object.assign(tags, textsOf(block?.tags));
  }
  return tags;
}

/**
 * Tags of a resource by now, Aspects and overrides included, without those of its provider; values
 * may be tokens.
 */
export function tagsOf(resource: TerraformResource & { readonly tagsInput?: { [name: string]: string } | undefined }) {
  const isOverridden = Object.keys(resource["rawOverrides"]).length > 0;
  return textsOf(isOverridden ? renderedOf(resource)["tags"] : resource.tagsInput);
}

function textsOf(tags: unknown): Record<string, string> {
  if (typeof tags !== "object" || tags === null) return {};
  return Object.fromEntries(Object.entries(tags).filter(([, value]) => typeof value === "string"));
}

/**
 * Whether two stacks are known to be in different accounts or regions, or are deployed by different
 * profiles.
 */
export function isElsewhere(one: TerraformStack, other: TerraformStack): boolean {
  if (one === other) return false;
  const [a, b] = [placeOf(one), placeOf(other)];
  return (["region", "account", "profile"] as const).some(
    (part) => a[part] !== undefined && b[part] !== undefined && a[part] !== b[part],
  );
}

/** Whether a construct renders the output of that name. */
export function isOutput(construct: IConstruct, name: string): boolean {
  return construct instanceof TerraformOutput && construct.friendlyUniqueId === name;
}

/** Text that Terraform must not read as a template. */
export function literal(text: string): string {
  return text.includes("{") ? text.replace(/([$%])\{/g, "$1$1{") : text;
}

/**
 * A note that the command line of CDKTF prints after synthesis. Without the stack trace that
 * CDKTF's own function takes of each.
 */
export function note(at: IConstruct, level: "warning" | "info", text: string): void {
  at.node.addMetadata(level === "warning" ? AnnotationMetadataEntryType.WARN : AnnotationMetadataEntryType.INFO, text);
}
