import { randomUUID } from "node:crypto";
import * as v from "valibot";
import type { ScheduleSource } from "../../time-and-faults/timeline";
import type { Clock } from "../../vendors/simulator";
import { ACCOUNT_ID } from "../account";
import { parseScheduleExpression, type Schedule } from "./schedule-expression";
import { type Target, targetInput, targetSchema } from "./target-input";

const page = { NextToken: v.nullish(v.string()) };
const rulesSchema = v.object({
  ...page,
  Rules: v.array(
    v.object({
      Name: v.string(),
      Arn: v.string(),
      State: v.nullish(v.string()),
      ScheduleExpression: v.nullish(v.string()),
    }),
  ),
});
const targetsSchema = v.object({ ...page, Targets: v.array(targetSchema) });
const namedRuleSchema = v.object({ Name: v.string() });
/** Calls after which rules or targets are not what they were. */
const CHANGES = /^(Put|Delete|Remove|Enable|Disable)/;

interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly expression: string;
  readonly schedule: Schedule;
  readonly targets: readonly Target[];
  dueAt: number | undefined;
}

export interface Firing {
  readonly rule: string;
  readonly ruleArn: string;
  readonly targetArn: string;
  /** JSON */
  readonly event: string;
}

/** Thrown by `ScheduledRulesOptions.call` where EventBridge has no such rule. */
export class NoSuchRule extends Error {
  override readonly name = "NoSuchRule";
}

export interface ScheduledRulesOptions {
  readonly clock: Clock;
  readonly region: string;
  /** Calls EventBridge's API where the rules are kept. Throws `NoSuchRule`. */
  readonly call: (operation: string, input: object) => Promise<unknown>;
  /** Delivers to one target; ends when that has ended. */
  readonly fire: (firing: Firing) => Promise<void>;
}

/**
 * EventBridge rules of one region with a schedule: the rules are moto's, the firing is ours. Rules
 * on the default bus only, as at AWS.
 */
export class ScheduledRules implements ScheduleSource {
  readonly name = "EventBridge";
  readonly #options: ScheduledRulesOptions;
  #rules = new Map<string, Rule>();
  /** When a rule was made or enabled: its first period starts there. */
  readonly #putAt = new Map<string, number>();
  #stale = true;

  constructor(options: ScheduledRulesOptions) {
    this.#options = options;
  }

  /** To be told of every successful call of EventBridge's API. */
  noteCall(operation: string, body: string): void {
    if (!CHANGES.test(operation)) return;
    this.#stale = true;
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), namedRuleSchema), body);
    if (!parsed.success) return;
    const { Name: name } = parsed.output;
    if (operation === "DeleteRule" || operation === "DisableRule") {
      this.#rules.delete(name);
      this.#putAt.delete(name);
    } else if (!this.#putAt.has(name)) {
      this.#putAt.set(name, this.#options.clock.now());
    }
  }

  async nextDue(): Promise<number | undefined> {
    if (this.#stale) await this.#load();
    let first: number | undefined;
    for (const { dueAt } of this.#rules.values()) {
      if (dueAt !== undefined && (first === undefined || dueAt < first)) first = dueAt;
    }
    return first;
  }

  async runDue(): Promise<void> {
    const now = this.#options.clock.now();
    for (const rule of [...this.#rules.values()]) {
      const { dueAt } = rule;
      if (dueAt === undefined || dueAt > now) continue;
      rule.dueAt = rule.schedule.next(dueAt);
      await this.#fire(rule, dueAt);
    }
  }

  async idle(): Promise<void> {
    // Firings are waited for where they are fired.
  }

  async #fire(rule: Rule, dueAt: number): Promise<void> {
    const event = {
      version: "0",
      id: randomUUID(),
      "detail-type": "Scheduled Event",
      source: "aws.events",
      account: ACCOUNT_ID,
      time: new Date(dueAt).toISOString().replace(/\.\d+Z$/, "Z"),
      region: this.#options.region,
      resources: [rule.arn],
      detail: {},
    };
    const firings = rule.targets.map((target) =>
      this.#options.fire({
        rule: rule.name,
        ruleArn: rule.arn,
        targetArn: target.Arn,
        event: targetInput(target, event, rule.arn),
      }),
    );
    await Promise.all(firings);
  }

  async #load(): Promise<void> {
    this.#stale = false;
    const now = this.#options.clock.now();
    const rules = new Map<string, Rule>();
    for await (const listed of this.#pages("ListRules", {}, rulesSchema)) {
      for (const { Name: name, Arn: arn, State, ScheduleExpression: expression } of listed.Rules) {
        const schedule =
          expression === undefined || expression === null ? undefined : parseScheduleExpression(expression);
        if (expression === undefined || expression === null || schedule === undefined || State !== "ENABLED") continue;
        const targets = await this.#targets(name);
        if (targets === undefined) continue;
        const known = this.#rules.get(name);
        const dueAt = known?.expression === expression ? known.dueAt : schedule.next(this.#putAt.get(name) ?? now);
        rules.set(name, { name, arn, expression, schedule, targets, dueAt });
      }
    }
    this.#rules = rules;
  }

  /** Undefined where the rule was deleted since it was listed. */
  async #targets(rule: string): Promise<Target[] | undefined> {
    const targets: Target[] = [];
    try {
      for await (const found of this.#pages("ListTargetsByRule", { Rule: rule }, targetsSchema)) {
        targets.push(...found.Targets);
      }
    } catch (error) {
      if (error instanceof NoSuchRule) return undefined;
      throw error;
    }
    return targets;
  }

  async *#pages<TSchema extends v.GenericSchema<unknown, { NextToken?: string | null | undefined }>>(
    operation: string,
    input: object,
    schema: TSchema,
  ): AsyncGenerator<v.InferOutput<TSchema>> {
    let token: string | null | undefined;
    do {
      const query = token === undefined || token === null ? input : { ...input, NextToken: token };
      const answer: v.InferOutput<TSchema> = v.parse(schema, await this.#options.call(operation, query));
      yield answer;
      token = answer.NextToken;
    } while (token !== undefined && token !== null);
  }
}
