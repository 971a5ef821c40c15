import * as v from "valibot";
import { ENVIRONMENT } from "../environment";
import { functionName, ledgerTableName, roleName } from "../names";
import { canonicalDocument, unnamed } from "./documents";
import { isOneSecret, isRolePolicy } from "./role-policy";
import {
  type About,
  block,
  blocksOf,
  computed,
  derived,
  fixed,
  formOf,
  isText,
  named,
  type RenderedPart,
  type Rules,
  readBack,
  refersTo,
  sameForm,
  tags,
  told,
  unset,
} from "./rule";

/** What `constructs/issuer/key-function.ts` renders, for the controller and for the observer. */

const ownName = ({ prefix, role }: About) => functionName(prefix, role);
const logGroup = (about: About) => `/aws/lambda/${ownName(about)}`;

/** What an organisation puts before a role's name; of a name that is cut, all of it. */
function roleNamePrefix(name: unknown, about: About): unknown {
  const own = roleName(ownName(about), about.here.region);
  return typeof name === "string" && name.endsWith(own) ? name.slice(0, -own.length) : name;
}

function isRoleName(name: string, about: About): boolean {
  if (name.endsWith(roleName(ownName(about), about.here.region))) return true;
  // A long one is cut, and told from others by a hash.
  return name.endsWith(`-${about.here.region}`) && /-[0-9a-f]{8}$/.test(name.slice(0, -about.here.region.length - 1));
}

/** Handler, runtime and the like: no property of an issuer changes them. */
const FUNCTION: Rules = {
  function_name: named(ownName),
  description: named(({ prefix, role }) => `${role} of the keys under ${prefix}/`),
  role: refersTo(
    ({ role }) => `${role} role`,
    "arn",
    (arn, about) => arn === about.roleArn(about.role),
  ),
  package_type: fixed("Zip"),
  // The code itself is judged by its hash, in src/review/owned/code.ts.
  filename: told("code", "identical", isZip, {
    form: (value) => (isZip(value) ? String(value).replace(ZIP_FOLDER, "") : value),
  }),
  source_code_hash: told("code", "identical", isText),
  handler: fixed("index.handler"),
  runtime: fixed("nodejs22.x"),
  architectures: fixed(["arm64"]),
  memory_size: told(
    "memory",
    "harmless",
    (value) => typeof value === "number" && Number.isInteger(value) && value >= 256 && value <= 10_240,
  ),
  timeout: derived((value, { role }) => value === (role === "controller" ? 600 : 60)),
  environment: block(
    {
      variables: {
        map: true,
        renders: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
        block: {
          [ENVIRONMENT.prefix]: named(({ prefix }) => prefix),
          [ENVIRONMENT.ledgerTable]: refersTo(
            () => "ledger",
            "name",
            (value, { prefix }) => value === ledgerTableName(prefix),
          ),
          [ENVIRONMENT.adminSecret]: told(
            "admin key",
            "identical",
            (value, about) => value === undefined || (isOneSecret(value) && !about.isKeySecret(value)),
            { renderedAnew: (value, about) => typeof value !== "string" || !about.isAdminKeyOfAnother(value) },
          ),
          [ENVIRONMENT.vendorSettings]: told("settings", "identical", isObjectText),
          [ENVIRONMENT.accountPolicy]: derived((value, { role, account }) =>
            role === "controller" ? value === account : value === undefined,
          ),
          // Whether plans ask the observer is told of the keys, whose repair tokens say it.
          [ENVIRONMENT.driftAtPlan]: derived((value, { role, observed }) => {
            if (role === "observer") return value === undefined;
            const asked = value === "true";
            return (asked || value === undefined) && (observed === undefined || asked === observed);
          }),
          [ENVIRONMENT.adminCallsPerMinute]: told("admin calls a minute", "harmless", (value) =>
            /^\d{1,3}$/.test(String(value)),
          ),
        },
      },
    },
    true,
  ),
  vpc_config: block({
    subnet_ids: told("subnets", "placed", (value) => Array.isArray(value)),
    security_group_ids: told("security groups", "placed", (value) => Array.isArray(value)),
    ipv6_allowed_for_dual_stack: unset(false),
    vpc_id: computed,
  }),
  tags,
  code_signing_config_arn: unset(),
  dead_letter_config: unset(),
  ephemeral_storage: unset([{ size: 512 }]),
  file_system_config: unset(),
  image_config: unset(),
  image_uri: unset(),
  kms_key_arn: unset(),
  layers: unset(),
  logging_config: derived((value, about) =>
    blocksOf(value).every((given) => sameForm(given, { log_format: "Text", log_group: logGroup(about) })),
  ),
  publish: unset(false),
  replace_security_groups_on_destroy: unset(false),
  replacement_security_group_ids: unset(),
  // None at all stops the function, and with it every rotation.
  reserved_concurrent_executions: told(
    "concurrency",
    "harmless",
    (value) => value === undefined || value === null || value === -1 || (typeof value === "number" && value >= 1),
  ),
  s3_bucket: unset(),
  s3_key: unset(),
  s3_object_version: unset(),
  skip_destroy: unset(false),
  snap_start: unset(),
  timeouts: unset(),
  tracing_config: unset([{ mode: "PassThrough" }]),
  region: computed,
  arn: computed,
  code_sha256: computed,
  id: computed,
  invoke_arn: computed,
  last_modified: computed,
  qualified_arn: computed,
  qualified_invoke_arn: computed,
  signing_job_arn: computed,
  signing_profile_version_arn: computed,
  source_code_size: computed,
  tags_all: computed,
  version: computed,
};

