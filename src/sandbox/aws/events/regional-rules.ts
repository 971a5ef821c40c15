import type { ScheduleSource } from "../../time-and-faults/timeline";
import { ScheduledRules, type ScheduledRulesOptions } from "./scheduled-rules";

/** The rules of every region in which EventBridge was called. */
export class RegionalRules implements ScheduleSource {
  readonly name = "EventBridge";
  readonly #optionsOf: (region: string) => ScheduledRulesOptions;
  readonly #regions = new Map<string, ScheduledRules>();

  constructor(optionsOf: (region: string) => ScheduledRulesOptions) {
    this.#optionsOf = optionsOf;
  }

  /** To be told of every successful call of EventBridge's API. */
  noteCall(operation: string, body: string, region: string): void {
    const rules = this.#regions.get(region) ?? new ScheduledRules(this.#optionsOf(region));
    this.#regions.set(region, rules);
    rules.noteCall(operation, body);
  }

  async nextDue(): Promise<number | undefined> {
    const due: number[] = [];
    for (const rules of this.#regions.values()) {
      const next = await rules.nextDue();
      if (next !== undefined) due.push(next);
    }
    return due.length === 0 ? undefined : Math.min(...due);
  }

  async runDue(): Promise<void> {
    for (const rules of [...this.#regions.values()]) await rules.runDue();
  }

  async idle(): Promise<void> {
    for (const rules of [...this.#regions.values()]) await rules.idle();
  }
}
