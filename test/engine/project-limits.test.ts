import { applyProjectLimits, forgetProjectLimits } from "../../src/engine/commands/apply-project-limits";
import { observe } from "../../src/engine/commands/observe/observe";
import type { Engine } from "../../src/engine/ports";
import { defined } from "../../src/model/defined";
import type { ObservedKey, ProjectLimitsResult } from "../../src/model/events";
import { PROJECT_LIMITS } from "../../src/model/names";
import { canonicalProjectLimits, type ProjectLimits, projectLimitsDigest } from "../../src/model/project-limits";
import type { VendorProject } from "../../src/vendors/vendor";
import { PREFIX } from "../support/engine";
import { type Fault, type FaultKind, RealHarness } from "../support/engine-real";

const POLICY: ProjectLimits = {
  vendor: "openai",
  models: ["gpt-5", "gpt-5-mini"],
  rates: [{ model: "gpt-5", requestsPerMinute: 500, tokensPerMinute: 90_000 }],
  spendUsdPerMonth: 200,
};
const OTHER: ProjectLimits = {
  vendor: "openai",
  models: ["gpt-5"],
  rates: [{ model: "gpt-5", requestsPerMinute: 60 }],
  spendUsdPerMonth: 50,
};
const ITEM = `${PREFIX}\naccount`;

/**
 * Terraform as it is: what was created is remembered on success only, a failed update is taken for
 * done.
 */
class Terraform {
  state: { readonly policy: ProjectLimits; readonly repair: string } | undefined;

  constructor(readonly harness: RealHarness) {}

  async observe(policy: ProjectLimits): Promise<ObservedKey | undefined> {
    // No two plans see the same moment.
    await this.harness.pass(1_000);
    const event = { action: "observe", keys: {}, account: projectLimitsDigest(policy) } as const;
    return (await this.harness.run((engine) => observe(engine, event)))[PROJECT_LIMITS];
  }

  async input(policy: ProjectLimits) {
    return { policy, repair: (await this.observe(policy))?.repair ?? "none" };
  }

  async planIsEmpty(policy: ProjectLimits): Promise<boolean> {
    return JSON.stringify(await this.input(policy)) === JSON.stringify(this.state);
  }

  /** False: it failed. */
  async apply(policy: ProjectLimits): Promise<boolean> {
    const input = await this.input(policy);
    if (JSON.stringify(input) === JSON.stringify(this.state)) return true;
    const action = this.state === undefined ? "create" : "update";
    if (action === "update") this.state = input;
    try {
      await applied(this.harness, policy, input.repair, action);
    } catch {
      return false;
    }
    this.state = input;
    return true;
  }

  async applyUntilCalm(policy: ProjectLimits): Promise<void> {
    for (let applies = 0; applies < 3; applies += 1) {
      // So long a killed run's lease may last.
      await this.harness.pass(15 * 60_000);
      if ((await this.apply(policy)) && (await this.planIsEmpty(policy))) return;
    }
    throw new Error(`three applies, and the plan is not empty: ${JSON.stringify(await this.observe(policy))}`);
  }
}

function applied(
  harness: RealHarness,
  policy: ProjectLimits,
  repair = "none",
  action: "create" | "update" = "create",
  change: Partial<Engine> = {},
): Promise<ProjectLimitsResult> {
  const event = { account: policy, repair, tf: { action, prev_input: null } };
  return harness.run((engine) => applyProjectLimits(engine, event), change);
}

/** As somebody with the admin key sees it. */
async function atOpenAi(harness: RealHarness, policy: ProjectLimits): Promise<ProjectLimits> {
  const { model_ids } = (await harness.admin("GET", "model_permissions")) as { model_ids: string[] };
  const { data } = (await harness.admin("GET", "rate_limits")) as {
    data: Array<{ model: string; max_requests_per_1_minute: number; max_tokens_per_1_minute: number }>;
  };
  const { threshold_amount } = (await harness.admin("GET", "spend_limit")) as { threshold_amount: number };
  const rates = (policy.rates ?? []).map(({ model, requestsPerMinute, tokensPerMinute }) => {
    const found = data.find((limit) => limit.model === model);
    return {
      ...defined({ model }),
      ...(requestsPerMinute === undefined || found === undefined
        ? {}
        : { requestsPerMinute: found.max_requests_per_1_minute }),
      ...(tokensPerMinute === undefined || found === undefined
        ? {}
        : { tokensPerMinute: found.max_tokens_per_1_minute }),
    };
  });
  return { vendor: "openai", models: model_ids, rates, spendUsdPerMonth: threshold_amount / 100 };
}

