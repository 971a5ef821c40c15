import { issuerPrefix } from "../../../src/model/names";
import { isAttributes } from "../../../src/review/attributes";
import { RIGHTS } from "../../../src/review/foreign/rights-table";
import type { Base } from "./bases";
import type { Generator } from "./mutate";
import type { Random } from "./random";

/** What keys depend on, as the base declares it. */
interface Target {
  readonly kind: "secret" | "function" | "table" | "rule" | "log group" | "role";
  readonly address: string;
  readonly name: string;
}

const KINDS: Readonly<Record<string, readonly [kind: Target["kind"], attribute: string]>> = {
  aws_secretsmanager_secret: ["secret", "name"],
  aws_lambda_function: ["function", "function_name"],
  aws_dynamodb_table: ["table", "name"],
  aws_cloudwatch_event_rule: ["rule", "name"],
  aws_cloudwatch_log_group: ["log group", "name"],
  aws_iam_role: ["role", "name"],
};
/** The library's own roles, functions, rules and log groups have names that end so. */
const OWN = /-(?:controller|observer)(?:-[a-z]{2}-[a-z]+-\d)?$|-sweep$|-scoped-keys$/;

function* resourcesOf({ kind, json }: Base): Generator_ {
  if (kind === "folder") {
    for (const [type, byId] of Object.entries(Object(json["resource"]))) {
      for (const [id, values] of Object.entries(Object(byId))) yield [type, `${type}.${id}`, Object(values)];
    }
    return;
  }
  const changes = json["resource_changes"];
  for (const each of Array.isArray(changes) ? changes : []) yield [each.type, each.address, Object(each.change?.after)];
}
type Generator_ = globalThis.Generator<readonly [type: string, address: string, values: Record<string, unknown>]>;

function targetsIn(base: Base): Target[] {
  const secrets = new Set<string>();
  const found: Target[] = [];
  const all = [...resourcesOf(base)];
  const prefixes = new Set(
    all.flatMap(([, , { environment }]) => {
      const [first] = Array.isArray(environment) ? environment : [environment];
      const variables = isAttributes(first) ? first["variables"] : undefined;
      const prefix = isAttributes(variables) ? variables["SCOPED_KEYS_PREFIX"] : undefined;
      return typeof prefix === "string" ? [prefix] : [];
    }),
  );
  for (const [type, address, values] of all) {
    const [kind, attribute = ""] = KINDS[type] ?? [];
    const name = values[attribute];
    if (kind === undefined || typeof name !== "string" || name.includes("${")) continue;
    const isOwn = kind === "secret" ? prefixes.has(issuerPrefix(name)) && !secrets.has(name) : OWN.test(name);
    if (isOwn) found.push({ kind, address, name });
  }
  return found;
}

const TARGETS = new WeakMap<Base, readonly Target[]>();
const ACCOUNT = "111122223333";

function arnOf({ kind, name }: Target, region = "us-east-1"): string {
  switch (kind) {
    case "secret":
      return `arn:aws:secretsmanager:${region}:${ACCOUNT}:secret:${name}-??????`;
    case "function":
      return `arn:aws:lambda:${region}:${ACCOUNT}:function:${name}`;
    case "table":
      return `arn:aws:dynamodb:${region}:${ACCOUNT}:table/${name}`;
    case "rule":
      return `arn:aws:events:${region}:${ACCOUNT}:rule/${name}`;
    case "log group":
      return `arn:aws:logs:${region}:${ACCOUNT}:log-group:${name}:*`;
    case "role":
      return `arn:aws:iam::${ACCOUNT}:role/${name}`;
  }
}

/** The same resource, or more, in a pattern that names it by other words. */
function disguised(arn: string, random: Random): string {
  const start = arn.split(":", 2).join(":").length + 1;
  switch (random.below(5)) {
    case 0:
      return arn;
    case 1:
      return "*";
    case 2: {
      const at = start + random.below(arn.length - start);
      // A colon or a slash may be part of how AWS finds the resource.
      return /[A-Za-z]/.test(arn[at] ?? "") ? `${arn.slice(0, at)}?${arn.slice(at + 1)}` : arn;
    }
    case 3: {
      const name = arn.lastIndexOf(":") + 1;
      const at = name + random.below(arn.length - name);
      return `${arn.slice(0, at)}*`;
    }
    default:
      return arn.replace(/:us-east-1:|:111122223333:/, ":*:");
  }
}

function action(right: string, random: Random): string {
  const [service = "", name = ""] = right.split(":");
  switch (random.below(5)) {
    case 0:
      return right;
    case 1:
      return right.toUpperCase();
    case 2:
      return `${service}:${name.slice(0, 1 + random.below(name.length))}*`;
    case 3: {
      const at = random.below(name.length);
      return `${service}:${name.slice(0, at)}?${name.slice(at + 1)}`;
    }
    default:
      return `${service}:*`;
  }
}

function statement(target: Target, random: Random): object {
  const verbs = Object.values(RIGHTS[target.kind]);
  const right = random.of(random.of(verbs) ?? []);
  const Resource = disguised(arnOf(target), random);
  const condition = random.below(4) === 0 ? { Condition: { Bool: { "aws:SecureTransport": "true" } } } : {};
  const on = random.below(6) === 0 ? { NotResource: "arn:aws:s3:::x/*" } : { Resource };
  const does = random.below(8) === 0 ? { NotAction: ["s3:*", "ec2:Describe*"] } : { Action: action(right, random) };
  return { Effect: "Allow", ...does, ...on, ...condition };
}