/** Its name follows from the function's. */
const ZIP_FOLDER = /^assets\/[\w-]+\//;

function isZip(value: unknown): boolean {
  return typeof value === "string" && /^assets\/[\w-]+\/[0-9A-Fa-f]{32}\/(?:controller|observer)\.zip$/.test(value);
}

const objectText = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.string()));

function isObjectText(value: unknown): boolean {
  return v.is(objectText, value);
}

const ROLE: Rules = {
  // What stands before the function's name is the organisation's, and policies of the organisation
  // may go by it.
  name: told("role name", "identical", (value, about) => isText(value) && isRoleName(value, about), {
    of: roleNamePrefix,
  }),
  assume_role_policy: derived(
    (value) =>
      canonicalDocument(value) ===
      canonicalDocument(
        JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
        }),
      ),
    (value) => canonicalDocument(value) ?? value,
  ),
  tags,
  description: unset(),
  force_detach_policies: unset(false),
  inline_policy: readBack,
  managed_policy_arns: readBack,
  max_session_duration: unset(3_600),
  name_prefix: unset(),
  path: told("role path", "identical", (value) => value === undefined || isText(value), {
    form: (value) => (value === "/" ? undefined : formOf(value)),
  }),
  // Which of two is stricter nobody can tell, and none is the loosest.
  permissions_boundary: told("permissions boundary", "encryption", (value) => value === undefined || isText(value)),
  arn: computed,
  create_date: computed,
  id: computed,
  tags_all: computed,
  unique_id: computed,
};

const ROLE_POLICY: Rules = {
  name: named(({ role }) => role),
  role: refersTo(
    ({ role }) => `${role} role`,
    "name",
    (name, about) => about.roleArn(about.role).endsWith(`/${name}`),
  ),
  policy: told("rights", "identical", (value) => canonicalDocument(value) !== undefined, {
    renderedAnew: isRolePolicy,
    form: (value) => canonicalDocument(value) ?? value,
    of: (value, { prefix }) => canonicalDocument(typeof value === "string" ? unnamed(value, prefix) : value),
  }),
  name_prefix: unset(),
  id: computed,
};

const LOG_GROUP: Rules = {
  name: named(logGroup),
  retention_in_days: told("logs are kept", "atLeast", (value) => typeof value === "number"),
  kms_key_id: told("encryption of logs", "encryption", (value) => value === undefined || isText(value)),
  tags,
  log_group_class: unset("STANDARD"),
  name_prefix: unset(),
  skip_destroy: unset(false),
  region: computed,
  arn: computed,
  id: computed,
  tags_all: computed,
};

function partsOf(role: "controller" | "observer"): Readonly<Record<string, RenderedPart>> {
  const part = (type: string, rules: Rules, dependsOn: readonly string[] = []): RenderedPart => ({
    type,
    of: "issuer",
    required: true,
    rules,
    dependsOn,
  });
  return {
    [`${role} function`]: part("aws_lambda_function", FUNCTION, [`${role} policy`, `${role} log`, "ledger policy"]),
    [`${role} role`]: part("aws_iam_role", ROLE),
    [`${role} policy`]: part("aws_iam_role_policy", ROLE_POLICY),
    [`${role} log`]: part("aws_cloudwatch_log_group", LOG_GROUP),
  };
}

export const KEY_FUNCTION_PARTS = { ...partsOf("controller"), ...partsOf("observer") };
