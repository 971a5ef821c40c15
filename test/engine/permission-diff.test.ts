import { grantDifferences } from "../../src/engine/vendor-keys/permission-diff";
import type { Grant } from "../../src/model/grant";
import type { Granted } from "../../src/model/granted";

const APPLIED: Grant = {
  models: ["a/1", "b/2"],
  limits: { requestsPerMinute: 60, spend: { usd: 25, per: "month" } },
};

describe("what the vendor shows of a key, beside what was applied", () => {
  test.each<[string, Granted]>([
    ["nothing", {}],
    ["the same in another order", { models: ["b/2", "a/1"] }],
    ["no list where none was applied", { networks: null, endpoints: [] }],
    ["the same limits", { limits: { spend: { usd: 25, per: "month" }, requestsPerMinute: 60 } }],
    ["what no policy has a part for", { others: [{ shown: "max_parallel_requests 5", reason: "" }] }],
    ["what is said of a list that is compared as it is", { others: [{ of: "models", shown: "all", reason: "" }] }],
  ])("is no difference: %s", (_, granted) => {
    expect(grantDifferences(APPLIED, granted)).toEqual([]);
  });

  test.each<[Granted, string, string]>([
    [{ models: ["a/1", "c/3"] }, "models", ": +c/3 -b/2"],
    [{ models: null }, "models", " to all"],
    [{ models: [] }, "models", " to all"],
    [{ scopes: ["x"] }, "scopes", ": +x"],
    [{ networks: ["10.0.0.0/8"] }, "networks", ": +10.0.0.0/8"],
    [{ limits: null }, "limits", " from 60 requests a minute, 25 USD a month to no limit"],
    [
      { limits: { spend: { usd: 100, per: "day" } } },
      "limits",
      " from 60 requests a minute, 25 USD a month to 100 USD a day",
    ],
    [
      { limits: null, others: [{ of: "spend", shown: "max_budget 2, budget_duration 1h", reason: "" }] },
      "limits",
      " from 60 requests a minute, 25 USD a month to max_budget 2, budget_duration 1h",
    ],
  ])("%j is told as %s%s", (granted, dimension, change) => {
    expect(grantDifferences(APPLIED, granted)).toEqual([{ dimension, change }]);
  });

  test("says that emptied scopes are all of them", () => {
    expect(grantDifferences({ scopes: ["a"] }, { scopes: [] })).toEqual([
      { dimension: "scopes", change: " to all permissions" },
    ]);
  });
});
