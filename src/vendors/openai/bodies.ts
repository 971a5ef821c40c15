/** Bodies as sent. A test holds them against the parameter types of OpenAI's own client. */

export interface CreateOwnerBody {
  readonly name: string;
  readonly create_service_account_only: true;
}

export interface UpdateOwnerBody {
  readonly role: "member";
}

export interface CreateKeyBody {
  readonly name: string;
  readonly scopes: string[];
  readonly expires_in_seconds: number;
}

export interface UpdateKeyBody {
  readonly scopes?: string[];
  readonly expires_in_seconds?: number;
}

export interface ModelPermissionsBody {
  readonly mode: "allow_list";
  readonly model_ids: string[];
}

export interface RateLimitBody {
  readonly max_requests_per_1_minute?: number;
  readonly max_tokens_per_1_minute?: number;
}

export interface SpendLimitBody {
  /** Cents. */
  readonly threshold_amount: number;
  readonly currency: "USD";
  readonly interval: "month";
}
