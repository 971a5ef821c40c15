import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { type App, TerraformStack, Testing } from "cdktf";
import * as constructs from "../../constructs";
import {
  CustomAdapter,
  CustomIssuer,
  DriftDetection,
  Duration,
  Guardrail,
  type IKeyIssuer,
  type IssuerAttributes,
  KeyGuardrails,
  OpenAiIssuer,
  OpenAiScope,
  Readers,
  ScopedKey,
  ScopedKeys,
  Severity,
} from "../../constructs";
import { vendorDescriptors } from "../../src/vendors/descriptors";
import { AdapterFiles, adapterSource } from "../custom/support";
import { notes } from "./guardrails/support";
import { type Block, inline, newIssuer, newStack, only, plain, refusal, render, WEEKLY } from "./support";

const PREFIX = "platform/openai";

const imported = (stack: TerraformStack, attributes: Partial<IssuerAttributes> = {}, id = "openai") =>
  OpenAiIssuer.fromAttributes(stack, id, { prefix: PREFIX, ...attributes });

const declareKey = (stack: TerraformStack, issuer: IKeyIssuer, id = "summariser", expiry = WEEKLY) =>
  new ScopedKey(stack, id, {
    issuer,
    owner: "search-team@example.com",
    purpose: "Summaries on the results page",
    scopes: [OpenAiScope.MODELS_READ],
    lifetime: expiry,
  });

/** A stack of an app of its own, with one key of an imported issuer. */
function search(attributes: Partial<IssuerAttributes> = {}): TerraformStack {
  const stack = newStack(Testing.app(), "search");
  declareKey(stack, imported(stack, attributes));
  return stack;
}

/** The same key in a stack of the issuer's own app. */
function sameApp(props: Parameters<typeof newIssuer>[1] = {}) {
  const app = Testing.app();
  const platform = newStack(app, "platform");
  const issuer = newIssuer(platform, props);
  const stack = newStack(app, "search");
  declareKey(stack, issuer);
  return { stack, platform, issuer };
}

