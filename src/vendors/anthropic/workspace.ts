import type * as v from "valibot";
import { type AdminClient, allPages } from "../../http/admin-client";
import { type Dialect, type Exchange, harmless, parseAnswer } from "../../http/exchange";
import { type ProjectLimits, type ProjectLimitsState, type ProjectRate, rateSubject } from "../../model/project-limits";
import { VendorError } from "../../model/vendor-error";
import type { ProjectLimitsRequest, VendorProject } from "../vendor";
import type { RateLimitBody, RateType, SpendLimitBody } from "./bodies";
import { cursorPageSchema, type RateLimit, rateLimitSchema, spendLimitSchema } from "./schemas";

const RATES = "/v1/organizations/workspaces/{workspace}/rate_limits";
const SPEND = "/v1/organizations/spend_limits";
/** Without it, spend limits are not shown. */
const SPEND_READS = { "anthropic-beta": "spend-limit-reads-2026-09-26" };
const CENTS_PER_USD = 100;

type Signal = AbortSignal | undefined;
type DeclaredRate = "requestsPerMinute" | "inputTokensPerMinute" | "outputTokensPerMinute";
const DECLARED: readonly DeclaredRate[] = ["requestsPerMinute", "inputTokensPerMinute", "outputTokensPerMinute"];

/** What Anthropic enforces for a whole workspace: rates of each group of models, spend. */
export class AnthropicWorkspace implements VendorProject {
  readonly name: string;

  constructor(
    private readonly client: AdminClient,
    private readonly dialect: Dialect,
    private readonly workspace: string,
  ) {
    this.name = `workspace ${workspace}`;
  }

  async read({ policy, signal }: ProjectLimitsRequest): Promise<ProjectLimitsState> {
    return stateOf(policy, await this.#find(policy, signal));
  }

  async apply({ policy, signal }: ProjectLimitsRequest): Promise<ProjectLimitsState> {
    const { rates = [], spendUsdPerMonth } = policy;
    const found = await this.#find(policy, signal);
    this.#checkKnown(rates, found.groups);
    const before = stateOf(policy, found);
    for (const rate of rates) await this.#setRate(rate, found.groups, signal);
    if (spendUsdPerMonth !== undefined && spendUsdPerMonth !== before.spendUsdPerMonth) {
      await this.#setSpend(spendUsdPerMonth, signal);
    }
    return before;
  }

  async #find({ rates, spendUsdPerMonth }: ProjectLimits, signal: Signal): Promise<Found> {
    return {
      groups: rates === undefined ? [] : await this.#groups(signal),
      spendUsdPerMonth: spendUsdPerMonth === undefined ? null : await this.#spend(signal),
    };
  }