const drifting: Readonly<Record<string, readonly [method: string, path: string, body: object | undefined, RegExp]>> = {
  "the models": [
    "POST",
    "model_permissions",
    { mode: "allow_list", model_ids: ["gpt-5", "gpt-4.1"] },
    /^the models of project proj_\w+ changed at OpenAI: \+gpt-4.1 -gpt-5-mini$/,
  ],
  "a list of denied models in its place": [
    "POST",
    "model_permissions",
    { mode: "deny_list", model_ids: ["gpt-4.1"] },
    /^the list of models that project proj_\w+ may use was removed at OpenAI$/,
  ],
  "no list of models": ["DELETE", "model_permissions", undefined, /^the list of models .* was removed at OpenAI$/],
  "a rate": [
    "POST",
    "rate_limits/rl-gpt-5",
    { max_requests_per_1_minute: 5_000 },
    /^requests a minute of gpt-5 changed for project proj_\w+ at OpenAI from 500 to 5000$/,
  ],
  "the spend limit": [
    "POST",
    "spend_limit",
    { threshold_amount: 100_000, currency: "USD", interval: "month" },
    /^the spend limit of project proj_\w+ changed from 200 to 1000 USD a month at OpenAI$/,
  ],
  "no spend limit": ["DELETE", "spend_limit", undefined, /^the spend limit of project proj_\w+ was removed at OpenAI$/],
};

