import { unknownSegment, unknownText } from "../../iam";

const HERE = (what: string) => unknownSegment(`\${${what}}`);
const [PARTITION, REGION, ACCOUNT] = [HERE("partition"), HERE("region"), HERE("account_id")];

/** How the ARN of a resource follows from its attributes. */
interface Shape {
  readonly service: string;
  /** Attribute with the name, and one that a generated name starts with. */
  readonly name: string;
  readonly start?: string;
  readonly arn: (name: string, path: string) => string;
  /** Attributes that are the ARN; others that are the name are `id` and the name itself. */
  readonly arns: readonly string[];
  readonly names: readonly string[];
}

const global = (service: string, rest: string) => `arn:${PARTITION}:${service}::${ACCOUNT}:${rest}`;
const regional = (service: string, rest: string) => `arn:${PARTITION}:${service}:${REGION}:${ACCOUNT}:${rest}`;

const SHAPES: Readonly<Record<string, Shape>> = {
  aws_secretsmanager_secret: {
    service: "secretsmanager",
    name: "name",
    start: "name_prefix",
    arn: (name) => regional("secretsmanager", `secret:${name}-??????`),
    arns: ["arn", "id"],
    names: ["name"],
  },
  aws_lambda_function: {
    service: "lambda",
    name: "function_name",
    arn: (name) => regional("lambda", `function:${name}`),
    arns: ["arn", "qualified_arn"],
    names: ["function_name", "id"],
  },
  aws_iam_role: {
    service: "iam",
    name: "name",
    start: "name_prefix",
    arn: (name, path) => global("iam", `role${path}${name}`),
    arns: ["arn"],
    names: ["name", "id"],
  },
  aws_iam_user: {
    service: "iam",
    name: "name",
    arn: (name, path) => global("iam", `user${path}${name}`),
    arns: ["arn"],
    names: ["name", "id"],
  },
  aws_iam_group: {
    service: "iam",
    name: "name",
    arn: (name, path) => global("iam", `group${path}${name}`),
    arns: ["arn"],
    names: ["name", "id"],
  },
  aws_iam_policy: {
    service: "iam",
    name: "name",
    start: "name_prefix",
    arn: (name, path) => global("iam", `policy${path}${name}`),
    arns: ["arn", "id"],
    names: ["name"],
  },
  aws_dynamodb_table: {
    service: "dynamodb",
    name: "name",
    arn: (name) => regional("dynamodb", `table/${name}`),
    arns: ["arn"],
    names: ["name", "id"],
  },
  aws_cloudwatch_log_group: {
    service: "logs",
    name: "name",
    start: "name_prefix",
    arn: (name) => regional("logs", `log-group:${name}`),
    arns: ["arn"],
    names: ["name", "id"],
  },
  aws_cloudwatch_event_rule: {
    service: "events",
    name: "name",
    start: "name_prefix",
    arn: (name) => regional("events", `rule/${name}`),
    arns: ["arn"],
    names: ["name", "id"],
  },
  aws_cloudwatch_metric_alarm: {
    service: "cloudwatch",
    name: "alarm_name",
    arn: (name) => regional("cloudwatch", `alarm:${name}`),
    arns: ["arn"],
    names: ["alarm_name", "id"],
  },
  aws_sns_topic: {
    service: "sns",
    name: "name",
    start: "name_prefix",
    arn: (name) => regional("sns", name),
    arns: ["arn", "id"],
    names: ["name"],
  },
};

function functionArn(nameOrArn: string): string {
  return nameOrArn.includes(":") ? nameOrArn : regional("lambda", `function:${nameOrArn}`);
}

/** Services that owned things belong to: the ARN of another type there may be one of theirs. */
const OWN_SERVICES = /^(?:data\.)?aws_(?:secretsmanager|lambda|iam|dynamodb|cloudwatch|sns|kms|scheduler|arn)/;

/**
 * An attribute that is an ARN or a name, from what is written; undefined where it cannot be told.
 * @param type `aws_iam_role`, `data.aws_iam_role`
 * @param attribute text of another attribute of the same block
 */
export function arnOf(
  type: string,
  name: string,
  attribute: (name: string) => string | undefined,
  address: string,
): string | undefined {
  if (type === "aws_kms_key") {
    if (name === "arn") return regional("kms", `key/(${address})`);
    return name === "key_id" || name === "id" ? `(${address})` : undefined;
  }
  if (type.replace(/^data\./, "") === "aws_lambda_alias" && name === "arn") {
    const [of, alias] = [attribute("function_name"), attribute("name")];
    return of === undefined || alias === undefined ? undefined : `${functionArn(of)}:${alias}`;
  }
  if (type === "aws_lambda_function" && /^(?:qualified_)?invoke_arn$/.test(name)) {
    const of = attribute("function_name");
    const path = `path/2015-03-31/functions/${functionArn(of ?? `(${address})`)}/invocations`;
    return `arn:${PARTITION}:apigateway:${REGION}:lambda:${path}`;
  }
  const shape = SHAPES[type.replace(/^data\./, "")];
  if (shape === undefined) {
    // Of a service where nothing is owned.
    const isArn = name === "arn" && /^(?:data\.)?aws_/.test(type) && !OWN_SERVICES.test(type);
    return isArn ? `arn:${PARTITION}:(${type}):${unknownText(address)}` : undefined;
  }
  const isArn = shape.arns.includes(name);
  if (!isArn && !shape.names.includes(name)) return undefined;
  const given = attribute(shape.name);
  const start = shape.start === undefined ? undefined : attribute(shape.start);
  // A generated name is one that nobody chose.
  const own = given ?? (start === undefined ? `(${address})` : `${start}${unknownSegment(address)}`);
  if (given === undefined && type.startsWith("data.")) return undefined;
  return isArn ? shape.arn(own, attribute("path") ?? "/") : own;
}
