/**
 * The one file that imports CDKTF and the AWS provider package, so that a build for a fork of either changes nothing else.
 * Single resource modules and never the index: that one costs seconds at every synth.
 */
import {
  AnnotationMetadataEntryType,
  App,
  TerraformDataSource,
  TerraformOutput,
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
export { DynamodbResourcePolicy } from "@cdktf/provider-aws/lib/dynamodb-resource-policy";
export { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table";
export { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
export { IamRole } from "@cdktf/provider-aws/lib/iam-role";
export { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
export { LambdaAlias } from "@cdktf/provider-aws/lib/lambda-alias";
export { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
export { LambdaInvocation } from "@cdktf/provider-aws/lib/lambda-invocation";
export { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
export { SecretsmanagerSecret } from "@cdktf/provider-aws/lib/secretsmanager-secret";
export { SecretsmanagerSecretRotation } from "@cdktf/provider-aws/lib/secretsmanager-secret-rotation";
export type { TerraformResource, TerraformStack } from "cdktf";
export { AssetType, Lazy, TerraformAsset, TerraformLocal } from "cdktf";
export { Construct, type IConstruct } from "constructs";

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
 * `type.name` (data sources: without `data.`), for references inside one stack. A CDKTF token says the same and works across stacks, but each takes a stack
 * trace when it is made, which is most of the time that 1,000 keys take to synthesise.
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

/** Whether a construct renders the output of that name. */
export function isOutput(construct: IConstruct, name: string): boolean {
  return construct instanceof TerraformOutput && construct.friendlyUniqueId === name;
}

/** Text that Terraform must not read as a template. */
export function literal(text: string): string {
  return text.includes("{") ? text.replace(/([$%])\{/g, "$1$1{") : text;
}

/** A note that the command line of CDKTF prints after synthesis. Without the stack trace that CDKTF's own function takes of each. */
export function note(at: IConstruct, level: "warning" | "info", text: string): void {
  at.node.addMetadata(level === "warning" ? AnnotationMetadataEntryType.WARN : AnnotationMetadataEntryType.INFO, text);
}
