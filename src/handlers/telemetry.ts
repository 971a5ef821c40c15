import type { Fields, Telemetry } from "../engine/ports";
import { DIMENSIONS, METRIC_NAMESPACE, METRICS, type MetricName } from "../model/metrics";
import { redact } from "../model/redact";

/** One JSON object a line; metrics in CloudWatch's embedded metric format. Every line passes the redactor. */
export class JsonTelemetry implements Telemetry {
  constructor(
    private readonly issuer: string,
    private readonly requestId: string,
    private readonly write: (line: string) => void,
    private readonly now: () => number,
    /** Values of this run that no line may hold. */
    private readonly secrets: () => Iterable<string>,
  ) {}

  info(message: string, fields: Fields = {}): void {
    this.#line({ level: "INFO", message, ...fields });
  }

  warn(message: string, fields: Fields = {}): void {
    this.#line({ level: "WARN", message, ...fields });
  }

  error(message: string, fields: Fields = {}): void {
    this.#line({ level: "ERROR", message, ...fields });
  }

  metric(name: MetricName, value: number, key?: string): void {
    const { issuer } = DIMENSIONS;
    this.#line({
      _aws: {
        Timestamp: this.now(),
        CloudWatchMetrics: [
          {
            Namespace: METRIC_NAMESPACE,
            Dimensions: key === undefined ? [[issuer]] : [[issuer], [issuer, DIMENSIONS.key]],
            Metrics: [{ Name: name, Unit: name === METRICS.daysUntilExpiry ? "None" : "Count" }],
          },
        ],
      },
      [issuer]: this.issuer,
      ...(key === undefined ? {} : { [DIMENSIONS.key]: key }),
      [name]: value,
    });
  }

  #line(content: object): void {
    const line = JSON.stringify({ issuer: this.issuer, requestId: this.requestId, ...content });
    this.write(redact(line, this.secrets()));
  }
}
