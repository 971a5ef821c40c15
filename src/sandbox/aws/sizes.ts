import type { AwsCall } from "./request";

/**
 * Longest texts that AWS takes, as its API references have them, where moto takes longer ones. IAM,
 * Lambda and Secrets Manager look after their own.
 */
const LENGTHS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "events PutRule": { Name: 64, Description: 512, ScheduleExpression: 256, EventPattern: 4_096 },
  "events PutTargets": { "Targets.*.Id": 64, "Targets.*.Input": 8_192, "Targets.*.Arn": 1_600 },
  "monitoring PutMetricAlarm": { AlarmName: 255, AlarmDescription: 1_024, MetricName: 255, Namespace: 255 },
  "monitoring PutDashboard": { DashboardName: 255 },
  "dynamodb CreateTable": { TableName: 255 },
  "kms CreateAlias": { AliasName: 256 },
  "kms CreateKey": { Description: 8_192, Policy: 32_768 },
  "kms PutKeyPolicy": { Policy: 32_768 },
};

/** What is too long in a call, in the words of AWS; undefined where nothing is. */
export function whyTooLong(call: AwsCall, body: string): string | undefined {
  const lengths = LENGTHS[`${call.service} ${call.operation}`];
  if (lengths === undefined) return undefined;
  const input = inputOf(call, body);
  for (const [path, max] of Object.entries(lengths)) {
    if (!textsAt(input, path.split(".")).some((text) => text.length > max)) continue;
    const member = path
      .split(".")
      .map((name) => (name === "*" ? "member" : name.charAt(0).toLowerCase() + name.slice(1)))
      .join(".");
    return `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must have length less than or equal to ${max}`;
  }
  return undefined;
}

function inputOf(call: AwsCall, body: string): unknown {
  if (call.protocol === "query") return Object.fromEntries(new URLSearchParams(body));
  try {
    return JSON.parse(body);
  } catch {
    // Whoever answers the call says so.
    return undefined;
  }
}

function textsAt(value: unknown, [name, ...rest]: readonly string[]): string[] {
  if (name === undefined) return typeof value === "string" ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  const inner = name === "*" ? Object.values(value) : [Reflect.get(value, name)];
  return inner.flatMap((each) => textsAt(each, rest));
}
