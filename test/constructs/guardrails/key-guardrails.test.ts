import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Aspects, Testing } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import {
  Duration,
  Guardrail,
  type GuardrailExceptionProps,
  GuardrailPack,
  KeyGuardrails,
  OpenAiScope,
  ScopedKey,
  Severity,
} from "../../../constructs";
import { GUARDRAIL_PACKS, GUARDRAIL_RULES, type GuardrailRuleId } from "../../../src/model/guardrail-rules";
import { newIssuer, newKey, newStack, refusal, render } from "../support";
import { bedrockKey, common, notes, routerKey } from "./support";

const WILD = { scopes: [OpenAiScope.custom("api.all.read")] };

describe("guardrails", () => {
  test("hold for keys below their scope, and for no others", () => {
    // GIVEN
    const app = Testing.app();
    const stack = newStack(app);
    const team = new Construct(stack, "team");
    const issuer = newIssuer(stack);
    newKey(stack, issuer, WILD);
    KeyGuardrails.of(team).add(Guardrail.noWildcardScopes());
    expect(() => render(stack)).not.toThrow();
    // WHEN
    newKey(team, issuer, WILD, "ranker");
    // THEN
    const { given, constructPath } = refusal(() => render(stack));
    expect(constructPath).toBe("ai-keys");
    expect(given).toContain("ai-keys/openai/ranker (ai-keys/team/ranker)");
    expect(given).not.toContain("summariser");
  });

  test("of all scopes around a key hold together", () => {
    const app = Testing.app();
    const stack = newStack(app);
    newKey(stack, newIssuer(stack), WILD);
    KeyGuardrails.of(app).add(Guardrail.noWildcardScopes());
    KeyGuardrails.of(stack).add(Guardrail.expiryMaximum(Duration.days(30)), Guardrail.expiryMaximum(Duration.days(3)));
    const { given } = refusal(() => render(stack));
    expect(given).toContain("error no-wildcard-scopes:");
    expect(given).toContain("error expiry-maximum, at most 3 days:");
    expect(given).not.toContain("30 days");
  });

  test("may be declared before the keys and after them", () => {
    const stack = newStack();
    KeyGuardrails.of(stack).add(Guardrail.noWildcardScopes());
    newKey(stack, newIssuer(stack), WILD);
    expect(() => render(stack)).toThrow(/^\[SK176\]/);
  });

  test("fail each synthesis anew", () => {
    const stack = newStack();
    newKey(stack, newIssuer(stack), WILD);
    KeyGuardrails.of(stack).add(Guardrail.noWildcardScopes());
    expect(() => render(stack)).toThrow(/^\[SK176\]/);
    expect(() => render(stack)).toThrow(/^\[SK176\]/);
  });

  test("see keys that an aspect declares", () => {
    const stack = newStack();
    const issuer = newIssuer(stack);
    KeyGuardrails.of(stack).add(Guardrail.noWildcardScopes());
    Aspects.of(stack).add({
      visit: (node: IConstruct) => {
        if (node === stack) newKey(stack, issuer, WILD);
      },
    });
    expect(() => render(stack)).toThrow(/^\[SK176\]/);
  });

  test("that are broken twice in the same words are told once", () => {
    const app = Testing.app();
    const stack = newStack(app);
    newKey(stack, newIssuer(stack), WILD);
    KeyGuardrails.of(app).addPack(GuardrailPack.recommended());
    KeyGuardrails.of(stack).add(Guardrail.noWildcardScopes());
    expect(refusal(() => render(stack)).given.match(/error no-wildcard-scopes/g)).toHaveLength(1);
  });
});

