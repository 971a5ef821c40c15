import type { AwsCall } from "../../../src/sandbox/aws/request";
import { whyTooLong } from "../../../src/sandbox/aws/sizes";

const call = (service: string, operation: string, protocol: AwsCall["protocol"] = "json"): AwsCall => ({
  service,
  region: "us-east-1",
  operation,
  accessKeyId: "AKIA",
  protocol,
});
const text = (length: number) => "a".repeat(length);

test.each<[string, string, (length: number) => object, number]>([
  ["events", "PutRule", (length) => ({ Name: text(length) }), 64],
  ["events", "PutRule", (length) => ({ Name: "r", Description: text(length) }), 512],
  ["events", "PutTargets", (length) => ({ Targets: [{ Id: "1" }, { Id: "2", Input: text(length) }] }), 8_192],
  ["dynamodb", "CreateTable", (length) => ({ TableName: text(length) }), 255],
  ["kms", "CreateAlias", (length) => ({ AliasName: text(length) }), 256],
  ["kms", "PutKeyPolicy", (length) => ({ Policy: text(length) }), 32_768],
  ["monitoring", "PutMetricAlarm", (length) => ({ AlarmName: text(length) }), 255],
])("%s %s takes what is as long as it may be, and no more", (service, operation, input, max) => {
  expect(whyTooLong(call(service, operation), JSON.stringify(input(max)))).toBeUndefined();
  expect(whyTooLong(call(service, operation), JSON.stringify(input(max + 1)))).toContain(`equal to ${max}`);
});

test("a form is looked at like JSON, and what is neither is left to whoever answers it", () => {
  const form = String(new URLSearchParams({ Action: "PutMetricAlarm", AlarmName: text(256) }));
  expect(whyTooLong(call("monitoring", "PutMetricAlarm", "query"), form)).toContain("'alarmName'");
  expect(whyTooLong(call("events", "PutRule"), "{")).toBeUndefined();
  expect(whyTooLong(call("events", "ListRules"), JSON.stringify({ Name: text(100) }))).toBeUndefined();
});