describe("an issuer of another app", () => {
  test("mints the same as it does for another stack of its own app: each resource of the key is equal", () => {
    // GIVEN
    const here = render(search());
    const there = render(sameApp().stack);
    // THEN
    const types = ["aws_secretsmanager_secret", "aws_lambda_invocation", "aws_secretsmanager_secret_rotation"];
    const keyOf = ({ resource }: { resource: Record<string, Block> }) => types.map((type) => [type, resource[type]]);
    expect(keyOf(here)).toEqual(keyOf(there));
    expect(Object.keys(here.resource).sort()).toEqual([...types].sort());
    const { locals } = here;
    for (const [name, value] of Object.entries(there.locals)) {
      if (!name.includes("_observer_")) expect([name, locals[name]]).toEqual([name, value]);
    }
    // A token of the other stack there, a text here.
    const observer = Object.entries(locals).find(([name]) => name.includes("_observer_"))?.[1] ?? "";
    expect(plain(observer)).toBe("arn:PARTITION:lambda:REGION:ACCOUNT:function:platform-openai-observer");
    expect(here.check).toEqual(there.check);
  });

  test("renders nothing until a key names it", () => {
    const stack = newStack(Testing.app(), "search");
    imported(stack);
    expect(render(stack).resource).toBeUndefined();
  });

  test("asks no other stack of the app to be deployed first", () => {
    const app = Testing.app();
    const shared = newStack(app, "shared");
    const issuer = imported(shared);
    const stack = newStack(app, "search");
    declareKey(stack, issuer);
    expect(stack.dependencies).toEqual([]);
    expect(only(render(stack).resource["aws_lambda_invocation"]).function_name).toBe("platform-openai-controller");
  });

  test("has a controller whose role may be called otherwise", () => {
    const controllerRoleArn = "arn:aws:iam::111122223333:role/platform/keys-controller";
    const rendered = render(search({ controllerRoleArn }));
    const { policy } = only(rendered.resource["aws_secretsmanager_secret"]);
    expect(inline(rendered, policy)).toContain(`"${controllerRoleArn}"`);
    // Without it, the role that the library names.
    const { platform, issuer } = sameApp();
    expect(plain(issuer.controllerRoleArn)).toMatch(/TfToken/);
    expect(Object.keys(render(platform).resource)).toContain("aws_iam_role");
  });

  test("is asked by no plan where its app has drift detection off", () => {
    const rendered = render(search({ drift: DriftDetection.off() }));
    expect(rendered.check).toBeUndefined();
    expect(only(rendered.resource["aws_lambda_invocation"]).input).toContain('"repair":"none"');
  });

  test("sets bounds of this app: who reads, and how long keys live", () => {
    const readers = Readers.declaredOnly({ elsewhere: ["batch"] });
    const rendered = render(search({ readers }));
    expect(only(rendered.resource["aws_secretsmanager_secret"]).policy).toContain("role/batch");
    expect(refusal(() => search({ maxExpiry: Duration.days(5) })).code).toBe("SK115");
  });

  test("mints keys that a file declares", () => {
    const file = join(mkdtempSync(join(tmpdir(), "keys-")), "keys.yaml");
    writeFileSync(
      file,
      `keys:
  summariser:
    issuer: ours
    owner: search-team@example.com
    purpose: Summaries on the results page
    scopes: [api.model.read]
    lifetime: { every: 7 days, overlap: 24 hours, expiry: 10 days }
`,
    );
    const stack = newStack(Testing.app(), "search");
    const keys = ScopedKeys.fromFile(stack, "keys", { file, issuers: { ours: imported(stack) } });
    expect(keys.key("summariser").secretName).toBe(`${PREFIX}/summariser`);
  });

  test("can be of every vendor of the library", () => {
    const stack = newStack(Testing.app(), "search");
    const found = Object.values(constructs)
      .filter((each): each is typeof OpenAiIssuer => typeof each === "function" && "fromAttributes" in each)
      .filter((each) => (each as unknown) !== ScopedKey && (each as unknown) !== CustomIssuer)
      .map(
        (issuer, at) => issuer.fromAttributes(stack, `issuer-${at}`, { prefix: `platform/vendor-${at}` })._vendor.id,
      );
    expect(found.sort()).toEqual(vendorDescriptors.map(({ id }) => id).sort());
  });
});

describe("an issuer of another app is refused", () => {
  test("where a stack imports it twice, and not where two stacks do", () => {
    const app = Testing.app();
    const stack = newStack(app, "search");
    const once = imported(stack);
    declareKey(stack, once);
    const twice = imported(stack, {}, "again");
    const error = refusal(() => declareKey(stack, twice, "ranker"));
    expect([error.code, error.given]).toEqual(["SK267", `"${PREFIX}", also through search/openai`]);
    const other = newStack(app, "shop");
    declareKey(other, imported(other));
    expect(() => render(other)).not.toThrow();
  });

  test.each([
    ["itself", PREFIX],
    ["one inside its prefix", "platform"],
    ["one of the same functions", "Platform-OpenAI"],
  ])("where the app declares %s, also later, and not in another region", (_, prefix) => {
    // GIVEN
    const app = Testing.app();
    const stack = newStack(app, "search");
    declareKey(stack, imported(stack));
    const issuer = newIssuer(newStack(app, "platform"), { prefix });
    // WHEN
    const error = refusal(() => render(stack));
    // THEN
    expect([error.code, error.constructPath]).toEqual(["SK245", "search/openai"]);
    expect(error.remedy).toContain(issuer.node.path);
    // AND
    const apart = Testing.app();
    const here = newStack(apart, "search");
    declareKey(here, imported(here));
    const europe = new TerraformStack(apart, "europe");
    new AwsProvider(europe, "aws", { region: "eu-west-1" });
    newIssuer(europe, { prefix });
    expect(() => render(here)).not.toThrow();
  });

  test.each<[string, (stack: TerraformStack) => unknown, string]>([
    ["a queue", (stack) => new SqsQueue(stack, "queue", {}), "the construct search/queue"],
    ["a text", () => PREFIX, `"${PREFIX}"`],
    ["nothing", () => undefined, "undefined"],
  ])("in whose place stands %s", (_, given, told) => {
    const stack = newStack(Testing.app(), "search");
    const issuer = given(stack) as IKeyIssuer;
    const error = refusal(() => declareKey(stack, issuer));
    expect([error.code, error.given]).toEqual(["SK259", told]);
  });

  test.each(["adminKey", "project", "sweepEvery", "network", "alertTopicArn", "tags"])(
    "of which somebody says `%s`, which its own app says",
    (name) => {
      const error = refusal(() => search({ [name]: {} }));
      expect([error.code, error.property]).toEqual(["SK260", name]);
      expect(error.allowed).toContain("prefix, controllerRoleArn");
    },
  );

  test("whose role is of another account than the stack", () => {
    const stack = new TerraformStack(Testing.app(), "search");
    new AwsProvider(stack, "aws", { region: "us-east-1", allowedAccountIds: ["999988887777"] });
    const controllerRoleArn = "arn:aws:iam::111122223333:role/controller";
    declareKey(stack, imported(stack, { controllerRoleArn }));
    expect(refusal(() => render(stack)).code).toBe("SK169");
  });

  test.each<[string, Partial<IssuerAttributes>, string]>([
    ["prefix", { prefix: "platform//openai" }, "SK132"],
    ["role", { controllerRoleArn: "controller" }, "SK154"],
  ])("for a malformed %s", (_, attributes, code) => {
    expect(refusal(() => search(attributes)).code).toBe(code);
  });

  test("for two keys of one name", () => {
    const stack = newStack(Testing.app(), "search");
    const issuer = imported(stack);
    declareKey(stack, issuer);
    const other = newStack(stack.node.root as App, "shop");
    expect(refusal(() => declareKey(other, issuer)).code).toBe("SK135");
  });
});

