/** Bodies as sent. A test holds them against the parameter types of Anthropic's own client. */

export interface UpdateKeyBody {
  readonly status: "inactive" | "archived";
}

export type RateType =
  | "requests_per_minute"
  | "input_tokens_per_minute"
  | "input_tokens_per_minute_cache_aware"
  | "output_tokens_per_minute";

export interface RateLimitBody {
  readonly limits: Array<{ readonly type: RateType; readonly value: number }>;
}

export interface SpendLimitBody {
  /** Cents. */
  readonly amount: string;
  readonly scope: { readonly type: "workspace"; readonly workspace_id: string };
  readonly period: "monthly";
}