type Made = readonly [type: string, body: object];

/** Who gets a policy. */
function policied(target: Target, random: Random): Made {
  const document = { Version: "2012-10-17", Statement: [statement(target, random)] };
  const policy = JSON.stringify(document);
  switch (random.below(6)) {
    case 0:
      return ["aws_iam_user_policy", { name: "x", user: "eve", policy }];
    case 1:
      return ["aws_iam_group_policy", { name: "x", group: "devs", policy }];
    case 2:
      return ["aws_iam_policy", { name: "x", policy }];
    case 3:
      return ["aws_iam_role", { name: "x", assume_role_policy: "{}", inline_policy: [{ name: "x", policy }] }];
    default:
      return ["aws_iam_role_policy", { name: "x", role: "eve", policy }];
  }
}

/** What acts on a thing by naming it. */
function acting(target: Target, reference: string, random: Random): Made {
  const { kind, name } = target;
  switch (kind) {
    case "secret":
      return random.of<Made>([
        ["aws_secretsmanager_secret_policy", { secret_arn: reference, policy: "{}" }],
        ["aws_secretsmanager_secret_version", { secret_id: random.of([name, reference]), secret_string: "x" }],
        [
          "aws_ecs_task_definition",
          { container_definitions: JSON.stringify([{ secrets: [{ valueFrom: reference }] }]) },
        ],
      ]);
    case "function":
      return random.of<Made>([
        ["aws_lambda_permission", { function_name: random.of([name, reference]), action: "lambda:*", principal: "*" }],
        ["aws_lambda_function_url", { function_name: random.of([name, reference]), authorization_type: "NONE" }],
        ["aws_lambda_alias", { function_name: random.of([name, reference]), name: "mine", function_version: "1" }],
        ["aws_cloudwatch_event_target", { rule: "mine", arn: reference }],
        ["aws_cloudwatch_log_subscription_filter", { log_group_name: "/web", destination_arn: reference }],
        [
          "aws_sns_topic_subscription",
          { topic_arn: "arn:aws:sns:us-east-1:1:x", protocol: "lambda", endpoint: reference },
        ],
        ["aws_pipes_pipe", { target: reference }],
        ["aws_sfn_state_machine", { definition: JSON.stringify({ States: { a: { Resource: reference } } }) }],
      ]);
    case "table":
      return random.of<Made>([
        ["aws_dynamodb_table_item", { table_name: name, item: "{}" }],
        ["aws_dynamodb_resource_policy", { resource_arn: reference, policy: "{}" }],
        ["aws_dynamodb_table_export", { table_arn: reference, s3_bucket: "b" }],
      ]);
    case "rule":
      return ["aws_cloudwatch_event_target", { rule: name, arn: "arn:aws:sqs:us-east-1:1:q" }];
    case "log group":
      return ["aws_cloudwatch_log_subscription_filter", { log_group_name: name, destination_arn: "arn:aws:x" }];
    case "role":
      return random.of<Made>([
        ["aws_iam_role_policy", { role: name, policy: '{"Version":"2012-10-17","Statement":[]}' }],
        ["aws_iam_role_policy_attachment", { role: name, policy_arn: "arn:aws:iam::aws:policy/AmazonS3FullAccess" }],
        ["aws_iam_instance_profile", { role: name }],
        ["aws_lambda_function", { function_name: "mine", role: reference, filename: "x.zip" }],
      ]);
  }
}

/**
 * A resource of somebody else that reaches what keys depend on, named in one of the ways there are.
 */
export const ofForeign: Generator = (base, random) => {
  const targets = TARGETS.get(base) ?? targetsIn(base);
  TARGETS.set(base, targets);
  if (targets.length === 0) return undefined;
  const target = random.of(targets);
  const inFolder = base.kind === "folder";
  const literal = arnOf(target)
    .replace(/-\?{6}$/, "-AbCdEf")
    .replace(/:\*$/, "");
  const byLocal = inFolder && random.below(3) === 0;
  const expression = `\${${target.address}.arn}`;
  const reference = byLocal ? `\${local.of_others}` : inFolder && random.below(2) === 0 ? expression : literal;
  const [type, body] = random.below(2) === 0 ? policied(target, random) : acting(target, reference, random);
  const words = `foreign ${type} ${JSON.stringify(body)}`;
  const json = inFolder
    ? {
        ...base.json,
        ...(byLocal ? { locals: { ...Object(base.json["locals"]), of_others: expression } } : {}),
        resource: {
          ...Object(base.json["resource"]),
          [type]: { ...Object(Object(base.json["resource"])[type]), of_others: body },
        },
      }
    : {
        ...base.json,
        resource_changes: [
          ...(base.json["resource_changes"] as unknown[]),
          {
            address: `${type}.of_others`,
            mode: "managed",
            type,
            change: { actions: ["create"], before: null, after: body, after_unknown: {} },
          },
        ],
      };
  return { json, words, before: undefined, after: body, widens: true };
};
