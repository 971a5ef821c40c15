import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataAwsSecretsmanagerSecret } from "@cdktf/provider-aws/lib/data-aws-secretsmanager-secret";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { Lazy, type TerraformElement, TerraformOutput, TerraformStack, TerraformVariable, Testing } from "cdktf";
import { Construct } from "constructs";
import { zipSync } from "fflate";
import {
  AdminKey,
  CustomAdapter,
  CustomIssuer,
  Duration,
  Guardrail,
  type IGrantee,
  type IKeyIssuer,
  KeyGuardrails,
  KeyIssuer,
  Lifetime,
  OpenAiIssuer,
  type OpenAiIssuerProps,
  OpenAiScope,
  OpenRouterIssuer,
  Readers,
  Scope,
  ScopedKey,
  ScopedKeyError,
  type ScopedKeyProps,
  ScopedKeys,
  Spend,
} from "../../constructs";
import * as checks from "../../constructs/checks";
import * as factories from "../../constructs/errors";
import { functionCode } from "../../constructs/issuer/function-code";
import { defined } from "../../src/model/defined";
import type { VendorDescriptor } from "../../src/model/vendor-descriptor";
import { openRouterDescriptor } from "../../src/vendors/openrouter/descriptor";
import { AdapterFiles, adapterSource, DESCRIPTOR } from "../custom/support";
import { newIssuer, newKey, newStack, only, refusal, render, WEEKLY } from "./support";

class ForeignScope extends Scope {
  public static readonly CHAT = new ForeignScope("openrouter", "chat", false);
}

const rotating = (every: Duration, overlap: Duration, expiry: Duration) =>
  Lifetime.rotating({ every, overlap, expiry });
const token = (value: string) => Lazy.stringValue({ produce: () => value });
/** What the types forbid and plain JavaScript does not. */
const untyped = <T>(value: unknown) => value as T;

interface Case {
  readonly code: string;
  readonly props: Partial<ScopedKeyProps>;
  readonly given: string;
  readonly allowed: string;
  readonly remedy: string;
}

const keyCases: Record<string, Case> = {
  "models, which its vendor enforces per project": {
    code: "SK125",
    props: { models: ["gpt-5.2"] },
    given: "`models`",
    allowed: "OpenAI enforces it per project",
    remedy: "declare it on the issuer (`project.models`)",
  },
  "no scopes": {
    code: "SK101",
    props: { scopes: [] },
    given: "no scopes",
    allowed: "1 to 100 scopes",
    remedy: "`scopes`",
  },
  "an unknown scope": {
    code: "SK102",
    props: { scopes: [OpenAiScope.of("api.model.raed")] },
    given: '"api.model.raed"',
    allowed: "api.model.read, api.model.request",
    remedy: "`custom(…)`",
  },
  "a scope that is a plain text": {
    code: "SK102",
    props: { scopes: untyped(["api.model.read"]) },
    given: '"api.model.read"',
    allowed: "api.model.read",
    remedy: "use a constant",
  },
  "a wildcard in words": {
    code: "SK103",
    props: { scopes: [OpenAiScope.of("api.all.read")] },
    given: '"api.all.read"',
    allowed: "one permission each",
    remedy: "`custom(…)`",
  },
  "a wildcard with a star": {
    code: "SK103",
    props: { scopes: [OpenAiScope.of("api.*")] },
    given: '"api.*"',
    allowed: "one permission each",
    remedy: "`custom(…)`",
  },
  "a scope of another vendor": {
    code: "SK104",
    props: { scopes: [ForeignScope.CHAT] },
    given: '"chat" of openrouter',
    allowed: "scopes of OpenAI",
    remedy: "scope class",
  },
  "a scope listed twice": {
    code: "SK105",
    props: { scopes: [OpenAiScope.MODELS_READ, OpenAiScope.custom("api.model.read")] },
    given: '"api.model.read"',
    allowed: "each scope once",
    remedy: "remove one",
  },
  "a malformed scope": {
    code: "SK106",
    props: { scopes: [OpenAiScope.custom("api model")] },
    given: '"api model"',
    allowed: "without blanks",
    remedy: "as the vendor documents it",
  },
  "too many scopes": {
    code: "SK107",
    props: { scopes: Array.from({ length: 101 }, (_, i) => OpenAiScope.custom(`s${i}`)) },
    given: "101 scopes",
    allowed: "1 to 100 scopes",
    remedy: "declare several keys",
  },
  "a token as a scope": {
    code: "SK141",
    props: { scopes: [OpenAiScope.custom(token("api.model.read"))] },
    given: "a token",
    allowed: "literal",
    remedy: "`scopes`",
  },
  "a length of time that is not whole": {
    code: "SK111",
    props: { lifetime: rotating(Duration.days(1.5), Duration.hours(1), Duration.days(9)) },
    given: "1.5",
    allowed: "whole number",
    remedy: "`every`",
  },
  "a negative length of time": {
    code: "SK111",
    props: { lifetime: Lifetime.expiring({ after: Duration.days(-1) }) },
    given: "-1",
    allowed: "above 0",
    remedy: "`after`",
  },
  "a missing length of time": {
    code: "SK111",
    props: { lifetime: Lifetime.rotating(untyped({ every: Duration.days(1), expiry: Duration.days(9) })) },
    given: "undefined",
    allowed: "may be 0",
    remedy: "`overlap`",
  },
  "a token as a length of time": {
    code: "SK141",
    props: { lifetime: Lifetime.expiring({ after: Duration.days(Lazy.numberValue({ produce: () => 3 })) }) },
    given: "a token",
    allowed: "literal",
    remedy: "`after`",
  },
  "an overlap as long as the interval": {
    code: "SK112",
    props: { lifetime: rotating(Duration.days(7), Duration.days(7), Duration.days(30)) },
    given: "overlap 7 days, interval 7 days",
    allowed: "below 7 days",
    remedy: "shorten `overlap`",
  },
  "an expiry that leaves no margin": {
    code: "SK113",
    props: { lifetime: rotating(Duration.days(7), Duration.days(1), Duration.days(9)) },
    given: "interval 7 days + overlap 1 day + retry margin 2 days > expiry 9 days",
    allowed: "at least 10 days",
    remedy: "set `expiry` to 10 days or more",
  },
  "an expiry above the vendor's maximum": {
    code: "SK114",
    props: { lifetime: Lifetime.expiring({ after: Duration.days(366) }) },
    given: "366 days",
    allowed: "at most 365 days",
    remedy: "shorten the expiry",
  },
  "an interval below 4 hours": {
    code: "SK116",
    props: { lifetime: rotating(Duration.hours(3), Duration.hours(1), Duration.days(9)) },
    given: "3 hours",
    allowed: "4 hours to 1000 days",
    remedy: "`every`",
  },
  "an interval above 1,000 days": {
    code: "SK116",
    props: { lifetime: rotating(Duration.days(1001), Duration.hours(1), Duration.days(9)) },
    given: "1001 days",
    allowed: "4 hours to 1000 days",
    remedy: "`every`",
  },
  "an interval of a day and a half": {
    code: "SK117",
    props: { lifetime: rotating(Duration.hours(36), Duration.hours(1), Duration.days(9)) },
    given: "36 hours",
    allowed: "4 to 23 whole hours, or 1 to 1000 whole days",
    remedy: "round `every`",
  },
  "an interval of odd minutes": {
    code: "SK117",
    props: { lifetime: rotating(Duration.minutes(250), Duration.hours(1), Duration.days(9)) },
    given: "250 minutes",
    allowed: "whole hours",
    remedy: "round `every`",
  },
  "no owner": {
    code: "SK121",
    props: { owner: untyped(undefined) },
    given: "undefined",
    allowed: "e-mail",
    remedy: "`owner`",
  },
  "an owner that is no address": {
    code: "SK121",
    props: { owner: "search team" },
    given: '"search team"',
    allowed: "e-mail",
    remedy: "`owner`",
  },
  "a token as the owner": {
    code: "SK141",
    props: { owner: token("a@example.com") },
    given: "a token",
    allowed: "literal",
    remedy: "`owner`",
  },
  "an empty purpose": {
    code: "SK122",
    props: { purpose: " " },
    given: '" "',
    allowed: "1 to 256 characters",
    remedy: "`purpose`",
  },
  "a purpose that is too long": {
    code: "SK122",
    props: { purpose: "x".repeat(257) },
    given: "a text of 257 characters",
    allowed: "1 to 256 characters",
    remedy: "`purpose`",
  },
  "a token in the purpose": {
    code: "SK141",
    props: { purpose: `for ${token("x")}` },
    given: "a token",
    allowed: "literal",
    remedy: "`purpose`",
  },
  "a name that no secret can have": {
    code: "SK131",
    props: { keyName: "a key" },
    given: '"a key"',
    allowed: "1 to 64 letters",
    remedy: "`keyName`",
  },
  "a token as the name": {
    code: "SK141",
    props: { keyName: token("x") },
    given: "a token",
    allowed: "literal",
    remedy: "`keyName`",
  },
  "a KMS key by its id": {
    code: "SK154",
    props: { kmsKeyArn: "1234abcd" },
    given: '"1234abcd"',
    allowed: "arn:aws:kms:",
    remedy: "complete ARN",
  },
  "a replica in no region": {
    code: "SK158",
    props: { replicas: [{ region: "Ireland" }] },
    given: '"Ireland"',
    allowed: "eu-west-1",
    remedy: "`replicas`",
  },
  "another secret to take over": {
    code: "SK139",
    props: { existingSecretArn: "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/openai-AbCdEf" },
    given: "secret:prod/openai-AbCdEf",
    allowed: '"ai-keys/openai/summariser"',
    remedy: "`keyName`",
  },
  "a secret to take over that is no ARN": {
    code: "SK154",
    props: { existingSecretArn: "ai-keys/openai/summariser" },
    given: '"ai-keys/openai/summariser"',
    allowed: "arn:aws:secretsmanager",
    remedy: "complete ARN",
  },
  "a replica twice": {
    code: "SK158",
    props: { replicas: [{ region: "eu-west-1" }, { region: "eu-west-1" }] },
    given: '"eu-west-1"',
    allowed: "each once",
    remedy: "`replicas`",
  },
};

