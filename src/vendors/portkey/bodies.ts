/** Bodies as sent. A test holds the first against the parameter types of Portkey's own client. */

export interface RateLimitBody {
  readonly type: "requests" | "tokens";
  /** A minute, of tokens as well. */
  readonly unit: "rpm";
  readonly value: number;
}

export interface UsageLimitsBody {
  readonly type: "cost";
  /** Whole US dollars. */
  readonly credit_limit: number;
  readonly periodic_reset: "weekly" | "monthly" | null;
}

export interface CreateKeyBody {
  readonly name: string;
  readonly workspace_id: string;
  readonly scopes: string[];
  readonly rate_limits?: RateLimitBody[];
  readonly usage_limits?: UsageLimitsBody;
  readonly expires_at: string;
}

/** What is left out stays, and `null` takes it off. */
export interface UpdateKeyBody {
  readonly scopes?: string[];
  readonly rate_limits?: RateLimitBody[] | null;
  readonly usage_limits?: UsageLimitsBody | null;
  readonly expires_at?: string;
}

export interface RotateKeyBody {
  readonly key_transition_period_ms: number;
}