describe("a synthesis", () => {
  let outdir: string;
  beforeEach(() => {
    outdir = mkdtempSync(join(tmpdir(), "guardrails-"));
  });
  afterEach(() => rmSync(outdir, { recursive: true }));

  test("reports everything that is broken in any stack at once, and writes none of them", () => {
    // GIVEN
    const app = new App({ outdir });
    const one = newStack(app, "one");
    const two = newStack(app, "two");
    newKey(one, newIssuer(one), WILD);
    routerKey(two);
    KeyGuardrails.of(app).add(Guardrail.noWildcardScopes(), Guardrail.spendLimitRequired());
    // WHEN
    const error = refusal(() => app.synth());
    // THEN
    expect(error.message).toBe(
      [
        "[SK176] one: guardrails are broken.",
        "  given:   ",
        "  error no-wildcard-scopes:",
        "    - one/openai/summariser (one/summariser): its scopes include api.all.read",
        `    why:    ${GUARDRAIL_RULES["no-wildcard-scopes"].why}`,
        `    change: ${GUARDRAIL_RULES["no-wildcard-scopes"].remedy}`,
        "    see:    docs/rules/no-wildcard-scopes.md",
        "  error spend-limit-required:",
        "    - one/openai/summariser (one/summariser): its issuer one/openai declares no `project.spend` at OpenAI",
        "    - two/translator-router/translator (two/translator): it has no `limits.spend`",
        `    why:    ${GUARDRAIL_RULES["spend-limit-required"].why}`,
        `    change: ${GUARDRAIL_RULES["spend-limit-required"].remedy}`,
        "    see:    docs/rules/spend-limit-required.md",
        "  allowed: declarations that meet each guardrail; its page says why",
        "  remedy:  change the declarations that are named, or have an exception approved and declare it with `KeyGuardrails.of(…).except(…)`",
        "  see:     docs/errors.md#sk176",
      ].join("\n"),
    );
    expect(existsSync(join(outdir, "stacks", "one", "cdk.tf.json"))).toBe(false);
  });

  test("with warnings goes through, and the command line of CDKTF is given them as annotations of the stacks", () => {
    // GIVEN
    const app = new App({ outdir });
    const one = newStack(app, "one");
    const two = newStack(app, "two");
    routerKey(one);
    bedrockKey(two);
    KeyGuardrails.of(app).add(
      Guardrail.spendLimitRequired().withSeverity(Severity.WARNING),
      Guardrail.keylessPreferred(),
    );
    // WHEN
    app.synth();
    // THEN
    const manifest = JSON.parse(readFileSync(join(outdir, "manifest.json"), "utf8"));
    const annotations = [manifest.stacks.one, manifest.stacks.two].flatMap(({ annotations: list }) => list);
    expect(annotations).toEqual([
      {
        constructPath: "one",
        level: "@cdktf/warn",
        message: expect.stringMatching(/^ {2}warning spend-limit-required:\n {4}- one\/translator-router\/translator /),
      },
      {
        constructPath: "two",
        level: "@cdktf/info",
        message: expect.stringMatching(/^ {2}info keyless-preferred:\n {4}- two\/assistant-bedrock\/assistant /),
      },
    ]);
  });

  test("of an app without any key looks at exceptions all the same", () => {
    const app = new App({ outdir });
    newStack(app, "one");
    KeyGuardrails.of(app).except({ ...EXCEPTION, until: "2020-01-01" });
    expect(() => app.synth()).toThrow("error exception-expired:\n    - ai-keys/openai/summariser (key-guardrails): ");
  });

  test("without guardrails is what it was", () => {
    const plain = newStack();
    newKey(plain, newIssuer(plain));
    expect(JSON.stringify(render(plain))).not.toContain("guardrails");
  });
});

const EXCEPTION: GuardrailExceptionProps = {
  rule: "no-wildcard-scopes",
  key: "ai-keys/openai/summariser",
  reason: "The batch API has no scope of its own yet.",
  approver: "security@example.com",
  until: "2027-03-31",
};

