import type { AdminClient } from "../../http/admin-client";
import { orUndefined } from "../../http/not-found";
import { type ProjectLimits, type ProjectLimitsState, type ProjectRate, rateSubject } from "../../model/project-limits";
import { VendorError } from "../../model/vendor-error";
import type { ProjectLimitsRequest, VendorProject } from "../vendor";
import type { ModelPermissionsBody, RateLimitBody, SpendLimitBody } from "./bodies";
import { listAll } from "./client";
import { openAiDescriptor } from "./descriptor";
import { modelPermissionsSchema, type RateLimit, rateLimitSchema, spendLimitSchema } from "./schemas";

const MODELS = "/organization/projects/{project}/model_permissions";
const RATES = "/organization/projects/{project}/rate_limits";
const SPEND = "/organization/projects/{project}/spend_limit";
const CENTS_PER_USD = 100;

type Signal = AbortSignal | undefined;

/**
 * What OpenAI enforces for a whole project: which models it may use, rates of each model, spend.
 */
export class OpenAiProject implements VendorProject {
  readonly name: string;
  readonly #client: AdminClient;
  readonly #ids: Readonly<Record<string, string>>;

  constructor(client: AdminClient, project: string) {
    this.name = `project ${project}`;
    this.#client = client;
    this.#ids = { project };
  }

  async read({ policy, signal }: ProjectLimitsRequest): Promise<ProjectLimitsState> {
    return stateOf(policy, await this.#find(policy, signal));
  }

  async apply({ policy, signal }: ProjectLimitsRequest): Promise<ProjectLimitsState> {
    const { models, rates = [], spendUsdPerMonth } = policy;
    const found = await this.#find(policy, signal);
    const before = stateOf(policy, found);
    let { limits } = found;
    if (models === undefined || sameList(models, before.models)) this.#checkKnown(rates, limits);
    else {
      await this.#setModels(models, signal);
      // OpenAI may show rates of those models alone that the project may use.
      if (this.#unknown(rates, limits).length > 0) limits = await this.#rateLimits(signal);
      this.#checkKnown(rates, limits);
    }
    for (const rate of rates) await this.#setRate(rate, limits, signal);
    if (spendUsdPerMonth !== undefined && spendUsdPerMonth !== before.spendUsdPerMonth) {
      await this.#setSpend(spendUsdPerMonth, signal);
    }
    return before;
  }

  async #find({ models, rates, spendUsdPerMonth }: ProjectLimits, signal: Signal): Promise<Found> {
    return {
      models: models === undefined ? null : await this.#models(signal),
      limits: rates === undefined ? [] : await this.#rateLimits(signal),
      spendUsdPerMonth: spendUsdPerMonth === undefined ? null : await this.#spend(signal),
    };
  }

  /** A list of what is denied is no list of what is allowed. */
  async #models(signal: Signal): Promise<string[] | null> {
    const request = { endpoint: `GET ${MODELS}`, ids: this.#ids, answer: modelPermissionsSchema, signal };
    const found = await orUndefined(() => this.#client.call(request));
    return found?.mode === "allow_list" ? [...new Set(found.model_ids)].sort() : null;
  }

  #rateLimits(signal: Signal): Promise<RateLimit[]> {
    return listAll(this.#client, { endpoint: `GET ${RATES}`, ids: this.#ids, answer: rateLimitSchema, signal });
  }

  async #spend(signal: Signal): Promise<number | null> {
    const request = { endpoint: `GET ${SPEND}`, ids: this.#ids, answer: spendLimitSchema, signal };
    const found = await orUndefined(() => this.#client.call(request));
    return found === undefined ? null : found.threshold_amount / CENTS_PER_USD;
  }

  async #setModels(models: readonly string[], signal: Signal): Promise<void> {
    const body: ModelPermissionsBody = { mode: "allow_list", model_ids: [...models] };
    const endpoint = `POST ${MODELS}`;
    await this.#client.call({ endpoint, ids: this.#ids, body, answer: modelPermissionsSchema, signal });
  }

  async #setRate(rate: ProjectRate, limits: readonly RateLimit[], signal: Signal): Promise<void> {
    const { requestsPerMinute, tokensPerMinute } = rate;
    const limit = limitOf(rate, limits);
    if (limit === undefined) return;
    const body: RateLimitBody = {
      ...(requestsPerMinute === undefined || requestsPerMinute === limit.max_requests_per_1_minute
        ? {}
        : { max_requests_per_1_minute: requestsPerMinute }),
      ...(tokensPerMinute === undefined || tokensPerMinute === limit.max_tokens_per_1_minute
        ? {}
        : { max_tokens_per_1_minute: tokensPerMinute }),
    };
    if (Object.keys(body).length === 0) return;
    const ids = { ...this.#ids, limit: limit.id };
    await this.#client.call({ endpoint: `POST ${RATES}/{limit}`, ids, body, answer: rateLimitSchema, signal });
  }

  async #setSpend(usd: number, signal: Signal): Promise<void> {
    const body: SpendLimitBody = {
      threshold_amount: Math.round(usd * CENTS_PER_USD),
      currency: "USD",
      interval: "month",
    };
    await this.#client.call({ endpoint: `POST ${SPEND}`, ids: this.#ids, body, answer: spendLimitSchema, signal });
  }

  #unknown(rates: readonly ProjectRate[], limits: readonly RateLimit[]): string[] {
    return rates.filter((rate) => limitOf(rate, limits) === undefined).map(rateSubject);
  }

  #checkKnown(rates: readonly ProjectRate[], limits: readonly RateLimit[]): void {
    const unknown = this.#unknown(rates, limits);
    if (unknown.length === 0) return;
    const { displayName } = openAiDescriptor;
    const why = `${displayName} shows no rate limits of ${unknown.join(", ")} for ${this.name}`;
    throw new VendorError("invalid", `GET ${RATES}`, why);
  }
}

interface Found {
  readonly models: readonly string[] | null;
  readonly limits: readonly RateLimit[];
  readonly spendUsdPerMonth: number | null;
}

function stateOf(policy: ProjectLimits, { models, limits, spendUsdPerMonth }: Found): ProjectLimitsState {
  return {
    ...(policy.models === undefined ? {} : { models }),
    ...(policy.rates === undefined ? {} : { rates: shownRates(policy.rates, limits) }),
    ...(policy.spendUsdPerMonth === undefined ? {} : { spendUsdPerMonth }),
  };
}

function shownRates(
  rates: readonly ProjectRate[],
  limits: readonly RateLimit[],
): NonNullable<ProjectLimitsState["rates"]> {
  const shown = rates.flatMap((rate) => {
    const limit = limitOf(rate, limits);
    if (limit === undefined) return [];
    const { max_requests_per_1_minute: requests, max_tokens_per_1_minute: tokens } = limit;
    return [[rateSubject(rate), { requestsPerMinute: requests ?? null, tokensPerMinute: tokens ?? null }] as const];
  });
  return new Map(shown);
}

function limitOf(rate: ProjectRate, limits: readonly RateLimit[]): RateLimit | undefined {
  return limits.find(({ model }) => model === rateSubject(rate));
}

function sameList(a: readonly string[], b: readonly string[] | null | undefined): boolean {
  return b != null && a.length === b.length && a.every((item) => b.includes(item));
}
