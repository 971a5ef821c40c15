import * as v from "valibot";
import {
  canonicalProjectLimits,
  type ProjectLimits,
  type ProjectLimitsState,
  projectLimitsDifferences,
  projectLimitsDigest,
  projectLimitsDimensions,
  projectLimitsSchema,
} from "../../src/model/project-limits";

const POLICY: ProjectLimits = {
  vendor: "openai",
  models: ["gpt-5", "gpt-4.1"],
  rates: [
    { model: "gpt-5", tokensPerMinute: 90_000, requestsPerMinute: 500 },
    { model: "gpt-4.1", requestsPerMinute: 60 },
  ],
  spendUsdPerMonth: 200,
};
const NAMES = { account: "project proj_a", vendor: "OpenAI" };

describe("project limits", () => {
  test.each<[string, object, boolean]>([
    ["everything", {}, true],
    ["one thing", { models: undefined, rates: undefined }, true],
    ["nothing", { models: undefined, rates: undefined, spendUsdPerMonth: undefined }, false],
    ["no model", { models: [] }, false],
    ["a model twice", { models: ["gpt-5", "gpt-5"] }, false],
    ["a model with a blank", { models: ["gpt 5"] }, false],
    ["no rates", { rates: [] }, false],
    ["rates without a limit", { rates: [{ model: "gpt-5" }] }, false],
    ["rates of nothing", { rates: [{ requestsPerMinute: 5 }] }, false],
    ["rates of a model and a group", { rates: [{ model: "a", group: "b", requestsPerMinute: 5 }] }, false],
    ["rates of a group", { rates: [{ group: "batch", outputTokensPerMinute: 5 }] }, true],
    ["rates of a model twice", { rates: [1, 2].map((n) => ({ model: "a", requestsPerMinute: n })) }, false],
    ["a rate of 0", { rates: [{ model: "a", requestsPerMinute: 0 }] }, false],
    ["a rate of a day", { rates: [{ model: "a", requestsPerDay: 5 }] }, false],
    ["spend of whole cents", { spendUsdPerMonth: 0.29 }, true],
    ["spend of half a cent", { spendUsdPerMonth: 1.005 }, false],
    ["spend of 0", { spendUsdPerMonth: 0 }, false],
    ["another field", { colour: "red" }, false],
  ])("with %s: valid is %#", (_, change, valid) => {
    const defined = Object.fromEntries(
      Object.entries({ ...POLICY, ...change }).filter(([, value]) => value !== undefined),
    );
    expect(v.is(projectLimitsSchema, defined)).toBe(valid);
  });

  test("is the same text whatever the order it was written in", () => {
    const { rates = [] } = POLICY;
    const turned: ProjectLimits = {
      spendUsdPerMonth: 200,
      rates: [...rates].reverse(),
      models: ["gpt-4.1", "gpt-5"],
      vendor: "openai",
    };
    expect(JSON.stringify(canonicalProjectLimits(turned))).toBe(JSON.stringify(canonicalProjectLimits(POLICY)));
    expect(JSON.stringify(canonicalProjectLimits(POLICY))).toBe(
      '{"vendor":"openai","models":["gpt-4.1","gpt-5"],"rates":[{"model":"gpt-4.1","requestsPerMinute":60},' +
        '{"model":"gpt-5","requestsPerMinute":500,"tokensPerMinute":90000}],"spendUsdPerMonth":200}',
    );
    expect(projectLimitsDigest(turned)).toBe(projectLimitsDigest(POLICY));
    expect(projectLimitsDigest({ ...POLICY, spendUsdPerMonth: 201 })).not.toBe(projectLimitsDigest(POLICY));
    expect(projectLimitsDigest(POLICY)).toMatch(/^[0-9a-f]{12}$/);
  });

  test("says which dimensions it asks for", () => {
    expect(projectLimitsDimensions(POLICY)).toEqual(["models", "requestsPerMinute", "tokensPerMinute", "spend"]);
    expect(projectLimitsDimensions({ vendor: "a", rates: [{ group: "g", outputTokensPerMinute: 1 }] })).toEqual([
      "tokensPerMinute",
    ]);
  });
});

describe("the differences between project limits and the vendor", () => {
  const SAME: ProjectLimitsState = {
    models: ["gpt-4.1", "gpt-5"],
    rates: new Map([
      ["gpt-5", { requestsPerMinute: 500, tokensPerMinute: 90_000 }],
      ["gpt-4.1", { requestsPerMinute: 60, tokensPerMinute: 7 }],
    ]),
    spendUsdPerMonth: 200,
  };
  const sentences = (state: ProjectLimitsState, policy = POLICY) =>
    projectLimitsDifferences(policy, state, NAMES).map(({ sentence }) => sentence);

  test("are none where all that is declared is so, whatever else is set", () => {
    expect(sentences(SAME)).toEqual([]);
    expect(sentences({ ...SAME, models: null }, { vendor: "openai", spendUsdPerMonth: 200 })).toEqual([]);
  });

  test.each<[string, ProjectLimitsState, string]>([
    ["models", { ...SAME, models: ["gpt-5", "o3"] }, "the models of project proj_a changed at OpenAI: +o3 -gpt-4.1"],
    [
      "no list of models",
      { ...SAME, models: null },
      "the list of models that project proj_a may use was removed at OpenAI",
    ],
    [
      "a rate",
      { ...SAME, rates: new Map(SAME.rates).set("gpt-5", { requestsPerMinute: 5_000, tokensPerMinute: 90_000 }) },
      "requests a minute of gpt-5 changed for project proj_a at OpenAI from 500 to 5000",
    ],
    [
      "no rate",
      { ...SAME, rates: new Map(SAME.rates).set("gpt-5", { requestsPerMinute: 500, tokensPerMinute: null }) },
      "tokens a minute of gpt-5 changed for project proj_a at OpenAI from 90000 to no limit",
    ],
    [
      "an unknown model",
      { ...SAME, rates: new Map([["gpt-5", { requestsPerMinute: 500, tokensPerMinute: 90_000 }]]) },
      "OpenAI shows no rates of gpt-4.1 for project proj_a",
    ],
    [
      "spend",
      { ...SAME, spendUsdPerMonth: 1_000 },
      "the spend limit of project proj_a changed from 200 to 1000 USD a month at OpenAI",
    ],
    ["no spend limit", { ...SAME, spendUsdPerMonth: null }, "the spend limit of project proj_a was removed at OpenAI"],
  ])("%s: a sentence that a plan can show", (_, state, sentence) => {
    expect(sentences(state)).toEqual([sentence]);
  });

  test("a long list is cut short", () => {
    const models = Array.from({ length: 100 }, (_, i) => `model-${i}`);
    expect(sentences({ ...SAME, models })[0]?.length).toBeLessThan(400);
  });
});
