import { METRIC_NAMESPACE, METRICS } from "../metrics";
import { functionName, issuerBase } from "../names";
import { SECONDS_PER_HOUR } from "../units";
import {
  type About,
  computed,
  derived,
  fixed,
  isText,
  named,
  type RenderedPart,
  type Rules,
  tags,
  told,
  unset,
} from "./rule";

/** What `constructs/monitoring/alarms.ts` renders. */

const FIVE_MINUTES = 300;

interface Alarm {
  readonly metric: string;
  readonly statistic: string;
  readonly period: (about: About) => number | undefined;
  readonly below?: (value: unknown, about: About) => boolean;
  readonly periods?: number;
  readonly missing?: string;
  /** Of AWS's own metric of the function. */
  readonly ofFunction?: true;
}

const every = (seconds: number) => () => seconds;
const sweep = ({ sweepSeconds }: About) => sweepSeconds;

const ALARMS: Readonly<Record<string, Alarm>> = {
  "controller-errors": { metric: "Errors", statistic: "Sum", period: every(FIVE_MINUTES), ofFunction: true },
  "rotation-failed": { metric: METRICS.rotationFailed, statistic: "Sum", period: every(FIVE_MINUTES) },
  "sweep-overdue": {
    metric: METRICS.sweepCompleted,
    statistic: "Sum",
    period: sweep,
    below: (value) => value === 1,
    periods: 3,
    missing: "breaching",
  },
  "days-until-expiry": {
    metric: METRICS.daysUntilExpiry,
    statistic: "Minimum",
    period: every(SECONDS_PER_HOUR),
    // The shortest of the keys' own.
    below: (value, { expiryAlarmDays }) => value === expiryAlarmDays,
  },
  "admin-key-refused": { metric: METRICS.adminKeyRefused, statistic: "Sum", period: every(FIVE_MINUTES) },
  "open-incidents": {
    metric: METRICS.openIncidents,
    statistic: "Minimum",
    period: sweep,
    periods: 3,
    missing: "ignore",
  },
};

function rulesOf(id: string, alarm: Alarm): Rules {
  return {
    alarm_name: named(({ prefix }) => `${issuerBase(prefix)}${id}`),
    // Words for people; which metric it is stands below.
    alarm_description: told("words", "harmless", isText, {
      of: (value, { prefix }) => String(value).replaceAll(issuerBase(prefix), "NAME-"),
    }),
    namespace: fixed(alarm.ofFunction ? "AWS/Lambda" : METRIC_NAMESPACE),
    metric_name: fixed(alarm.metric),
    dimensions: derived((value, about) => {
      const [name, text] = alarm.ofFunction
        ? ["FunctionName", functionName(about.prefix, "controller")]
        : ["Issuer", about.prefix];
      return JSON.stringify(value) === JSON.stringify({ [name]: text });
    }),
    statistic: fixed(alarm.statistic),
    period: derived((value, about) => value === alarm.period(about)),
    comparison_operator: fixed(alarm.below === undefined ? "GreaterThanThreshold" : "LessThanThreshold"),
    threshold: derived((value, about) => (alarm.below ?? ((given) => given === 0))(value, about)),
    evaluation_periods: fixed(alarm.periods ?? 1),
    treat_missing_data: fixed(alarm.missing ?? "notBreaching"),
    alarm_actions: told("alarms go to", "guards", (value) => value === undefined || isTopics(value)),
    tags,
    actions_enabled: unset(true),
    datapoints_to_alarm: unset(0),
    evaluate_low_sample_count_percentiles: unset(),
    extended_statistic: unset(),
    insufficient_data_actions: unset(),
    metric_query: unset(),
    ok_actions: unset(),
    threshold_metric_id: unset(),
    unit: unset(),
    region: computed,
    arn: computed,
    id: computed,
    tags_all: computed,
  };
}

/** Alarms tell a topic, and do nothing else. */
function isTopics(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (each) => typeof each === "string" && (each.includes(":sns:") || /^\$\{aws_sns_topic\.[\w-]+\.arn\}$/.test(each)),
    )
  );
}

export const ALARM_PARTS: Readonly<Record<string, RenderedPart>> = Object.fromEntries(
  Object.entries(ALARMS).map(([id, alarm]) => [
    `alarm ${id}`,
    {
      type: "aws_cloudwatch_metric_alarm",
      of: "issuer",
      required: true,
      rules: rulesOf(id, alarm),
      dependsOn: ["controller function"],
    },
  ]),
);
