import { targetInput } from "../../../../src/sandbox/aws/events/target-input";

const EVENT = { time: "2026-11-24T10:00:00Z", detail: { state: "ok", n: 2 } };
const RULE = "arn:aws:events:us-east-1:123456789012:rule/sweep";
const target = { Id: "1", Arn: "arn" };

describe("target input", () => {
  test.each([
    ["the event itself", {}, EVENT],
    ["a constant", { Input: '{"action":"sweep"}' }, { action: "sweep" }],
    ["a part", { InputPath: "$.detail" }, { state: "ok", n: 2 }],
    [
      "a template",
      {
        InputTransformer: {
          InputPathsMap: { s: "$.detail.state", n: "$.detail.n" },
          InputTemplate: '{"state":<s>,"n":<n>,"quoted":"<s>","rule":<aws.events.rule-arn>}',
        },
      },
      { state: "ok", n: 2, quoted: "ok", rule: RULE },
    ],
  ])("is %s", (_what, settings, expected) => {
    expect(JSON.parse(targetInput({ ...target, ...settings }, EVENT, RULE))).toEqual(expected);
  });
});