const seen = new Set<string>();

function expectRefusal(error: ScopedKeyError, path: string, expected: Omit<Case, "props">): void {
  seen.add(error.code);
  expect(error.code).toBe(expected.code);
  expect(error.constructPath).toBe(path);
  expect(error.given).toContain(expected.given);
  expect(error.allowed).toContain(expected.allowed);
  expect(error.remedy).toContain(expected.remedy);
  for (const part of [error.code, path, error.given, error.allowed, error.remedy])
    expect(error.message).toContain(part);
  expect(error.message.split("\n").length).toBeLessThanOrEqual(error.location === undefined ? 5 : 6);
}

describe("a key is refused for", () => {
  test.each(Object.entries(keyCases))("%s", (_, expected) => {
    // GIVEN
    const stack = newStack();
    const issuer = newIssuer(stack);
    // WHEN
    const error = refusal(() => newKey(stack, issuer, expected.props));
    // THEN
    expectRefusal(error, "ai-keys/summariser", expected);
  });

  test("an expiry above the issuer's maximum", () => {
    // GIVEN
    const stack = newStack();
    const issuer = newIssuer(stack, { maxExpiry: Duration.days(9) });
    // WHEN
    const error = refusal(() => newKey(stack, issuer));
    // THEN
    expectRefusal(error, "ai-keys/summariser", {
      code: "SK115",
      given: "10 days",
      allowed: "at most 9 days",
      remedy: "ask the owner of the issuer",
    });
  });

  test("a name that the vendor refuses", () => {
    // GIVEN
    const stack = newStack();
    const issuer = newIssuer(stack);
    Object.defineProperty(issuer, "_vendor", { value: { ...issuer._vendor, keyNamePattern: /^.{1,40}$/ } });
    // WHEN
    const error = refusal(() => newKey(stack, issuer));
    // THEN
    expectRefusal(error, "ai-keys/summariser", {
      code: "SK134",
      given: "ai-keys/openai.00000000/summariser/",
      allowed: "^.{1,40}$",
      remedy: "shorten",
    });
  });

  test("the name of another key of the issuer, also in another stack", () => {
    // GIVEN
    const app = Testing.app();
    const platform = newStack(app, "platform");
    const issuer = newIssuer(platform);
    newKey(platform, issuer);
    // WHEN
    const error = refusal(() => newKey(newStack(app, "team"), issuer));
    // THEN
    expectRefusal(error, "team/summariser", {
      code: "SK135",
      given: '"summariser", also declared at platform/summariser',
      allowed: "one key per name and issuer",
      remedy: "`keyName`",
    });
  });

  test("an imported ARN that is no secret's", () => {
    // WHEN
    const error = refusal(() =>
      ScopedKey.fromAttributes(newStack(), "other", { secretArn: "arn:aws:s3:::bucket", secretName: "x" }),
    );
    // THEN
    expectRefusal(error, "ai-keys/other", {
      code: "SK154",
      given: '"arn:aws:s3:::bucket"',
      allowed: "arn:aws:secretsmanager:",
      remedy: "complete ARN",
    });
  });

  test("a reader whose name is not known and that is no construct", () => {
    // GIVEN
    const stack = newStack();
    const key = newKey(stack, newIssuer(stack));
    // WHEN
    const error = refusal(() => key.grants.read({ roleName: new TerraformVariable(stack, "role", {}).stringValue }));
    // THEN
    expectRefusal(error, "ai-keys/summariser", { code: "SK141", given: "a token", allowed: "literal", remedy: "role" });
  });

  test("refuses rights on an issuer to what is no role", () => {
    const issuer = newIssuer(newStack());
    const error = refusal(() => issuer.grants.operate({ name: "on-call" } as unknown as IGrantee));
    expectRefusal(error, "ai-keys/openai", {
      code: "SK142",
      given: '{"name":"on-call"}',
      allowed: "`{ roleName:",
      remedy: "the role itself",
    });
  });
});