describe("an exception", () => {
  const at = (iso: string) => jest.useFakeTimers({ now: new Date(iso) });
  afterEach(() => jest.useRealTimers());

  const excepted = (exception: Partial<GuardrailExceptionProps> = {}) => {
    const stack = newStack();
    newKey(stack, newIssuer(stack), WILD);
    KeyGuardrails.of(stack).add(Guardrail.noWildcardScopes(), Guardrail.kmsKeyRequired().withSeverity(Severity.INFO));
    KeyGuardrails.of(stack).except({ ...EXCEPTION, ...exception });
    return stack;
  };
  const OTHER =
    "@cdktf/info ai-keys: info kms-key-required:    - ai-keys/openai/summariser (ai-keys/summariser): it has no `kmsKeyArn`";

  test("lets its key break its rule, to the end of its last day", () => {
    at("2027-03-01T12:00:00Z");
    const early = excepted();
    render(early);
    expect(notes(early)).toEqual([OTHER]);
    at("2027-03-31T23:59:59Z");
    const last = excepted();
    expect(() => render(last)).not.toThrow();
  });

  test("that is over fails, and so does what it let be", () => {
    at("2027-04-01T00:00:00Z");
    const { given } = refusal(() => render(excepted()));
    expect(given).toContain("error no-wildcard-scopes:\n    - ai-keys/openai/summariser ");
    expect(given).toContain(
      "error exception-expired:\n    - ai-keys/openai/summariser (ai-keys/key-guardrails): the exception from no-wildcard-scopes (approved by security@example.com: The batch API has no scope of its " +
        "own yet.): it ended with 2027-03-31\n",
    );
  });

  test("that is over fails also when nothing needs it any more", () => {
    at("2027-04-01T00:00:00Z");
    const stack = newStack();
    newKey(stack, newIssuer(stack));
    KeyGuardrails.of(stack).add(Guardrail.noWildcardScopes());
    KeyGuardrails.of(stack).except(EXCEPTION);
    expect(refusal(() => render(stack)).given).toContain("error exception-expired");
  });

  test("that ends soon is mentioned", () => {
    at("2027-03-17T00:00:00Z");
    const stack = excepted();
    render(stack);
    expect(notes(stack)).toContainEqual(
      expect.stringMatching(/^@cdktf\/warn ai-keys: warning exception-ending: .*: it ends with 2027-03-31$/),
    );
  });

  test.each<Partial<GuardrailExceptionProps>>([
    { rule: "kms-key-requierd" },
    { key: "ai-keys/openai/summarizer" },
    { rule: "expiry-maximum" },
  ])("that nothing needs is mentioned, and lets nothing else be: %j", (wrong) => {
    at("2027-03-01T00:00:00Z");
    const stack = newStack();
    newKey(stack, newIssuer(stack), WILD);
    KeyGuardrails.of(stack).add(Guardrail.noWildcardScopes().withSeverity(Severity.WARNING));
    KeyGuardrails.of(stack).except({ ...EXCEPTION, ...wrong });
    render(stack);
    expect(notes(stack)).toEqual([
      expect.stringMatching(/^@cdktf\/warn ai-keys: warning no-wildcard-scopes: .*its scopes include api.all.read$/),
      expect.stringContaining("warning exception-unused:"),
    ]);
  });

  test("of a scope further in does not count: who is guarded cannot take the guardrail away", () => {
    at("2027-03-01T00:00:00Z");
    const app = Testing.app();
    const stack = newStack(app);
    newKey(stack, newIssuer(stack), WILD);
    KeyGuardrails.of(app).add(Guardrail.noWildcardScopes());
    KeyGuardrails.of(stack).except(EXCEPTION);
    expect(refusal(() => render(stack)).given).toContain("error no-wildcard-scopes");
  });

  test("of a scope further out counts", () => {
    at("2027-03-01T00:00:00Z");
    const app = Testing.app();
    const stack = newStack(app);
    newKey(stack, newIssuer(stack), WILD);
    KeyGuardrails.of(stack).add(Guardrail.noWildcardScopes());
    KeyGuardrails.of(app).except(EXCEPTION);
    expect(() => render(stack)).not.toThrow();
  });

  test("from a guardrail on issuers names the issuer's prefix", () => {
    at("2027-03-01T00:00:00Z");
    const app = Testing.app();
    const production = newStack(app, "production");
    const issuer = newIssuer(production);
    newKey(production, issuer);
    newKey(newStack(app, "tools"), issuer, {}, "ranker");
    KeyGuardrails.of(production).inEnvironment("production");
    KeyGuardrails.of(app).add(Guardrail.adminKeyApart("production"));
    expect(() => render(production)).toThrow(
      "error admin-key-apart, production:\n    - production/openai (production/openai): ",
    );
    KeyGuardrails.of(app).except({ ...EXCEPTION, rule: "admin-key-apart", key: "production/openai" });
    expect(() => render(production)).not.toThrow();
  });
});

describe("many keys that break one guardrail", () => {
  const stackOf30 = (severity: Severity) => {
    const stack = newStack();
    const issuer = newIssuer(stack);
    for (let i = 0; i < 30; i += 1) newKey(stack, issuer, {}, `key-${i}`);
    KeyGuardrails.of(stack).add(Guardrail.kmsKeyRequired().withSeverity(severity));
    return stack;
  };

  test("are all named by the error, and what it is about is said once", () => {
    const { given } = refusal(() => render(stackOf30(Severity.ERROR)));
    expect(given.match(/^ {4}- ai-keys\/openai\/key-\d+ /gm)).toHaveLength(30);
    expect(given.match(/why:/g)).toHaveLength(1);
  });

  test("are counted by a note, which names the first twenty, however often the stack is synthesised", () => {
    const stack = stackOf30(Severity.WARNING);
    render(stack);
    const [text = "", ...more] = notes(stack);
    expect(more).toEqual([]);
    expect(text.match(/ai-keys\/openai\/key-\d+ /g)).toHaveLength(20);
    expect(text).toMatch(/- and 10 more$/);
    render(stack);
    expect(notes(stack)).toHaveLength(1);
  });
});

