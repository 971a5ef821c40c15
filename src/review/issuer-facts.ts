import * as v from "valibot";
import { ENVIRONMENT } from "../model/environment";
import { functionName, issuerBase } from "../model/names";
import { type ProjectLimits, projectLimitsSchema } from "../model/project-limits";
import { blocks, tagsOf, text, texts } from "./attributes";
import type { Rights } from "./direction";
import { isPolicyOf, type OwnFunction } from "./functions";
import type { Input } from "./input";
import { codeOf, type IssuerCode } from "./owned/code";
import type { Resource, Snapshot } from "./resources";
import { NO_RIGHTS, rightsOf } from "./statements";

/** What a snapshot says of one issuer. */
export interface IssuerFacts {
  readonly stack: string;
  /** Its prefix. */
  readonly name: string;
  /** Of the controller. */
  readonly address: string;
  readonly vendorSettings: string | undefined;
  readonly adminSecret: string | undefined;
  readonly observerAdminSecret: string | undefined;
  readonly adminCallsPerMinute: string | undefined;
  readonly account: ProjectLimits | undefined;
  /** Text of project limits that cannot be read, or is known only after apply. */
  readonly accountText: string | undefined;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly logDays: number | undefined;
  readonly logKmsKey: string | undefined;
  readonly sweep: string | undefined;
  /** Undefined: not told. */
  readonly driftAtPlan: boolean | undefined;
  readonly alarms: readonly string[];
  readonly alarmTopics: readonly string[];
  readonly invokers: readonly string[];
  readonly controllerRights: Rights;
  readonly observerRights: Rights;
  readonly code: IssuerCode;
  readonly tags: Readonly<Record<string, string>>;
  readonly accountRepair: string | undefined;
}

export function issuerOf(
  stack: string,
  prefix: string,
  {
    of,
    functions,
    accounts,
    snapshot,
    prefixes,
  }: {
    readonly of: (type: string) => readonly Resource[];
    readonly functions: readonly OwnFunction[];
    readonly accounts: ReadonlyMap<string, Input>;
    readonly snapshot: Snapshot;
    readonly prefixes: readonly string[];
  },
): IssuerFacts[] {
  const own = functions.filter((each) => each.prefix === prefix);
  const controller = own.find(({ role }) => role === "controller");
  const observer = own.find(({ role }) => role === "observer");
  if (controller === undefined) return [];
  const controllerName = functionName(prefix, "controller");
  const observerName = functionName(prefix, "observer");
  const base = issuerBase(prefix);
  // `ai-openai-x-…` is the issuer's of `ai/openai-x`, not that of `ai/openai`.
  const longer = prefixes.map(issuerBase).filter((other) => other.startsWith(base) && other !== base);
  const isOwn = (name: string | undefined) =>
    name?.startsWith(base) === true && !longer.some((other) => name.startsWith(other));
  const [vpc = {}] = blocks(controller.resource.values, "vpc_config");
  const logs = of("aws_cloudwatch_log_group").filter(({ values }) =>
    [controllerName, observerName].some((name) => text(values, "name") === `/aws/lambda/${name}`),
  );
  const alarms = of("aws_cloudwatch_metric_alarm").filter(({ values }) => isOwn(text(values, "alarm_name")));
  const days = logs.map(({ values }) => values["retention_in_days"]).filter((each) => typeof each === "number");
  const account = accounts.get(controllerName);
  const parsed = v.safeParse(projectLimitsSchema, account?.account);
  return [
    {
      stack,
      name: prefix,
      address: controller.resource.address,
      vendorSettings: text(controller.variables, ENVIRONMENT.vendorSettings),
      adminSecret: text(controller.variables, ENVIRONMENT.adminSecret),
      observerAdminSecret: text(observer?.variables ?? {}, ENVIRONMENT.adminSecret),
      adminCallsPerMinute: text(controller.variables, ENVIRONMENT.adminCallsPerMinute),
      account: parsed.success ? parsed.output : undefined,
      accountText: parsed.success || account === undefined ? undefined : JSON.stringify(account.account),
      subnets: texts(vpc, "subnet_ids").sort(),
      securityGroups: texts(vpc, "security_group_ids").sort(),
      logDays: days.length === 0 ? undefined : Math.min(...days),
      logKmsKey: logs.map(({ values }) => text(values, "kms_key_id")).find((each) => each !== undefined),
      sweep: of("aws_cloudwatch_event_rule")
        .filter(({ values }) => text(values, "name") === `${base}sweep`)
        .map(({ values }) => text(values, "schedule_expression"))[0],
      driftAtPlan: snapshot.asked?.has(observerName),
      alarms: alarms.map(({ values }) => (text(values, "alarm_name") ?? "").slice(base.length)).sort(),
      alarmTopics: [...new Set(alarms.flatMap(({ values }) => texts(values, "alarm_actions")))].sort(),
      invokers: of("aws_lambda_permission")
        .filter((permission) => isPermissionOf(permission, controller.resource))
        .map(({ values }) => text(values, "principal") ?? "")
        .sort(),
      controllerRights: rightsFor(of, controller.resource, prefix),
      observerRights: observer === undefined ? NO_RIGHTS : rightsFor(of, observer.resource, prefix),
      code: {
        controller: codeOf("controller", controller.resource, snapshot.configurations.get(stack)),
        observer: observer && codeOf("observer", observer.resource, snapshot.configurations.get(stack)),
      },
      tags: tagsOf(controller.resource.values),
      accountRepair: account?.repair,
    },
  ];
}

function isPermissionOf(permission: Resource, controller: Resource): boolean {
  return (
    text(permission.values, "function_name") === text(controller.values, "function_name") ||
    (permission.references["function_name"] ?? []).includes(controller.address)
  );
}

/** Of the policies in the function's role. */
function rightsFor(of: (type: string) => readonly Resource[], lambda: Resource, prefix: string): Rights {
  const found = of("aws_iam_role_policy")
    .filter((policy) => isPolicyOf(policy, lambda))
    .map(({ values }) => rightsOf(text(values, "policy") ?? "", prefix) ?? NO_RIGHTS);
  return { allow: found.flatMap(({ allow }) => allow).sort(), deny: found.flatMap(({ deny }) => deny).sort() };
}