test("an issuer is refused for what another declares for the same project", () => {
  // GIVEN
  const app = Testing.app();
  const project = { models: ["gpt-5.2"] };
  newIssuer(newStack(app, "platform"), { project });
  // WHEN
  const error = refusal(() => newIssuer(newStack(app, "team"), { project }));
  // THEN
  expectRefusal(error, "team/openai", {
    code: "SK138",
    given: '"proj_abc", also declared at platform/openai',
    allowed: "one declaration for each project",
    remedy: "on one of the two issuers",
  });
});

describe("of a vendor without scopes a key is refused for", () => {
  const cases: Record<string, Case> = {
    scopes: {
      code: "SK125",
      props: { scopes: [OpenAiScope.MODELS_READ] },
      given: "`scopes`",
      allowed: "does not enforce it at all",
      remedy: "leave `scopes` out",
    },
    "an empty list of models": {
      code: "SK126",
      props: { models: [] },
      given: "0",
      allowed: "Expected >=1",
      remedy: "`models`",
    },
    "a model listed twice": {
      code: "SK126",
      props: { models: ["a/b", "a/b"] },
      given: "",
      allowed: "list a model only once",
      remedy: "`models`",
    },
    "a limit with fractions of a cent": {
      code: "SK126",
      props: { limits: { spend: Spend.perMonth(1.005) } },
      given: "1.005",
      allowed: "whole cents",
      remedy: "`limits`",
    },
    "limits without a limit": {
      code: "SK126",
      props: { limits: {} },
      given: "",
      allowed: "declare at least one limit",
      remedy: "`limits`",
    },
    "requests a minute": {
      code: "SK125",
      props: { limits: { requestsPerMinute: 60 } },
      given: "`limits.requestsPerMinute`",
      allowed: "does not enforce it at all",
      remedy: "issuer of a vendor that enforces it",
    },
    networks: {
      code: "SK125",
      props: { networks: ["203.0.113.0/24"] },
      given: "`networks`",
      allowed: "does not enforce it at all",
      remedy: "leave `networks` out",
    },
    "a token among its models": {
      code: "SK141",
      props: { models: [token("a/b")] },
      given: "a token",
      allowed: "literal",
      remedy: "`models`",
    },
  };

  test.each(Object.entries(cases))("%s", (_, expected) => {
    // GIVEN
    const stack = newStack();
    const issuer = new OpenRouterIssuer(stack, "openrouter", {
      adminKey: AdminKey.fromSecretName("ai/admin/openrouter"),
    });
    // WHEN
    const error = refusal(
      () =>
        new ScopedKey(stack, "summariser", {
          issuer,
          owner: "search-team@example.com",
          purpose: "Summaries",
          lifetime: WEEKLY,
          ...expected.props,
        }),
    );
    // THEN
    expectRefusal(error, "ai-keys/summariser", expected);
  });

  test("a workspace that has no id of one", () => {
    const adminKey = AdminKey.fromSecretName("ai/admin/openrouter");
    const error = refusal(() => new OpenRouterIssuer(newStack(), "openrouter", { adminKey, workspaceId: "main" }));
    expectRefusal(error, "ai-keys/openrouter", { code: "SK159", given: '"main"', allowed: "UUID", remedy: "settings" });
  });
});

