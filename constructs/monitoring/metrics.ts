import { DIMENSIONS, METRIC_NAMESPACE, METRICS } from "../../src/model/metrics";

/**
 * A CloudWatch metric, with the names that `aws_cloudwatch_metric_alarm` takes: spread it into an
 * alarm.
 */
export interface Metric {
  /** Namespace of the metric in CloudWatch. */
  readonly namespace: string;
  /** Name of the metric in CloudWatch. */
  readonly metricName: string;
  /** The issuer by its prefix and, of one key, the name of the key. */
  readonly dimensions: { readonly [name: string]: string };
  /** `Sum`, `Minimum` or `Maximum`. */
  readonly statistic: string;
  /** Seconds. */
  readonly period: number;
}

const FIVE_MINUTES_IN_SECONDS = 300;
const HOUR_IN_SECONDS = 3_600;

/**
 * Metrics over all keys of an issuer.
 *
 * @example
 * new CloudwatchMetricAlarm(stack, "ends-soon", {
 *   alarmName: "ends-soon",
 *   ...issuer.metrics.daysUntilExpiry(),
 *   comparisonOperator: "LessThanThreshold",
 *   threshold: 2,
 *   evaluationPeriods: 1,
 * });
 */
export class IssuerMetrics {
  public constructor(private readonly prefix: string) {}

  /** Failed rotation steps, summed over 5 minutes. */
  public rotationFailed(): Metric {
    return this.metric(METRICS.rotationFailed, "Sum", FIVE_MINUTES_IN_SECONDS);
  }

  /** Sweeps that ended well, summed over 1 hour. */
  public sweepCompleted(): Metric {
    return this.metric(METRICS.sweepCompleted, "Sum", HOUR_IN_SECONDS);
  }

  /** Days until the first of all current vendor keys expires. */
  public daysUntilExpiry(): Metric {
    return this.metric(METRICS.daysUntilExpiry, "Minimum", HOUR_IN_SECONDS);
  }

  /** Admin calls that the vendor refused, summed over 5 minutes. */
  public adminKeyRefused(): Metric {
    return this.metric(METRICS.adminKeyRefused, "Sum", FIVE_MINUTES_IN_SECONDS);
  }

  /** Incidents that began, summed over 5 minutes. */
  public incidentsOpened(): Metric {
    return this.metric(METRICS.incidentsOpened, "Sum", FIVE_MINUTES_IN_SECONDS);
  }

  /** Incidents that are over, summed over 5 minutes. */
  public incidentsResolved(): Metric {
    return this.metric(METRICS.incidentsResolved, "Sum", FIVE_MINUTES_IN_SECONDS);
  }

  /** Incidents that no sweep of the last hour has seen over. */
  public openIncidents(): Metric {
    return this.metric(METRICS.openIncidents, "Minimum", HOUR_IN_SECONDS);
  }

  /** Vendor keys that open anything. */
  public liveVendorKeys(): Metric {
    return this.metric(METRICS.liveVendorKeys, "Maximum", HOUR_IN_SECONDS);
  }

  private metric(metricName: string, statistic: string, period: number): Metric {
    return {
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensions: { [DIMENSIONS.issuer]: this.prefix },
      statistic,
      period,
    };
  }
}

/**
 * Metrics of one key.
 *
 * @example
 * new CloudwatchMetricAlarm(stack, "ends-soon", {
 *   alarmName: "ends-soon",
 *   ...key.metrics.daysUntilExpiry(),
 *   comparisonOperator: "LessThanThreshold",
 *   threshold: 2,
 *   evaluationPeriods: 1,
 * });
 */
export class KeyMetrics {
  public constructor(
    private readonly prefix: string,
    private readonly keyName: string,
  ) {}

  /** Days until the current vendor key expires. */
  public daysUntilExpiry(): Metric {
    return this.metric(METRICS.daysUntilExpiry, "Minimum", HOUR_IN_SECONDS);
  }

  /** Failed rotation steps, summed over 5 minutes. */
  public rotationFailed(): Metric {
    return this.metric(METRICS.rotationFailed, "Sum", FIVE_MINUTES_IN_SECONDS);
  }

  private metric(metricName: string, statistic: string, period: number): Metric {
    return {
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensions: { [DIMENSIONS.issuer]: this.prefix, [DIMENSIONS.key]: this.keyName },
      statistic,
      period,
    };
  }
}
