import type { Fields, Telemetry } from "../engine/ports";
import type { Attribution } from "../model/attribution";
import { defined } from "../model/defined";
import type { Incident, IncidentCause, IncidentChange, ToldIncident } from "../model/incidents";
import { DIMENSIONS, METRIC_NAMESPACE, METRICS, type MetricName } from "../model/metrics";
import { redact } from "../model/redact";

/**
 * One JSON object a line; metrics in CloudWatch's embedded metric format. Every line passes the
 * redactor.
 */
export class JsonTelemetry implements Telemetry {
  /** Told in this run, for those who listen on the event bus. */
  readonly incidents: ToldIncident[] = [];

  constructor(
    private readonly issuer: string,
    /** What is known of who ordered what the run does. */
    private readonly attribution: () => Attribution,
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

  incident(change: IncidentChange, kind: Incident, key?: string, cause?: IncidentCause): void {
    const level = change === "opened" ? "WARN" : "INFO";
    this.#line({ level, message: `incident ${change}`, incident: kind, key, cause });
    this.#metric(change === "opened" ? METRICS.incidentsOpened : METRICS.incidentsResolved, 1, {
      [DIMENSIONS.incident]: kind,
    });
    this.incidents.push({
      change,
      kind,
      at: this.now(),
      ...defined({ key, cause }),
    });
  }

  metric(name: MetricName, value: number, key?: string): void {
    this.#metric(name, value, key === undefined ? {} : { [DIMENSIONS.key]: key });
  }

  /** Under the issuer, and under the issuer with each further dimension. */
  #metric(name: MetricName, value: number, further: Readonly<Record<string, string>>): void {
    const { issuer } = DIMENSIONS;
    this.#line({
      _aws: {
        Timestamp: this.now(),
        CloudWatchMetrics: [
          {
            Namespace: METRIC_NAMESPACE,
            Dimensions: [[issuer], ...Object.keys(further).map((dimension) => [issuer, dimension])],
            Metrics: [{ Name: name, Unit: name === METRICS.daysUntilExpiry ? "None" : "Count" }],
          },
        ],
      },
      [issuer]: this.issuer,
      ...further,
      [name]: value,
    });
  }

  #line(content: object): void {
    const line = JSON.stringify({ issuer: this.issuer, ...this.attribution(), ...content });
    this.write(redact(line, this.secrets()));
  }
}