describe("what a vendor's own settings and periods allow", () => {
  const adminKey = AdminKey.fromSecretName("ai/admin/monthly");
  class MonthlyIssuer extends KeyIssuer {
    public constructor(scope: Construct, team: string, facts: Partial<VendorDescriptor> = {}, sweepEvery?: Duration) {
      const descriptor: VendorDescriptor = { ...openRouterDescriptor, spendPeriods: ["month"], ...facts };
      super(scope, "monthly", descriptor, { team }, { adminKey, ...defined({ sweepEvery }) });
      checks.setting(this, "team", team, /^team-\d+$/, '"team-" and a number', "the team's page");
    }
  }

  test("a spend limit for a period that the vendor does not know", () => {
    const stack = newStack();
    const issuer = new MonthlyIssuer(stack, "team-1");
    const limits = { spend: Spend.perDay(5) };
    const error = refusal(
      () =>
        new ScopedKey(stack, "summariser", {
          issuer,
          owner: "search-team@example.com",
          purpose: "Summaries",
          limits,
          lifetime: WEEKLY,
        }),
    );
    expectRefusal(error, "ai-keys/summariser", {
      code: "SK127",
      given: "Spend.perDay",
      allowed: "Spend.perMonth",
      remedy: "use one of the allowed periods",
    });
  });

  test.each([
    [1, 2.5],
    [0.05, 0.14],
  ])("a spend limit between the steps of %d USD that the vendor has", (spendStepUsd, usd) => {
    const stack = newStack();
    const issuer = new MonthlyIssuer(stack, "team-1", { spendStepUsd });
    const declare = (id: string, amount: number) =>
      new ScopedKey(stack, id, {
        issuer,
        owner: "search-team@example.com",
        purpose: "Summaries",
        limits: { spend: Spend.perMonth(amount) },
        lifetime: WEEKLY,
      });
    declare("ranker", 3 * spendStepUsd);
    const error = refusal(() => declare("summariser", usd));
    expectRefusal(error, "ai-keys/summariser", {
      code: "SK126",
      given: `${usd} USD`,
      allowed: `whole multiples of ${spendStepUsd} USD`,
      remedy: "`limits.spend`",
    });
  });

  test("a second key where the vendor's account has one pair", () => {
    const stack = newStack();
    const issuer = new MonthlyIssuer(stack, "team-1", { keysMax: 1 });
    const declare = (id: string) =>
      new ScopedKey(stack, id, { issuer, owner: "search-team@example.com", purpose: "Summaries", lifetime: WEEKLY });
    declare("summariser");
    const error = refusal(() => declare("ranker"));
    expectRefusal(error, "ai-keys/ranker", {
      code: "SK137",
      given: "ai-keys/summariser",
      allowed: "1 for each issuer",
      remedy: "issuer with its own account",
    });
  });

  test("where people mint, an interval renders no rotation: it is what they are reminded by", () => {
    const stack = newStack();
    const issuer = new MonthlyIssuer(stack, "team-1", { strategy: "manual" });
    new ScopedKey(stack, "summariser", {
      issuer,
      owner: "search-team@example.com",
      purpose: "Summaries",
      lifetime: WEEKLY,
    });
    const { resource } = render(stack);
    expect(Object.keys(resource)).not.toContain("aws_secretsmanager_secret_rotation");
    expect(only(resource["aws_secretsmanager_secret"])["description"]).toContain(
      "Due for rotation by a person every 7 days",
    );
  });

  test("a sweep that comes too late for values that are replaced in place", () => {
    const inPlace = { strategy: "in_place", grace: { minSeconds: 60, maxSeconds: 600_000 } } as const;
    const error = refusal(() => new MonthlyIssuer(newStack(), "team-1", inPlace, Duration.hours(2)));
    expectRefusal(error, "ai-keys/monthly", {
      code: "SK156",
      given: "2 hours",
      allowed: "5 minutes to 1 hour",
      remedy: "`sweepEvery`",
    });
  });

  test.each([
    ["malformed", "main", '"main"', "copy it from the team's page"],
    ["missing", untyped<string>(undefined), "undefined", "environment variable"],
  ])("a %s setting of an issuer", (_, team, given, remedy) => {
    const error = refusal(() => new MonthlyIssuer(newStack(), team));
    expectRefusal(error, "ai-keys/monthly", { code: "SK150", given, allowed: '"team-" and a number', remedy });
  });
});

interface IssuerCase extends Omit<Case, "props"> {
  readonly props: Partial<OpenAiIssuerProps>;
}

const issuerCases: Record<string, IssuerCase> = {
  "a malformed prefix": {
    code: "SK132",
    props: { prefix: "ai keys" },
    given: '"ai keys"',
    allowed: "1 to 4 segments",
    remedy: "`prefix`",
  },
  "a token as the prefix": {
    code: "SK141",
    props: { prefix: token("x") },
    given: "a token",
    allowed: "literal",
    remedy: "`prefix`",
  },
  "a prefix that makes a function's name too long": {
    code: "SK133",
    props: { prefix: `${"p".repeat(30)}/${"q".repeat(30)}` },
    given: "72 characters",
    allowed: "at most 64 characters",
    remedy: "by 8",
  },
  "a project id that was never set": {
    code: "SK151",
    props: { projectId: untyped(undefined) },
    given: "undefined",
    allowed: '"proj_"',
    remedy: "environment variable",
  },
  "a malformed project id": {
    code: "SK151",
    props: { projectId: "my project" },
    given: '"my project"',
    allowed: '"proj_"',
    remedy: "project's settings",
  },
  "a base URL that is not the vendor's": {
    code: "SK152",
    props: { baseUrl: "https://api.openai.com.example.com/v1" },
    given: '"https://api.openai.com.example.com/v1"',
    allowed: "https://api.openai.com/v1",
    remedy: "`baseUrl`",
  },
  "an admin key among its own secrets": {
    code: "SK153",
    props: { adminKey: AdminKey.fromSecretName("ai-keys/openai/admin") },
    given: '"ai-keys/openai/admin"',
    allowed: '"ai-keys/openai/"',
    remedy: "under another secret name",
  },
  "an observer's admin key among its own secrets, by ARN": {
    code: "SK153",
    props: {
      observerAdminKey: AdminKey.fromSecretArn(
        "arn:aws:secretsmanager:us-east-1:111122223333:secret:ai-keys/openai/admin-AbCdEf",
      ),
    },
    given: '"ai-keys/openai/admin"',
    allowed: '"ai-keys/openai/"',
    remedy: "under another secret name",
  },
  "an admin key's ARN without its six characters": {
    code: "SK154",
    props: { adminKey: AdminKey.fromSecretArn("arn:aws:secretsmanager:us-east-1:111122223333:secret:admin") },
    given: "secret:admin",
    allowed: "arn:aws:secretsmanager:",
    remedy: "complete ARN",
  },
  "an admin key's KMS key by its id": {
    code: "SK154",
    props: { adminKey: AdminKey.fromSecretName("admin", { kmsKeyArn: "k1" }) },
    given: "2 characters, not shown",
    allowed: "arn:aws:kms:",
    remedy: "complete ARN",
  },
  "an alert topic by its name": {
    code: "SK154",
    props: { alertTopicArn: "alerts" },
    given: '"alerts"',
    allowed: "arn:aws:sns:",
    remedy: "complete ARN",
  },
  "an admin key's value in the place of its secret's name": {
    code: "SK160",
    props: { adminKey: AdminKey.fromSecretName("sk-admin-q8Zt3LxV0cYw7PzKd5Rb2HnM") },
    given: "a text of 33 characters, not shown",
    allowed: "Secrets Manager alone",
    remedy: "AdminKey.fromSecretName",
  },
  "an admin key's malformed secret name": {
    code: "SK155",
    props: { adminKey: AdminKey.fromSecretName("my admin key") },
    given: "a text of 12 characters, not shown",
    allowed: "1 to 512",
    remedy: "AdminKey.fromSecretArn",
  },
  "a token as the admin key's secret name": {
    code: "SK141",
    props: { adminKey: AdminKey.fromSecretName(token("x")) },
    given: "a token",
    allowed: "literal",
    remedy: "`adminKey`",
  },
  "no admin calls": {
    code: "SK156",
    props: { adminCallsPerMinute: 0 },
    given: "0",
    allowed: "1 to 600",
    remedy: "`adminCallsPerMinute`",
  },
  "a retention that CloudWatch does not have": {
    code: "SK156",
    props: { logs: { retentionDays: 100 } },
    given: "100",
    allowed: "90, 120",
    remedy: "`logs.retentionDays`",
  },
  "a sweep every second": {
    code: "SK156",
    props: { sweepEvery: Duration.seconds(1) },
    given: "1 second",
    allowed: "5 minutes to 1 day",
    remedy: "`sweepEvery`",
  },
  "a network without security groups": {
    code: "SK157",
    props: { network: { subnetIds: ["subnet-1"], securityGroupIds: [] } },
    given: "empty list",
    allowed: "one security group",
    remedy: "`network`",
  },
  "a maximum of no time": {
    code: "SK111",
    props: { maxExpiry: Duration.days(0) },
    given: "0",
    allowed: "above 0",
    remedy: "`maxExpiry`",
  },
};

