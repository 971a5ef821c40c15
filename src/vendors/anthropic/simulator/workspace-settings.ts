import { Refusal } from "../../../sandbox/vendors/router";
import { Usage } from "../../../sandbox/vendors/usage";

export const RATE_TYPES = [
  "fast_itpmca",
  "fast_otpm",
  "input_tokens_per_minute",
  "input_tokens_per_minute_cache_aware",
  "output_tokens_per_minute",
  "requests_per_minute",
  "tokens_per_day",
  "tokens_per_minute",
  "tool_uses_per_second",
] as const;
export type RateType = (typeof RATE_TYPES)[number];
export type Rates = Partial<Record<RateType, number>>;

/** A group of models, or an API, with what the organisation allows it. */
export interface RateGroup {
  /** The entry's, which differs between organisations. */
  readonly id: string;
  readonly group: { readonly id: string; readonly type: string; readonly display_name?: string };
  readonly models: readonly string[] | null;
  readonly limits: Rates;
}

/** Ids of groups are the same in every organisation. */
export function rateGroups(newId: (kind: string) => string): RateGroup[] {
  return [
    {
      id: newId("rl"),
      group: { id: "rlg_01sonnet5", type: "model_group", display_name: "Claude Sonnet 5.x" },
      models: ["claude-sonnet-5", "claude-sonnet-5-latest"],
      limits: {
        requests_per_minute: 4_000,
        input_tokens_per_minute_cache_aware: 2_000_000,
        output_tokens_per_minute: 400_000,
      },
    },
    {
      id: newId("rl"),
      group: { id: "rlg_01haiku3", type: "model_group", display_name: "Claude Haiku 3.x" },
      models: ["claude-haiku-3-5"],
      limits: { requests_per_minute: 4_000, input_tokens_per_minute: 400_000, output_tokens_per_minute: 80_000 },
    },
    {
      id: newId("rl"),
      group: { id: "rlg_01batch", type: "batch" },
      models: null,
      limits: { requests_per_minute: 4_000 },
    },
  ];
}

export interface SpendLimit {
  readonly id: string;
  readonly createdAt: number;
  updatedAt: number;
  cents: number;
}

/**
 * What is set for one workspace, and enforced on all of its keys: at once, where Anthropic takes up
 * to an hour.
 */
export class WorkspaceSettings {
  spendLimit: SpendLimit | undefined;
  readonly #overrides = new Map<string, Rates>();
  readonly #usage = new Usage();

  ratesOf({ id }: RateGroup): Rates {
    return this.#overrides.get(id) ?? {};
  }

  /** `null` takes a limit off. */
  override(group: RateGroup, type: RateType, value: number | null): void {
    const { [type]: _, ...others } = this.ratesOf(group);
    this.#overrides.set(group.id, value === null ? others : { ...others, [type]: value });
  }

  /**
   * Books a call, or refuses it as Anthropic does: the lower of the organisation's limit and the
   * workspace's holds.
   */
  use(group: RateGroup | undefined, input: number, output: number, now: number): void {
    if (this.spendLimit !== undefined && this.#usage.cents(now) >= this.spendLimit.cents) {
      throw new Refusal(400, "This workspace has reached its specified API usage limits.");
    }
    if (group !== undefined) this.#checkRates(group, input, output, now);
    this.#usage.add(group?.id ?? "", { at: now, input, output });
  }

  #checkRates(group: RateGroup, input: number, output: number, now: number): void {
    const used = this.#usage.lastMinute(group.id, now);
    const check = (type: RateType, total: number) => {
      const limits = [group.limits[type], this.ratesOf(group)[type]].filter((limit) => limit !== undefined);
      if (limits.every((limit) => total <= limit)) return;
      throw new Refusal(429, `This request would exceed the rate limit of ${type}.`, { "retry-after": "20" });
    };
    check("requests_per_minute", used.requests + 1);
    check("input_tokens_per_minute", used.input + input);
    check("input_tokens_per_minute_cache_aware", used.input + input);
    check("output_tokens_per_minute", used.output + output);
  }
}
