import { defined } from "../../src/model/defined";
import { pin } from "../addresses";
import { CloudwatchMetricAlarm, type Construct, type LambdaFunction, Lazy } from "../terraform";
import type { IssuerMetrics, Metric } from "./metrics";

export interface AlarmProps {
  readonly prefix: string;
  readonly metrics: IssuerMetrics;
  /** What the alarms' names start with. */
  readonly name: string;
  readonly controller: { readonly functionName: string; readonly lambda: LambdaFunction };
  /** Whom the vendor lets in or refuses: `the admin key`. */
  readonly admin: string;
  /** In the vendor's words. */
  readonly adminPermission: string;
  readonly sweepEverySeconds: number;
  /** Asked when all keys are declared. */
  readonly expiryAlarmDays: () => number;
  readonly topicArn: string | undefined;
  readonly tags: { readonly [name: string]: string } | undefined;
}

/** Sweeps in a row that may fail, or leave something open, before the alarm says so. */
const SWEEPS_MISSED = 3;

/** Renders the six `aws_cloudwatch_metric_alarm` of an issuer. */
export function renderAlarms(issuer: Construct, props: AlarmProps): void {
  const { metrics, controller } = props;
  const controllerName = controller.functionName;

  const render = (id: string, metric: Metric, description: string, rule: AlarmRule) => {
    const name = id.replace(/_/g, "-");
    const alarm = new CloudwatchMetricAlarm(issuer, id, {
      alarmName: `${props.name}-${name}`,
      alarmDescription: `${description}. See docs/operations.md#${name} of cdktf-scoped-keys`,
      ...metric,
      comparisonOperator: rule.below === undefined ? "GreaterThanThreshold" : "LessThanThreshold",
      threshold: rule.below ?? 0,
      evaluationPeriods: rule.periods ?? 1,
      treatMissingData: rule.missing ?? "notBreaching",
      ...(props.topicArn === undefined ? {} : { alarmActions: [props.topicArn] }),
      ...defined({ tags: props.tags }),
      // AWS writes an alarm over by another of its name, and makes no function of a name that is
      // taken: what another state has is left to it.
      dependsOn: [controller.lambda],
    });
    pin(alarm, [props.prefix], id);
  };

  const errors: Metric = {
    namespace: "AWS/Lambda",
    metricName: "Errors",
    dimensions: { FunctionName: controllerName },
    statistic: "Sum",
    period: 300,
  };
  render("controller_errors", errors, `${controllerName} fails; its log says why`, {});
  render("rotation_failed", metrics.rotationFailed(), "A rotation step failed; Secrets Manager tries again", {});
  render(
    "sweep_overdue",
    { ...metrics.sweepCompleted(), period: props.sweepEverySeconds },
    `${SWEEPS_MISSED} sweeps in a row have not ended well: superseded keys stay valid for too long`,
    { below: 1, periods: SWEEPS_MISSED, missing: "breaching" },
  );
  render(
    "days_until_expiry",
    metrics.daysUntilExpiry(),
    "A key is closer to its expiry than any rotation that works leaves it",
    { below: Lazy.numberValue({ produce: props.expiryAlarmDays }) },
  );
  render(
    "admin_key_refused",
    metrics.adminKeyRefused(),
    `The vendor refuses ${props.admin}, which needs: ${props.adminPermission}`,
    {},
  );
  render(
    "open_incidents",
    { ...metrics.openIncidents(), period: props.sweepEverySeconds },
    `Something that should have healed by itself has not, for ${SWEEPS_MISSED} sweeps`,
    // A sweep may fall just outside of a period; one that does not come has its own alarm.
    { periods: SWEEPS_MISSED, missing: "ignore" },
  );
}

/** Without `below`: in alarm when above 0. */
interface AlarmRule {
  readonly below?: number;
  readonly periods?: number;
  readonly missing?: string;
}