describe("an issuer is refused for", () => {
  test.each(Object.entries(issuerCases))("%s", (_, expected) => {
    // GIVEN
    const stack = newStack();
    // WHEN
    const error = refusal(() => newIssuer(stack, expected.props));
    // THEN
    expectRefusal(error, "ai-keys/openai", expected);
  });

  test.each([
    ["the same prefix", "ai-keys/openai"],
    ["a prefix inside another's", "ai-keys/openai/batch"],
    ["a prefix around another's", "ai-keys"],
    ["a prefix that makes the same function names", "ai-keys-openai"],
  ])("%s", (_, prefix) => {
    // GIVEN
    const app = Testing.app();
    newIssuer(newStack(app));
    // WHEN
    const error = refusal(() => newIssuer(newStack(app, "other"), { prefix }));
    // THEN
    expectRefusal(error, "other/openai", {
      code: "SK136",
      given: `"${prefix}", beside "ai-keys/openai" at ai-keys/openai`,
      allowed: "differ and do not contain each other",
      remedy: "`prefix`",
    });
  });

  test("code that was not built", () => {
    // GIVEN
    const stack = newStack();
    // WHEN
    const error = refusal(() => functionCode(new Construct(stack, "fn"), "no-such-vendor", "controller"));
    // THEN
    expectRefusal(error, "ai-keys/fn", {
      code: "SK161",
      given: "lib/lambda/no-such-vendor/controller.zip",
      allowed: "built",
      remedy: "npm run build",
    });
  });

  test.each([
    ["other code", "openai", () => zipSync({ "index.js": Buffer.from("exports.handler = () => {};") })],
    ["another vendor's code", "openai", () => readFileSync(join(LAMBDAS, "groq", "controller.zip"))],
  ])("%s in the package", (_, vendor, zip) => {
    // GIVEN
    const root = mkdtempSync(join(tmpdir(), "package-"));
    mkdirSync(join(root, "lib", "lambda", vendor), { recursive: true });
    writeFileSync(join(root, "lib", "lambda", vendor, "controller.zip"), zip());
    // WHEN
    const error = refusal(() => functionCode(new Construct(newStack(), "fn"), vendor, "controller", root));
    // THEN
    rmSync(root, { recursive: true });
    expectRefusal(error, "ai-keys/fn", {
      code: "SK360",
      given: "controller.zip with SHA-256 ",
      allowed: "lib/lambda/hashes.json",
      remedy: "reinstall",
    });
  });
});

describe("readers are refused for", () => {
  test("an ARN in the place of a role's name", () => {
    const stack = newStack();
    const readers = Readers.declaredOnly({ breakGlass: ["arn:aws:iam::111122223333:role/on-call"] });
    expectRefusal(
      refusal(() => newKey(stack, newIssuer(stack), { readers })),
      "ai-keys/summariser",
      {
        code: "SK163",
        given: "on-call",
        allowed: "without path or ARN",
        remedy: "name that IAM shows",
      },
    );
  });

  test("their number", () => {
    const stack = newStack();
    const readers = Readers.declaredOnly({ elsewhere: Array.from({ length: 61 }, (_, at) => `role-${at}`) });
    newKey(stack, newIssuer(stack), { readers });
    const error = refusal(() => render(stack));
    expect(error.code).toBe("SK164");
    expectRefusal(error, "ai-keys/summariser", {
      code: "SK164",
      given: "61 roles",
      allowed: "at most 60",
      remedy: "share a role",
    });
  });
});

test("a role that reads more keys than its policies have room for is refused", () => {
  const stack = newStack();
  const secretArn = (at: number) =>
    `arn:aws:secretsmanager:us-east-1:111122223333:secret:${"x".repeat(400)}/${at}-AbCdEf`;
  const keys = Array.from({ length: 200 }, (_, at) =>
    ScopedKey.fromAttributes(stack, `k${at}`, { secretArn: secretArn(at), secretName: `${"x".repeat(400)}/${at}` }),
  );
  const error = refusal(() => {
    for (const key of keys) key.grants.read({ roleName: "app" });
  });
  expectRefusal(error, error.constructPath, {
    code: "SK168",
    given: "keys in this stack",
    allowed: "8 managed policies",
    remedy: "its own role",
  });
});

test("keys in another region than their issuer are refused", () => {
  const app = Testing.app();
  const stack = new TerraformStack(app, "europe");
  newKey(stack, newIssuer(newStack(app)));
  new AwsProvider(stack, "aws", { region: "eu-west-1" });
  expectRefusal(
    refusal(() => render(stack)),
    "europe",
    {
      code: "SK169",
      given: '"eu-west-1", and "us-east-1"',
      allowed: "account and region of their issuer",
      remedy: "replicas",
    },
  );
});

