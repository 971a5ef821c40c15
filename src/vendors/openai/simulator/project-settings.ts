import { Usage } from "../../../sandbox/vendors/usage";
import { ApiError } from "./errors";
import { MODELS } from "./models";

const REQUESTS_PER_MINUTE = 10_000;
const TOKENS_PER_MINUTE = 30_000_000;

export interface ModelLimit {
  readonly id: string;
  readonly model: string;
  requestsPerMinute: number;
  tokensPerMinute: number;
}

/** What is set for one project, and enforced on all of its keys. */
export class ProjectSettings {
  models: { readonly mode: "allow_list" | "deny_list"; readonly ids: readonly string[] } | undefined;
  spendLimitCents: number | undefined;
  readonly limits: readonly ModelLimit[] = MODELS.map((model) => ({
    id: `rl-${model}`,
    model,
    requestsPerMinute: REQUESTS_PER_MINUTE,
    tokensPerMinute: TOKENS_PER_MINUTE,
  }));
  readonly #usage = new Usage();

  constructor(private readonly projectId: string) {}

  allows(model: string): boolean {
    if (this.models === undefined) return true;
    return this.models.ids.includes(model) === (this.models.mode === "allow_list");
  }

  isSpent(now: number): boolean {
    return this.spendLimitCents !== undefined && this.#usage.cents(now) >= this.spendLimitCents;
  }

  /** Books a call, or refuses it as OpenAI does. */
  use(model: string, input: number, output: number, now: number): void {
    if (!this.allows(model)) {
      const message = `Project \`${this.projectId}\` does not have access to model \`${model}\``;
      throw new ApiError(403, message, { code: "model_not_found" });
    }
    if (this.isSpent(now)) {
      const message = "You exceeded your current quota, please check your plan and billing details.";
      throw new ApiError(429, message, { type: "insufficient_quota", code: "insufficient_quota" });
    }
    const limit = this.limits.find((each) => each.model === model);
    const used = this.#usage.lastMinute(model, now);
    if (limit !== undefined) {
      refuseAbove("requests", model, limit.requestsPerMinute, used.requests, 1);
      refuseAbove("tokens", model, limit.tokensPerMinute, used.input + used.output, input + output);
    }
    this.#usage.add(model, { at: now, input, output });
  }
}

function refuseAbove(what: "requests" | "tokens", model: string, limit: number, used: number, asked: number): void {
  if (used + asked <= limit) return;
  const message = `Rate limit reached for ${model} on ${what} per min: Limit ${limit}, Used ${used}, Requested ${asked}. Please try again later.`;
  throw new ApiError(429, message, { type: what, code: "rate_limit_exceeded" });
}