describe("a plan", () => {
  afterEach(() => jest.useRealTimers());

  test("shows a change of guardrails and exceptions, as an output of the stacks that have guarded keys", () => {
    // GIVEN
    jest.useFakeTimers({ now: new Date("2027-01-01T00:00:00Z") });
    const app = Testing.app();
    const stack = newStack(app);
    const empty = newStack(app, "empty");
    newKey(stack, newIssuer(stack), WILD);
    KeyGuardrails.of(app).add(Guardrail.noWildcardScopes(), Guardrail.expiryMaximum(Duration.days(30)));
    KeyGuardrails.of(stack).add(Guardrail.readersNamed().withSeverity(Severity.WARNING));
    KeyGuardrails.of(stack).inEnvironment("production");
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform must not read it
    KeyGuardrails.of(app).except({ ...EXCEPTION, reason: "Costs ${money}" });
    // WHEN
    const rendered = JSON.parse(Testing.synth(stack, true));
    // THEN
    expect(rendered.output).toEqual({
      scoped_keys_guardrails: {
        description: "Guardrails and exceptions that hold for the keys of this stack",
        value: {
          guardrails: [
            { rule: "expiry-maximum", severity: "error", demand: "at most 30 days", scope: "" },
            { rule: "no-wildcard-scopes", severity: "error", demand: "", scope: "" },
            { rule: "readers-named", severity: "warning", demand: "", scope: "ai-keys" },
          ],
          exceptions: [{ ...EXCEPTION, reason: "Costs $${money}", scope: "" }],
          environments: [{ name: "production", scope: "ai-keys" }],
        },
      },
    });
    expect(JSON.parse(Testing.synth(empty, true)).output).toBeUndefined();
  });
});

describe("a pack", () => {
  test.each(["recommended", "strict"] as const)("%s holds what its texts say", (name) => {
    const described = GuardrailPack[name]().guardrails.map(({ id, severity, demand }) => [
      id,
      demand === "" ? severity.toString() : `${severity}: ${demand}`,
    ]);
    expect(Object.fromEntries(described)).toEqual(GUARDRAIL_PACKS[name]);
    expect(described).toHaveLength(Object.keys(GUARDRAIL_PACKS[name]).length);
  });

  test("strict lets be nothing that recommended refuses", () => {
    const strict = new Map(GuardrailPack.strict().guardrails.map((guardrail) => [guardrail.id, guardrail]));
    const order = ["info", "warning", "error"];
    for (const { id, severity } of GuardrailPack.recommended().guardrails) {
      const other = strict.get(id);
      expect(order.indexOf(`${other?.severity}`)).toBeGreaterThanOrEqual(order.indexOf(`${severity}`));
    }
  });

  test("recommended lets a quickstart through", () => {
    const stack = newStack();
    newKey(stack, newIssuer(stack));
    KeyGuardrails.of(stack).addPack(GuardrailPack.recommended());
    expect(() => render(stack)).not.toThrow();
    expect(notes(stack).map((text) => /warning ([a-z-]+):/.exec(text)?.[1])).toEqual([
      "spend-limit-required",
      "rate-limit-required",
      "readers-named",
    ]);
  });

  test("can be had without one of its guardrails", () => {
    const without = GuardrailPack.strict().without("kms-key-required");
    const ids = without.guardrails.map(({ id }) => id);
    expect(ids).not.toContain("kms-key-required" satisfies GuardrailRuleId);
    expect(ids).toHaveLength(GuardrailPack.strict().guardrails.length - 1);
  });
});

test("keys of several stacks share one check of the app", () => {
  // GIVEN
  const judged: string[] = [];
  const outdir = mkdtempSync(join(tmpdir(), "guardrails-"));
  const app = new App({ outdir });
  const one = newStack(app, "one");
  const two = newStack(app, "two");
  const issuer = newIssuer(one);
  newKey(one, issuer);
  new ScopedKey(two, "ranker", { issuer, ...common, scopes: [OpenAiScope.MODELS_READ] });
  KeyGuardrails.of(app).add(
    Guardrail.custom({
      id: "look",
      why: "w",
      remedy: "r",
      check: ({ path }) => {
        judged.push(path);
        return undefined;
      },
    }),
  );
  try {
    // WHEN
    app.synth();
    // THEN
    expect(judged).toEqual(["one/summariser", "two/ranker"]);
  } finally {
    rmSync(outdir, { recursive: true });
  }
});