test.each<[string, Partial<ScopedKeyProps>, string | undefined]>([
  ["a secret", { kmsKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/k" }, "SK154"],
  [
    "a replica",
    { replicas: [{ region: "eu-west-1", kmsKeyArn: "arn:aws:kms:us-east-1:111122223333:key/k" }] },
    "SK154",
  ],
  ["a replica at home", { replicas: [{ region: "us-east-1" }] }, "SK158"],
  ["a secret, known later", { kmsKeyArn: token("arn:aws:kms:eu-west-1:111122223333:key/k") }, undefined],
  ["a secret of another account", { kmsKeyArn: "arn:aws:kms:us-east-1:444455556666:key/k" }, undefined],
])("of %s the region of its KMS key and its own have to fit: %j", (_, props, code) => {
  // GIVEN a provider that is declared after the key
  const stack = new TerraformStack(Testing.app(), "ai-keys");
  const synthesise = () => {
    newKey(stack, newIssuer(stack), props);
    new AwsProvider(stack, "aws", { region: "us-east-1" });
    return render(stack);
  };
  // WHEN, THEN
  if (code === undefined) {
    expect(synthesise).not.toThrow();
    return;
  }
  const error = refusal(synthesise);
  seen.add(error.code);
  expect(error.code).toBe(code);
});

test("an alias of a KMS key is refused", () => {
  const stack = newStack();
  const kmsKeyArn = "arn:aws:kms:eu-west-1:111122223333:alias/ai-keys";
  expectRefusal(
    refusal(() => newKey(stack, newIssuer(stack), { kmsKeyArn })),
    "ai-keys/summariser",
    {
      code: "SK167",
      given: "alias/ai-keys",
      allowed: ":key/",
      remedy: "target_key_arn",
    },
  );
});

describe("an address", () => {
  test("is refused where the program sets another", () => {
    const stack = newStack();
    const secret = newKey(stack, newIssuer(stack)).node.findChild("secret");
    expectRefusal(
      refusal(() => untyped<TerraformElement>(secret).overrideLogicalId("mine")),
      "ai-keys/summariser/secret",
      {
        code: "SK165",
        given: "overrideLogicalId",
        allowed: "aws_secretsmanager_secret.summariser_secret_",
        remedy: "moveFrom",
      },
    );
  });

  test("is refused where a key cannot have come from it", () => {
    const stack = newStack();
    const key = newKey(stack, newIssuer(stack));
    expectRefusal(
      refusal(() => key.moveFrom("aws_iam_role.app")),
      "ai-keys/summariser",
      {
        code: "SK166",
        given: '"aws_iam_role.app"',
        allowed: "the address of its secret",
        remedy: "terraform state list",
      },
    );
  });
});

describe("a tag of the library's own", () => {
  test.each(["scoped-keys:issuer", "Scoped-Keys:Issuer", "scoped-keys:other"])("is refused: %s", (name) => {
    const stack = newStack();
    const error = refusal(() => newKey(stack, newIssuer(stack), { tags: { [name]: "other/openai" } }));
    expectRefusal(error, "ai-keys/summariser", {
      code: "SK162",
      given: name,
      allowed: "do not start with",
      remedy: "another name",
    });
  });
});

const OUTPUT = "scoped_keys_guardrails";
const LAMBDAS = join(__dirname, "../../lib/lambda");

describe("refused of guardrails are", () => {
  test.each([
    ["an override of it", (stack: TerraformStack) => stack.addOverride(`output.${OUTPUT}.value`, { guardrails: [] })],
    ["an override of all outputs", (stack: TerraformStack) => stack.addOverride("output", { [OUTPUT]: { value: {} } })],
    ["an output of its name", (stack: TerraformStack) => new TerraformOutput(stack, OUTPUT, { value: "none" })],
  ])("who writes their output, by %s, with guardrails and without", (_, write) => {
    for (const guarded of [true, false]) {
      // GIVEN
      const stack = newStack();
      newKey(stack, newIssuer(stack));
      if (guarded) KeyGuardrails.of(stack).add(Guardrail.expiryMaximum(Duration.days(30)));
      write(stack);
      // THEN
      const error = refusal(() => Testing.synth(stack, true));
      expectRefusal(error, "ai-keys", {
        code: "SK361",
        given: "override",
        allowed: "synthesis computes",
        remedy: "KeyGuardrails.of",
      });
    }
  });

  const EXCEPTION = {
    rule: "spend-limit-required",
    key: "ai-keys/openai/summariser",
    reason: "The vendor has no such limit.",
    approver: "security@example.com",
    until: "2027-03-31",
  };

  test("what breaks one", () => {
    // GIVEN
    const stack = newStack();
    newKey(stack, newIssuer(stack));
    KeyGuardrails.of(stack).add(Guardrail.kmsKeyRequired());
    // WHEN
    const error = refusal(() => render(stack));
    // THEN
    seen.add(error.code);
    expect([error.code, error.constructPath]).toEqual(["SK176", "ai-keys"]);
    expect(error.given).toContain("- ai-keys/openai/summariser (ai-keys/summariser): it has no `kmsKeyArn`");
    expect(error.remedy).toContain("`KeyGuardrails.of(…).except(…)`");
  });

  const own = { id: "own", why: "Because.", remedy: "change it", check: () => undefined };
  test.each<[string, () => Guardrail, string, string]>([
    ["a pattern that is none", () => Guardrail.ownerMatches("["), '"["', "a regular expression"],
    ["an empty pattern", () => Guardrail.ownerMatches(""), '""', "a regular expression"],
    [
      "bounds the wrong way round",
      () => Guardrail.overlapBounds({ min: Duration.days(2), max: Duration.days(1) }),
      '"2 days to 1 day"',
      "not above `max`",
    ],
    ["no vendors", () => Guardrail.vendorsAllowed(), "[]", "at least one"],
    ["a vendor by its display name", () => Guardrail.vendorsAllowed("OpenAI"), '"OpenAI"', "ids of vendors"],
    ["a vendor of models by its name", () => Guardrail.modelsAllowed({ "Open AI": ["*"] }), '"Open AI"', "ids"],
    ["a scope with a blank", () => Guardrail.scopesAllowed({ openai: ["a b"] }), '"a b"', "without blanks"],
    ["an account that is none", () => Guardrail.noForeignReaders("12345"), '"12345"', "12 digits"],
    ["a region that is none", () => Guardrail.replicasAllowed("Ireland"), '"Ireland"', '"eu-west-1"'],
    ["a token", () => Guardrail.replicasAllowed(token("eu-west-1")), "${TfToken", '"eu-west-1"'],
    ["an environment with blanks", () => Guardrail.adminKeyApart("the rest"), '"the rest"', "letters"],
    ["the id of a rule of the library", () => Guardrail.custom({ ...own, id: "owner-matches" }), '"owner-m', "own"],
    ["an id that is none", () => Guardrail.custom({ ...own, id: "My rule" }), '"My rule"', "lower-case"],
    ["a rule that does not say why", () => Guardrail.custom({ ...own, why: " " }), '" "', "`why`"],
  ])("%s", (_, guardrail, given, allowed) => {
    const error = refusal(() => KeyGuardrails.of(newStack()).add(guardrail()));
    expectRefusal(error, "ai-keys/key-guardrails", { code: "SK177", given, allowed, remedy: "declared with" });
  });

  test("an environment without a name", () => {
    const error = refusal(() => KeyGuardrails.of(newStack()).inEnvironment(""));
    expectRefusal(error, "ai-keys/key-guardrails", {
      code: "SK177",
      given: '""',
      allowed: "1 to 64",
      remedy: "correct",
    });
  });

  test.each<[keyof typeof EXCEPTION, string, string]>([
    ["rule", "", "spend-limit-required"],
    ["rule", "exception-expired", "or a guardrail of your own"],
    ["key", "", "the name of a key's secret"],
    ["reason", " ", "a sentence"],
    ["approver", "the boss", "e-mail address"],
    ["until", "31.3.2027", "a day such as 2027-03-31"],
    ["until", "2027-02-29", "a day such as 2027-03-31"],
    ["until", "2027-13-01", "a day such as 2027-03-31"],
  ])("an exception with the %s %j", (prop, value, allowed) => {
    const error = refusal(() => KeyGuardrails.of(newStack()).except({ ...EXCEPTION, [prop]: value }));
    const given = JSON.stringify(value);
    expectRefusal(error, "ai-keys/key-guardrails", { code: "SK178", given, allowed, remedy: `\`${prop}\`` });
  });

  test("an exception that is declared twice", () => {
    const guardrails = KeyGuardrails.of(newStack());
    guardrails.except(EXCEPTION);
    const error = refusal(() => guardrails.except({ ...EXCEPTION, until: "2028-01-01" }));
    const given = "ai-keys/openai/summariser, twice for spend-limit-required";
    expectRefusal(error, "ai-keys/key-guardrails", { code: "SK178", given, allowed: "one exception", remedy: "`key`" });
  });

  test("a token in an exception", () => {
    const error = refusal(() => KeyGuardrails.of(newStack()).except({ ...EXCEPTION, key: token("ai-keys/x") }));
    expectRefusal(error, "ai-keys/key-guardrails", {
      code: "SK141",
      given: "a token",
      allowed: "a literal value",
      remedy: "`key`",
    });
  });
});

describe("a custom issuer is refused for", () => {
  const files = new AdapterFiles();
  afterAll(() => files.remove());
  const esModule = files.write("export const vendor = {};");
  const withPackage = files.write('require("valibot");');
  const empty = files.write("");
  const strange = files.write(adapterSource({}, DESCRIPTOR.replace('"additive"', '"twice"')));
  const withValue = files.write(adapterSource({}, DESCRIPTOR, 'const key = "sk-proj-9fK2mQ7xTz4LbV8cN1wR5yJ3";'));
  const openAi = files.write(adapterSource({}, DESCRIPTOR.replace('"acme"', '"openai"')));

  test.each<[string, string, Omit<Case, "props">]>([
    [
      "no adapter file",
      "no/such/adapter.js",
      { code: "SK171", given: '"no/such/adapter.js"', allowed: "1048576 bytes", remedy: "bundle" },
    ],
    ["an ES module", esModule, { code: "SK172", given: esModule, allowed: "CommonJS", remedy: "--format=cjs" }],
    [
      "an adapter that needs a package",
      withPackage,
      { code: "SK172", given: withPackage, allowed: "Node", remedy: "--bundle" },
    ],
    [
      "a file without a vendor",
      empty,
      { code: "SK173", given: empty, allowed: "export const vendor", remedy: "custom.md" },
    ],
    ["a malformed descriptor", strange, { code: "SK173", given: strange, allowed: "descriptor", remedy: "custom.md" }],
    [
      "the id of a vendor that is known",
      openAi,
      { code: "SK174", given: '"openai"', allowed: "id", remedy: "issuer of OpenAI" },
    ],
    [
      "a key's value in its file",
      withValue,
      { code: "SK180", given: "not shown", allowed: "without values", remedy: "replace that key" },
    ],
    [
      "a token as its file",
      token("adapter.js"),
      { code: "SK141", given: "a token", allowed: "literal", remedy: "`adapter`" },
    ],
  ])("%s", (_, path, expected) => {
    // GIVEN
    const stack = newStack();
    const adapter = CustomAdapter.fromFile(path);
    // WHEN
    const error = refusal(
      () => new CustomIssuer(stack, "acme", { adapter, adminKey: AdminKey.fromSecretName("ai/admin/acme") }),
    );
    // THEN
    expectRefusal(error, "ai-keys/acme", expected);
  });

  test.each<[string, string | undefined, string, Omit<Case, "props">]>([
    [
      "no admin key",
      undefined,
      "additive",
      { code: "SK175", given: "no admin key", allowed: "one", remedy: "set `adminKey`" },
    ],
    [
      "an admin key that nobody reads",
      "ai/admin/acme",
      "manual",
      { code: "SK175", given: "an admin key", allowed: "none", remedy: "leave `adminKey` out" },
    ],
  ])("%s", (_, secret, strategy, expected) => {
    // GIVEN
    const stack = newStack();
    const facts = strategy === "manual" ? '"manual", adminKey: "none"' : '"additive"';
    const adapter = CustomAdapter.fromFile(files.write(adapterSource({}, DESCRIPTOR.replace('"additive"', facts))));
    // WHEN
    const error = refusal(
      () =>
        new CustomIssuer(stack, "acme", {
          adapter,
          ...(secret === undefined ? {} : { adminKey: AdminKey.fromSecretName(secret) }),
        }),
    );
    // THEN
    expectRefusal(error, "ai-keys/acme", expected);
  });
});

describe("a file of keys is refused for", () => {
  const folder = mkdtempSync(join(tmpdir(), "errors-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const layer = "defaults: { issuer: openai, owner: a@example.com, lifetime: { after: 7 days } }\n";

  const cases: Record<
    string,
    Omit<Case, "props"> & { readonly content: string | Buffer; readonly at: readonly number[] }
  > = {
    "bytes that are no text": {
      code: "SK181",
      content: Buffer.from([0xff]),
      at: [],
      given: "not UTF-8",
      allowed: "a text in UTF-8",
      remedy: "`file`",
    },
    "what is no YAML": {
      code: "SK182",
      content: "keys:\n  a: *b",
      at: [2, 6],
      given: '"*b"',
      allowed: "YAML 1.2",
      remedy: "`defaults`",
    },
    "an unknown field": {
      code: "SK183",
      content: "keys: { a: { purpos: x } }",
      at: [1, 14],
      given: '"purpos"',
      allowed: "purpose, issuer, owner",
      remedy: "write `purpose`",
    },
    "a malformed field": {
      code: "SK184",
      content: "keys: { a: { purpose: 12 } }",
      at: [1, 23],
      given: "12",
      allowed: "1 to 256 characters",
      remedy: "`keys.a.purpose`",
    },
    "a field that is missing": {
      code: "SK185",
      content: `${layer.replace("owner: a@example.com, ", "")}keys:\n  a: { purpose: x }`,
      at: [3, 3],
      given: 'the key "a"',
      allowed: "`owner`",
      remedy: "add `owner`",
    },
    "an issuer that the program does not have": {
      code: "SK186",
      content: `${layer.replace("openai", "open-ai")}keys: { a: { purpose: x } }`,
      at: [1, 21],
      given: '"open-ai"',
      allowed: "openai",
      remedy: 'write "openai"',
    },
  };

  test.each(Object.entries(cases))("%s", (_, { content, at, ...expected }) => {
    // GIVEN
    const file = join(folder, `${expected.code}.yaml`);
    writeFileSync(file, content);
    const stack = newStack();
    const openai = newIssuer(stack);
    // WHEN
    const error = refusal(() => ScopedKeys.fromFile(stack, "keys", { file, issuers: { openai } }));
    // THEN
    expectRefusal(error, "ai-keys/keys", expected);
    const [line, column] = at;
    expect(error.location).toEqual({ file, ...(line === undefined ? {} : { line, column }) });
    expect(error.message).toContain(`  in:      ${[file, ...at].join(":")}\n`);
  });
});

describe("taken are", () => {
  test("tokens where Terraform may learn the value later", () => {
    // GIVEN
    const stack = newStack();
    const admin = new DataAwsSecretsmanagerSecret(stack, "admin", { name: "ai/admin/openai" });
    // WHEN
    const declare = () =>
      newIssuer(stack, {
        projectId: new TerraformVariable(stack, "project", {}).stringValue,
        adminKey: AdminKey.fromSecretArn(admin.arn),
      });
    // THEN
    expect(declare).not.toThrow();
  });

  test("custom scopes, also wildcards", () => {
    // GIVEN
    const stack = newStack();
    // THEN
    expect(() =>
      newKey(stack, newIssuer(stack), { scopes: [OpenAiScope.custom("api.all.read"), OpenAiScope.custom("api.new")] }),
    ).not.toThrow();
  });

  test("an overlap of 0", () => {
    // GIVEN
    const stack = newStack();
    const lifetime = rotating(Duration.days(1), Duration.hours(0), Duration.days(3));
    // THEN
    expect(() => newKey(stack, newIssuer(stack), { lifetime })).not.toThrow();
  });
});

describe("an issuer of another app", () => {
  const imported = (stack: TerraformStack, id = "shared", more = {}) =>
    OpenAiIssuer.fromAttributes(stack, id, { prefix: "platform/openai", ...more });

  test("is refused where its stack imports it twice", () => {
    const stack = newStack();
    newKey(stack, imported(stack));
    const again = imported(stack, "again");
    const error = refusal(() => newKey(stack, again, {}, "ranker"));
    expectRefusal(error, "ai-keys/ranker", {
      code: "SK267",
      given: '"platform/openai", also through ai-keys/shared',
      allowed: "one construct",
      remedy: "import the issuer once",
    });
  });

  test("is refused where the app declares it", () => {
    const stack = newStack();
    imported(stack);
    newIssuer(stack, { prefix: "platform/openai" });
    expectRefusal(
      refusal(() => Testing.synth(stack, true)),
      "ai-keys/shared",
      { code: "SK245", given: '"platform/openai"', allowed: "other apps", remedy: "ai-keys/openai itself" },
    );
  });

  test("is refused where it is none", () => {
    const stack = newStack();
    const error = refusal(() => newKey(stack, stack as unknown as IKeyIssuer));
    expectRefusal(error, "ai-keys/summariser", {
      code: "SK259",
      given: "the construct ai-keys",
      allowed: "fromAttributes",
      remedy: "declare the issuer",
    });
  });

  test("is refused with what its own app says of it", () => {
    const error = refusal(() => imported(newStack(), "shared", { sweepEvery: Duration.hours(1) }));
    expectRefusal(error, "ai-keys/shared", {
      code: "SK260",
      given: '"sweepEvery"',
      allowed: "prefix, controllerRoleArn",
      remedy: "the app that declares the issuer",
    });
  });
});

test("what a plan with another state is refused with is in the plan's own words", () => {
  const error = factories.keyOfAnotherState(new Construct(newStack(), "summariser"), "ai-keys/openai/summariser");
  expectRefusal(error, "ai-keys/summariser", {
    code: "SK170",
    given: "ai-keys/openai/summariser",
    allowed: "no state has",
    remedy: "terraform import",
  });
});

describe("documentation", () => {
  const documented = readFileSync(join(__dirname, "..", "..", "docs", "errors.md"), "utf8");

  /** Codes of all factories, made with arguments that fit any of them. */
  function codesOfFactories(): string[] {
    const at = new Construct(newStack(), "any");
    const any = Object.assign(["x"], { every: "", overlap: "", margin: "", expiry: "", least: "", length: 1 });
    return Object.values(factories)
      .filter((factory) => factory !== ScopedKeyError)
      .map((factory) => untyped<(...args: unknown[]) => ScopedKeyError>(factory)(at, any, any, any, any).code);
  }

  test("has a section for each code of synthesis, and for no other", () => {
    const synthesis = [...documented.matchAll(/^### (SK1\d\d|SK245|SK259|SK26[07]|SK36[01])\b/gm)].map(
      (match) => match[1],
    );
    expect(synthesis.sort()).toEqual(codesOfFactories().sort());
  });

  test("no code is used twice, and each is provoked by a test above", () => {
    const codes = codesOfFactories();
    expect(new Set(codes).size).toBe(codes.length);
    expect([...seen].sort()).toEqual(codes.sort());
  });
});