describe("project limits", () => {
  let harness: RealHarness;
  let terraform: Terraform;
  beforeEach(async () => {
    harness = await RealHarness.start();
    terraform = new Terraform(harness);
  });

  const writes = () => harness.trace.filter((name) => /^(POST|DELETE|PUT|PATCH) /.test(name));

  test("is set at the vendor, and the plan after it is empty", async () => {
    // WHEN
    const { changes, account } = await applied(harness, POLICY);
    terraform.state = await terraform.input(POLICY);

    // THEN
    expect(account).toBe(`project ${harness.simulator.projectId}`);
    expect(changes).toEqual([
      "set the models",
      "set requests a minute of gpt-5",
      "set tokens a minute of gpt-5",
      "set the spend limit",
    ]);
    expect(await atOpenAi(harness, POLICY)).toEqual(canonicalProjectLimits(POLICY));
    expect(await terraform.planIsEmpty(POLICY)).toBe(true);
  });

  test("that is in place is not set a second time, and its reads are one for each thing", async () => {
    // GIVEN
    await applied(harness, POLICY);
    harness.plan(undefined);

    // WHEN
    const { changes } = await applied(harness, POLICY, "again", "update");

    // THEN
    expect(changes).toEqual([]);
    expect(writes()).toEqual([]);
    expect(harness.trace.filter((name) => name.startsWith("GET "))).toHaveLength(3);
  });

  test("leaves alone what it does not declare, also when it was declared before", async () => {
    // GIVEN
    await applied(harness, POLICY);
    harness.plan(undefined);

    // WHEN
    await applied(harness, { vendor: "openai", spendUsdPerMonth: 20 }, "next", "update");

    // THEN
    expect(writes()).toEqual(["POST /v1/organization/projects/proj/spend_limit"]);
    expect(await atOpenAi(harness, POLICY)).toEqual({ ...canonicalProjectLimits(POLICY), spendUsdPerMonth: 20 });
  });

  test.each(Object.entries(drifting))("%s: drift that the plan says and the apply heals", async (_, drift) => {
    // GIVEN
    const [method, path, body, sentence] = drift;
    await terraform.applyUntilCalm(POLICY);
    await harness.admin(method, path, body);

    // WHEN
    const seen = await terraform.observe(POLICY);
    expect(await terraform.planIsEmpty(POLICY)).toBe(false);
    harness.plan(undefined);
    expect(await terraform.apply(POLICY)).toBe(true);

    // THEN
    expect(seen?.state).toBe("drift");
    expect(seen?.drift).toEqual([expect.stringMatching(sentence)]);
    expect(seen?.repair).toContain(seen?.drift[0]);
    expect(writes()).toHaveLength(1);
    expect(await atOpenAi(harness, POLICY)).toEqual(canonicalProjectLimits(POLICY));
    expect(await terraform.planIsEmpty(POLICY)).toBe(true);
    expect((await terraform.observe(POLICY))?.state).toBe("in_sync");
  });

  describe("with a fault at every effect", () => {
    const STORIES: Readonly<Record<string, readonly [before: ProjectLimits | undefined, after: ProjectLimits]>> = {
      "of the first apply": [undefined, POLICY],
      "of a change": [POLICY, OTHER],
      "of a repair": [POLICY, POLICY],
    };
    const KINDS: readonly FaultKind[] = ["crash_before", "crash_after", "lost_reply", "unavailable"];

    /** One apply with one fault; answers what it did, and how it broke. */
    const live = async ([before, after]: (typeof STORIES)[string], fault: Fault | undefined) => {
      const own = await RealHarness.start();
      const driver = new Terraform(own);
      if (before !== undefined) await driver.applyUntilCalm(before);
      if (before === after) {
        await own.admin("DELETE", "model_permissions");
        await own.admin("DELETE", "spend_limit");
      }
      const input = await driver.input(after);
      const action = driver.state === undefined ? "create" : "update";
      if (action === "update") driver.state = input;
      own.plan(fault);
      const ended = await applied(own, after, input.repair, action).then(
        () => true,
        () => false,
      );
      const effects = [...own.trace];
      own.plan(undefined);
      if (ended) driver.state = input;
      const broken: string[] = [];
      const isSet = async () =>
        JSON.stringify(await atOpenAi(own, after).catch(() => undefined)) ===
        JSON.stringify(canonicalProjectLimits(after));
      // Only an apply that ended well, at the vendor and in the ledger, makes the plan empty.
      if ((await driver.planIsEmpty(after)) && !(await isSet())) broken.push("the plan is empty before all is set");
      if (ended && !(await driver.planIsEmpty(after))) broken.push("the apply ended well, and the plan is not empty");
      await driver.applyUntilCalm(after).catch((error: Error) => broken.push(error.message));
      if (!(await isSet())) broken.push("the plan is empty, and not all is set");
      own.plan(undefined);
      await applied(own, after, driver.state?.repair, "update");
      if (own.trace.some((name) => name.startsWith("POST /v1"))) broken.push("a second apply sets something");
      return { effects, broken };
    };

    test.each(Object.entries(STORIES))("%s, the plan is not empty until an apply has ended well", async (_, story) => {
      const { effects, broken } = await live(story, undefined);
      expect(broken).toEqual([]);
      expect(effects.filter((name) => name.startsWith("POST ")).length).toBeGreaterThan(1);
      const found: string[] = [];
      for (const kind of KINDS) {
        for (const [at, name] of effects.entries()) {
          for (const problem of (await live(story, { at, kind })).broken)
            found.push(`${kind} at ${at}, ${name}: ${problem}`);
        }
      }
      expect(found).toEqual([]);
    });
  });

  test("that ended is forgotten: what is set stays, and nothing of it is in the ledger", async () => {
    // GIVEN
    await applied(harness, POLICY);
    harness.plan(undefined);

    // WHEN
    const { changes } = await harness.run((engine) => forgetProjectLimits(engine));
    await harness.run((engine) => forgetProjectLimits(engine));

    // THEN
    expect(changes).toEqual([]);
    expect(writes()).toEqual([]);
    expect(harness.table.items.has(ITEM)).toBe(false);
    expect(await atOpenAi(harness, POLICY)).toEqual(canonicalProjectLimits(POLICY));
  });

  test("is to be applied where the ledger has lost it", async () => {
    // GIVEN
    await terraform.applyUntilCalm(POLICY);
    harness.table.items.clear();

    // THEN
    expect(await terraform.observe(POLICY)).toMatchObject({ state: "behind" });
    expect(await terraform.planIsEmpty(POLICY)).toBe(false);
    await terraform.applyUntilCalm(POLICY);
  });

  test("that changes is behind, with the same sentence each time it was applied", async () => {
    await terraform.applyUntilCalm(POLICY);
    expect(await terraform.observe(OTHER)).toMatchObject({
      state: "behind",
      drift: [`policy ${projectLimitsDigest(OTHER)} is to be applied, or its last apply did not finish`],
    });
  });

  describe("is unknown, with the last token,", () => {
    test.each([
      ["model_permissions", 500],
      ["rate_limits", 429],
      ["spend_limit", 403],
    ])("where %s is answered %i", async (path, status) => {
      // GIVEN
      await terraform.applyUntilCalm(POLICY);
      harness.answer = (name) => (name.endsWith(path) ? status : undefined);

      // THEN
      const repair = terraform.state?.repair;
      expect(await terraform.observe(POLICY)).toEqual({
        repair,
        state: "unknown",
        drift: [expect.stringMatching(new RegExp(`^project proj_\\w+ could not be read: OpenAI answered ${status}`))],
      });
    });

    test("where its record cannot be read, and an apply says so", async () => {
      // GIVEN
      await terraform.applyUntilCalm(POLICY);
      harness.table.items.set(ITEM, { pk: PREFIX, sk: "account", guard: 9, body: '{"schema":2}' });

      // THEN
      expect(await terraform.observe(POLICY)).toMatchObject({ repair: "none", state: "unknown" });
      await expect(applied(harness, POLICY)).rejects.toThrow(/^\[SK250\] project limits: .*"account"/);
    });
  });

  describe("is refused", () => {
    test("for a vendor that is another, and for what its issuers cannot declare, before anything is called", async () => {
      harness.plan(undefined);
      await expect(applied(harness, { ...POLICY, vendor: "anthropic" })).rejects.toThrow(/^\[SK204\] project limits: /);
      const { vendor } = harness.engine();
      const descriptor = { ...vendor.descriptor, account: { models: "project.models" } };
      const narrower = { vendor: { ...vendor, descriptor } };
      await expect(applied(harness, POLICY, "none", "create", narrower)).rejects.toThrow(
        /\[SK251\].*requestsPerMinute/,
      );
      const { account: _, ...without } = vendor;
      await expect(applied(harness, POLICY, "none", "create", { vendor: without })).rejects.toThrow(/\[SK251\]/);
      expect(harness.trace).toEqual([]);
    });

    test("where the vendor will never take it, and the plan says why", async () => {
      // GIVEN
      const policy: ProjectLimits = { vendor: "openai", rates: [{ model: "gpt-0", requestsPerMinute: 5 }] };

      // WHEN
      await expect(applied(harness, policy)).rejects.toThrow(
        /^\[SK234\] project limits: OpenAI refuses the limits that the issuer declares for project proj_\w+ \(OpenAI shows no rate limits of gpt-0/,
      );

      // THEN
      expect(await terraform.observe(policy)).toMatchObject({
        state: "drift",
        drift: [expect.stringMatching(/^the last apply did not finish: \[SK234\]/)],
      });
      expect(writes()).toEqual([]);
    });
  });

  describe("whose vendor shows what was before", () => {
    /** Shows the first state for so many reads after the apply. */
    const lagging = (reads: number): Partial<Engine> => {
      const { vendor } = harness.engine();
      const real = vendor.account as VendorProject;
      const account: VendorProject = {
        name: real.name,
        apply: (request) => real.apply(request),
        read: async (request) => {
          reads -= 1;
          return reads >= 0 ? { ...(await real.read(request)), spendUsdPerMonth: null } : real.read(request);
        },
      };
      return { vendor: { ...vendor, account } };
    };

    test("for a moment, ends well", async () => {
      await expect(applied(harness, POLICY, "none", "create", lagging(3))).resolves.toMatchObject({ repair: "none" });
    });

    test("for longer, fails, and is not taken for applied", async () => {
      await expect(applied(harness, POLICY, "none", "create", lagging(100))).rejects.toThrow(
        /^\[SK235\] project limits: .*the spend limit of project proj_\w+ was removed at OpenAI/,
      );
      expect((await terraform.observe(POLICY))?.state).toBe("drift");
    });
  });

  test("is applied by one run at a time", async () => {
    const [first, second] = await Promise.allSettled([applied(harness, POLICY), applied(harness, OTHER)]);
    expect([first.status, second.status]).toEqual(["fulfilled", "fulfilled"]);
    const last = JSON.parse(harness.table.items.get(ITEM)?.body ?? "{}").policy;
    expect(await atOpenAi(harness, last)).toEqual(last);
  });
});