  /**
   * With what comes from the organisation, so that groups without a limit of the workspace's own
   * are there as well.
   */
  #groups(signal: Signal): Promise<RateLimit[]> {
    const query = [["include_inherited", "true"]] as const;
    return this.#all(rateLimitSchema, { endpoint: `GET ${RATES}`, ids: { workspace: this.workspace }, query, signal });
  }

  async #spend(signal: Signal): Promise<number | null> {
    const query = [["workspace_id", this.workspace]] as const;
    const limits = await this.#all(spendLimitSchema, { endpoint: `GET ${SPEND}`, query, headers: SPEND_READS, signal });
    const own = limits.find(
      ({ scope, period }) =>
        scope.type === "workspace" && scope.workspace_id === this.workspace && period === "monthly",
    );
    if (own === undefined || own.amount === null) return null;
    this.#checkCurrency(`GET ${SPEND}`, own.currency);
    return own.amount / CENTS_PER_USD;
  }

  async #setRate(rate: ProjectRate, groups: readonly RateLimit[], signal: Signal): Promise<void> {
    const [group] = groupsOf(rate, groups);
    if (group === undefined) return;
    const limits: RateLimitBody["limits"] = [];
    for (const declared of DECLARED) {
      const value = rate[declared];
      if (value !== undefined && value !== ownLimit(group, declared))
        limits.push({ type: typeOf(group, declared), value });
    }
    if (limits.length === 0) return;
    const ids = { workspace: this.workspace, limit: group.rate_limit_id };
    const body: RateLimitBody = { limits };
    await this.client.call({ endpoint: `POST ${RATES}/{limit}`, ids, body, answer: rateLimitSchema, signal });
  }

  async #setSpend(usd: number, signal: Signal): Promise<void> {
    const endpoint = `POST ${SPEND}`;
    const body: SpendLimitBody = {
      amount: String(Math.round(usd * CENTS_PER_USD)),
      scope: { type: "workspace", workspace_id: this.workspace },
      period: "monthly",
    };
    const { currency } = await this.client.call({ endpoint, body, answer: spendLimitSchema, signal });
    this.#checkCurrency(endpoint, currency);
  }

  #checkKnown(rates: readonly ProjectRate[], groups: readonly RateLimit[]): void {
    const taken = new Map<string, string>();
    for (const rate of rates) {
      const subject = rateSubject(rate);
      const [group, ...others] = groupsOf(rate, groups);
      if (group === undefined || others.length > 0) {
        const known = harmless(this.dialect, groups.map((each) => each.models?.[0] ?? each.group.type).join(", "));
        this.#refuse(
          `${this.name} has ${group === undefined ? "no" : "more than one"} group "${subject}" (there are those of ${known})`,
        );
      }
      const other = taken.get(group.rate_limit_id);
      if (other !== undefined) this.#refuse(`"${other}" and "${subject}" are one group, with one set of rates`);
      taken.set(group.rate_limit_id, subject);
    }
  }

  #refuse(why: string): never {
    throw new VendorError("invalid", `GET ${RATES}`, why);
  }

  #checkCurrency(endpoint: string, currency: string): void {
    if (currency === "USD") return;
    const why = `the organisation is billed in ${harmless(this.dialect, currency)}, and spend is declared in US dollars: leave it out, and set it in the Console`;
    throw new VendorError("invalid", endpoint, why);
  }

  #all<Item>(answer: v.GenericSchema<unknown, Item>, request: Exchange): Promise<Item[]> {
    const { endpoint } = request;
    return allPages(this.dialect.displayName, endpoint, async (more) => {
      const query = [...(request.query ?? []), ...more];
      const { data, next_page } = await this.client.call({ ...request, query, answer: cursorPageSchema });
      const items = data.map((item) => parseAnswer(this.dialect, answer, item, endpoint));
      return { items, next: next_page == null ? undefined : [["page", next_page]] };
    });
  }
}

interface Found {
  readonly groups: readonly RateLimit[];
  readonly spendUsdPerMonth: number | null;
}

function stateOf(policy: ProjectLimits, { groups, spendUsdPerMonth }: Found): ProjectLimitsState {
  return {
    ...(policy.rates === undefined ? {} : { rates: shownRates(policy.rates, groups) }),
    ...(policy.spendUsdPerMonth === undefined ? {} : { spendUsdPerMonth }),
  };
}

function shownRates(
  rates: readonly ProjectRate[],
  groups: readonly RateLimit[],
): NonNullable<ProjectLimitsState["rates"]> {
  const shown = rates.flatMap((rate) => {
    const [group] = groupsOf(rate, groups);
    if (group === undefined) return [];
    const own = Object.fromEntries(DECLARED.map((declared) => [declared, ownLimit(group, declared)]));
    return [[rateSubject(rate), own] as const];
  });
  return new Map(shown);
}

/** By its id, a model in it, or, of groups without models, its type: `batch`, `files`. */
function groupsOf(rate: ProjectRate, groups: readonly RateLimit[]): RateLimit[] {
  const wanted = rateSubject(rate);
  return groups.filter(
    ({ group, models }) => group.id === wanted || (models?.includes(wanted) ?? group.type === wanted),
  );
}

/**
 * Null where the workspace has no limit of its own: then the organisation's holds, which may
 * change.
 */
function ownLimit(group: RateLimit, declared: DeclaredRate): number | null {
  const type = typeOf(group, declared);
  return group.limits.find((limit) => limit.type === type && limit.source.type === "workspace")?.value ?? null;
}

/**
 * Input tokens are counted with or without what is read from the cache, as the organisation's own
 * limit counts them.
 */
function typeOf({ limits }: RateLimit, declared: DeclaredRate): RateType {
  if (declared === "requestsPerMinute") return "requests_per_minute";
  if (declared === "outputTokensPerMinute") return "output_tokens_per_minute";
  const ofOrganisation = (type: RateType) => limits.some((limit) => limit.type === type && limit.org_limit != null);
  return ofOrganisation("input_tokens_per_minute") && !ofOrganisation("input_tokens_per_minute_cache_aware")
    ? "input_tokens_per_minute"
    : "input_tokens_per_minute_cache_aware";
}
