import { LATEST, OPERATOR_ALIAS, SWEEP_ALIAS } from "../doors";
import { SWEEP_EVENT } from "../events";
import { functionName, issuerBase, secretName } from "../names";
import { canonicalDocument, unnamed } from "./documents";
import {
  type About,
  arnOf,
  computed,
  derived,
  fixed,
  isText,
  named,
  type RenderedPart,
  type Rules,
  refersTo,
  tags,
  told,
  unset,
} from "./rule";

/**
 * What `constructs/issuer/key-issuer.ts` renders around the functions: names to call the controller
 * by, the schedule of the sweep, and who may invoke the controller.
 */

const ruleName = ({ prefix }: About) => `${issuerBase(prefix)}sweep`;
const controller = ({ prefix }: About) => functionName(prefix, "controller");
const isRate = (value: unknown) => isText(value) && /^rate\(\d+ (?:minute|hour|day)s?\)$/.test(value);

const RULE: Rules = {
  name: named(ruleName),
  description: named(({ prefix }) => `Revokes what is due and reclaims orphans under ${prefix}/`),
  schedule_expression: told("sweep", "identical", isRate),
  tags,
  event_bus_name: unset("default"),
  event_pattern: unset(),
  force_destroy: unset(false),
  is_enabled: unset(true),
  name_prefix: unset(),
  role_arn: unset(),
  state: unset("ENABLED"),
  region: computed,
  arn: computed,
  id: computed,
  tags_all: computed,
};

const TARGET: Rules = {
  rule: refersTo(
    () => "sweep rule",
    "name",
    (value, about) => value === ruleName(about),
  ),
  arn: refersTo(
    () => "sweep alias",
    "arn",
    (value, about) => value === arnOf(about, "lambda", `function:${controller(about)}:${SWEEP_ALIAS}`),
  ),
  input: fixed(JSON.stringify(SWEEP_EVENT)),
  event_bus_name: unset("default"),
  force_destroy: unset(false),
  input_path: unset(),
  input_transformer: unset(),
  role_arn: unset(),
  appsync_target: unset(),
  batch_target: unset(),
  dead_letter_config: unset(),
  ecs_target: unset(),
  http_target: unset(),
  kinesis_target: unset(),
  redshift_target: unset(),
  retry_policy: unset(),
  run_command_targets: unset(),
  sagemaker_pipeline_target: unset(),
  sqs_target: unset(),
  region: computed,
  id: computed,
  target_id: computed,
};

const PERMISSION: Rules = {
  action: fixed("lambda:InvokeFunction"),
  function_name: refersTo(
    () => "controller function",
    "function_name",
    (value, about) => value === controller(about),
  ),
  event_source_token: unset(),
  function_url_auth_type: unset(),
  principal_org_id: unset(),
  statement_id_prefix: unset(),
  region: computed,
  id: computed,
};

const SWEEP_PERMISSION: Rules = {
  ...PERMISSION,
  statement_id: fixed("Sweep"),
  qualifier: refersTo(
    () => "sweep alias",
    "name",
    (value) => value === SWEEP_ALIAS,
  ),
  principal: fixed("events.amazonaws.com"),
  source_arn: refersTo(
    () => "sweep rule",
    "arn",
    (value, about) => value === arnOf(about, "events", `rule/${ruleName(about)}`),
  ),
  source_account: unset(),
};

const ROTATION_PERMISSION: Rules = {
  ...PERMISSION,
  statement_id: fixed("Rotation"),
  qualifier: unset(),
  principal: fixed("secretsmanager.amazonaws.com"),
  source_account: derived((value, { here }) => value === here.account),
  source_arn: derived(
    (value, about) => value === arnOf(about, "secretsmanager", `secret:${secretName(about.prefix, "*")}`),
  ),
};

const alias = (name: string): Rules => ({
  name: fixed(name),
  description: told("words", "harmless", isText),
  function_name: refersTo(
    () => "controller function",
    "function_name",
    (value, about) => value === controller(about),
  ),
  // An update of the code is behind all names at once.
  function_version: fixed(LATEST),
  routing_config: unset(),
  region: computed,
  arn: computed,
  id: computed,
  invoke_arn: computed,
});

/**
 * Who may order, and who may plan: `constructs/access/issuer-grants.ts`. A grant that comes or goes
 * is told as such.
 */
const grant = (what: string): RenderedPart => ({
  type: "aws_iam_role_policy",
  of: "issuer",
  required: false,
  dependsOn: ["controller function"],
  rules: {
    name: named(({ prefix }) => `${what}-${issuerBase(prefix).slice(0, -1)}`),
    role: derived((value) => isText(value)),
    policy: told("grants", "identical", (value) => canonicalDocument(value) !== undefined, {
      form: (value) => canonicalDocument(value) ?? value,
      of: (value, { prefix }) => canonicalDocument(typeof value === "string" ? unnamed(value, prefix) : value),
    }),
    name_prefix: unset(),
    id: computed,
  },
});

const part = (type: string, rules: Rules, dependsOn: readonly string[] = []): RenderedPart => ({
  type,
  of: "issuer",
  required: true,
  rules,
  dependsOn,
});

export const SWEEP_PARTS: Readonly<Record<string, RenderedPart>> = {
  operate: grant("operate"),
  plan: grant("plan"),
  "sweep alias": part("aws_lambda_alias", alias(SWEEP_ALIAS)),
  "operator alias": part("aws_lambda_alias", alias(OPERATOR_ALIAS)),
  "sweep rule": part("aws_cloudwatch_event_rule", RULE, ["controller function"]),
  "sweep target": part("aws_cloudwatch_event_target", TARGET, ["sweep permission"]),
  "sweep permission": part("aws_lambda_permission", SWEEP_PERMISSION),
  "rotation permission": part("aws_lambda_permission", ROTATION_PERMISSION),
};