describe("guardrails on keys of an issuer of another app", () => {
  const guarded = (guardrail: Guardrail) => {
    const stack = newStack(Testing.app(), "search");
    KeyGuardrails.of(stack).inEnvironment("production");
    KeyGuardrails.of(stack).add(guardrail);
    declareKey(stack, imported(stack));
    return stack;
  };

  test.each([
    ["spend-limit-required", Guardrail.spendLimitRequired(), "maybe with `project.spend`"],
    ["rate-limit-required", Guardrail.rateLimitRequired(), "maybe with `project.rateLimits`"],
    ["models-allowed", Guardrail.modelsAllowed({ openai: ["gpt-5.2"] }), "maybe with `project.models`"],
    ["admin-key-apart", Guardrail.adminKeyApart("production"), "says what its admin key is used for"],
  ])("%s says that it is not known, as a warning", (id, guardrail, told) => {
    const stack = guarded(guardrail);
    expect(() => render(stack)).not.toThrow();
    const found = notes(stack).join("\n");
    expect(found).toMatch(new RegExp(`^@cdktf/warn search: .*${id}.*not known: another app declares`, "m"));
    expect(found).toContain(told);
  });

  test("stay a mention where they are declared as one", () => {
    const stack = guarded(Guardrail.adminKeyApart("production").withSeverity(Severity.INFO));
    render(stack);
    expect(notes(stack).join("\n")).toMatch(/^@cdktf\/info search: .*admin-key-apart/m);
  });

  test("judge what a key says itself", () => {
    const stack = guarded(Guardrail.ownerMatches("platform@example[.]com"));
    expect(refusal(() => render(stack)).code).toBe("SK176");
  });
});

test("a custom issuer of another app has the scopes of its adapter", () => {
  const files = new AdapterFiles();
  const adapter = CustomAdapter.fromFile(files.write(adapterSource()));
  const stack = newStack(Testing.app(), "search");
  const issuer = CustomIssuer.fromAttributes(stack, "acme", { prefix: "platform/acme", adapter });
  const declare = (scope: string) =>
    new ScopedKey(stack, scope, {
      issuer,
      owner: "search-team@example.com",
      purpose: "Summaries",
      scopes: [issuer.scope(scope)],
      lifetime: WEEKLY,
    });
  expect(refusal(() => declare("no-such-scope")).code).toBe("SK102");
  expect(issuer._vendor.id).toBe("acme");
  files.remove();
});
