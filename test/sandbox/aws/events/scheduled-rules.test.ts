import { NoSuchRule, ScheduledRules } from "../../../../src/sandbox/aws/events/scheduled-rules";

const NOW = Date.UTC(2026, 10, 23);
const rule = (name: string) => ({
  Name: name,
  Arn: `arn:aws:events:us-east-1:123456789012:rule/${name}`,
  State: "ENABLED",
  ScheduleExpression: "rate(1 hour)",
});

function rulesOver(targetsOf: (name: string) => unknown): { rules: ScheduledRules; fired: string[] } {
  const fired: string[] = [];
  let now = NOW;
  const rules = new ScheduledRules({
    region: "us-east-1",
    clock: {
      now: () => {
        now += 2 * 3_600_000;
        return now;
      },
    },
    call: async (operation, input) => {
      if (operation === "ListRules") return { Rules: [rule("leaving"), rule("staying")] };
      return targetsOf((input as { Rule: string }).Rule);
    },
    fire: async (firing) => {
      fired.push(firing.rule);
    },
  });
  return { rules, fired };
}

describe("rules kept elsewhere", () => {
  test("a rule deleted between the listing and the question for its targets is left out; the others fire", async () => {
    // GIVEN
    const { rules, fired } = rulesOver((name) => {
      if (name === "leaving") throw new NoSuchRule("Rule leaving does not exist.");
      return { Targets: [{ Id: "1", Arn: "arn:aws:lambda:us-east-1:123456789012:function:sweep" }] };
    });

    // WHEN
    await rules.nextDue();
    await rules.runDue();

    // THEN
    expect(fired).toEqual(["staying"]);
  });

  test("any other failure is not taken for a missing rule", async () => {
    // GIVEN
    const { rules } = rulesOver(() => {
      throw new Error("moto answered ListTargetsByRule with 500");
    });

    // WHEN, THEN
    await expect(rules.nextDue()).rejects.toThrow("500");
  });
});
